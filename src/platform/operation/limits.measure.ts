import {
  getNamedType,
  getNullableType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isCount, listLength, prefetchOf, weightOf, type RawArguments } from './field-extensions';
import { itemsOf, longestList, pageSizeOf, writesOf } from './limits.sizes';
import type { RequestContext } from './request-context';

/** Assumed length of a list of unknown length: a device's identifiers, a patient's latest readings. */
const UNSIZED_LIST_LENGTH = 10;

/** A write locks, checks, writes and appends events: about as much work as reading ten objects. */
export const MUTATION_COST = 10;

/** Assumed number of rows that are read to count a whole list, and to count the rows below one parent. */
const COUNT_COST = 200;
const COUNT_BELOW_COST = 20;

/** Costs are added in tenths of an object, so that sums are exact. */
const OBJECT = 10;

/** Measures of an operation after fragments are expanded. */
export interface OperationMeasures {
  /** Fields on the longest path from the root, both ends included: `{ device { id } }` is 2. */
  depth: number;
  /** Fields whose alias differs from their name. */
  aliases: number;
  /** All directives, including those on the operation and on its variables. */
  directives: number;
  /** See Measurement. A whole number, rounded up. */
  cost: number;
  /** Rows that its mutations write, as far as the input tells. */
  writes: number;
  /** Reads that run before its fields. */
  prefetches: ReadonlySet<(ctx: RequestContext) => Promise<unknown>>;
}

interface Sums extends Pick<OperationMeasures, 'depth' | 'aliases' | 'directives'> {
  /** What occurs once, in tenths of an object. */
  once: number;
  /** The same per item of lists whose length is an argument of the parent: `nodes` and `edges` of a connection. */
  perItem: number;
  /** Counts of the list that the parent is. */
  counts: number;
}

/** A selected field that returns objects. */
interface ObjectField {
  node: FieldNode;
  field: GraphQLField<unknown, unknown>;
  parent: GraphQLObjectType;
  /** The type of the objects. */
  type: GraphQLCompositeType;
}

const NO_ARGUMENTS: RawArguments = {};
const NOTHING: Readonly<Sums> = { depth: 0, aliases: 0, directives: 0, once: 0, perItem: 0, counts: 0 };

/**
 * Measures the operations of one document after fragments are expanded.
 *
 * Depth, aliases and directives count everything that is written, including selections that `@skip` excludes and fields that do
 * not exist. The cost is the approximate number of objects in the result, or for a subscription, in one event:
 *
 * - A field that returns an object costs 1 plus its selections. A scalar costs a tenth, a long text or a cursor more; see `Weighs`.
 * - Each item of a list among the arguments costs a tenth wherever the list is used.
 * - A connection multiplies its `nodes` and `edges` by `first` or `last` (default 20, maximum 100).
 * - A list with a list argument, `nodes(ids: […])`, has the length of the argument. Other lists have their `@ListLength`, or 10.
 * - A count costs the rows that it is assumed to read: 200 for a whole list, 20 for the rows below one parent.
 * - A mutation costs 10 for each row that it writes. One with a list in its input, `recordReadings(input: { readings: […] })`,
 *   writes that many rows and returns lists of that length. What a mutation writes beyond is added after it ran.
 * - For an interface or a union, the most expensive possible type counts.
 * - `@skip` and `@include` are applied, with variables and their defaults.
 * - Fields that two fragments both select, and that execution merges, count twice: an upper bound in linear time.
 *
 * Each selection set is measured once per type, however often it is spread: a document of n nodes takes O(n) even when its
 * expansion has 2^n nodes. The document may be invalid: unknown fields cost nothing, and a fragment that spreads itself counts
 * as empty where it recurs. Validation refuses such documents later.
 *
 * graphql-query-complexity 1.1.0 is not used: it expands each spread again, stops at 10,000 visited nodes, and multiplies the
 * `pageInfo` of a connection in the same way as its `edges`.
 */
export class Measurement {
  private readonly known = new Map<SelectionSetNode, Map<GraphQLCompositeType | undefined, Readonly<Sums>>>();
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly prefetches = new Set<(ctx: RequestContext) => Promise<unknown>>();
  private writes = 0;

  /** @param variables of the operation, with defaults; only the cost depends on them */
  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Record<string, unknown> = {},
  ) {
    // Of two fragments with the same name (UniqueFragmentNamesRule refuses them later), the first counts.
    for (const node of document.definitions.toReversed())
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(node.name.value, node);
  }

  of(operation: OperationDefinitionNode): OperationMeasures {
    const sums = this.ofSet(operation.selectionSet, this.schema.getRootType(operation.operation) ?? undefined);
    const onVariables = (operation.variableDefinitions ?? []).map(countDirectives);
    return {
      depth: sums.depth,
      aliases: sums.aliases,
      directives: saturate(onVariables.reduce(add, sums.directives + countDirectives(operation))),
      cost: Math.ceil(total(sums, UNSIZED_LIST_LENGTH) / OBJECT),
      writes: this.writes,
      prefetches: this.prefetches,
    };
  }

  /** @param type undefined for selections that cost nothing: excluded ones, or those on an unknown or a different type */
  private ofSet(set: SelectionSetNode, type: GraphQLCompositeType | undefined): Readonly<Sums> {
    const knownOfSet = this.known.get(set) ?? new Map<GraphQLCompositeType | undefined, Readonly<Sums>>();
    this.known.set(set, knownOfSet);
    const known = knownOfSet.get(type);
    if (known !== undefined) return known;
    // Used while the set is being measured: the recursion of a fragment that spreads itself ends here.
    knownOfSet.set(type, NOTHING);
    const sums = isAbstractType(type)
      ? greatest(this.schema.getPossibleTypes(type).map((object) => this.ofSet(set, object)))
      : this.ofSelections(set, type);
    knownOfSet.set(type, sums);
    return sums;
  }

  // Adds in place with few stack frames per level: the deepest document within the token limit must not overflow the stack.
  private ofSelections(set: SelectionSetNode, type: GraphQLObjectType | undefined): Readonly<Sums> {
    const sums = { ...NOTHING };
    for (const selection of set.selections) {
      sums.directives += countDirectives(selection);
      const included = type !== undefined && this.isIncluded(selection) ? type : undefined;
      if (selection.kind === Kind.FIELD) this.addField(sums, selection, included);
      else this.addFragment(sums, selection, included);
    }
    return sums;
  }

  private addFragment(sums: Sums, node: FragmentSpreadNode | InlineFragmentNode, type?: GraphQLObjectType): void {
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.fragments.get(node.name.value);
    if (fragment === undefined) return;
    const doesApply = type !== undefined && this.applies(fragment.typeCondition?.name.value, type);
    const inner = this.ofSet(fragment.selectionSet, doesApply ? type : undefined);
    const onFragment = fragment === node ? 0 : countDirectives(fragment);
    sums.depth = Math.max(sums.depth, inner.depth);
    sums.aliases = saturate(sums.aliases + inner.aliases);
    sums.directives = saturate(sums.directives + inner.directives + onFragment);
    sums.once = saturate(sums.once + inner.once);
    sums.perItem = saturate(sums.perItem + inner.perItem);
    sums.counts = saturate(sums.counts + inner.counts);
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditionType = this.schema.getType(condition);
    return isAbstractType(conditionType) && this.schema.isSubType(conditionType, type);
  }

  private addField(sums: Sums, node: FieldNode, parent?: GraphQLObjectType): void {
    if (node.alias !== undefined && node.alias.value !== node.name.value) sums.aliases = saturate(sums.aliases + 1);
    const field = parent && this.fieldOf(node, parent);
    const prefetch = field && prefetchOf(field);
    if (prefetch) this.prefetches.add(prefetch);
    sums.depth = Math.max(sums.depth, 1);
    if (node.selectionSet === undefined) {
      if (field) this.addScalar(sums, node, field, parent);
      return;
    }

    const type = field && getNamedType(field.type);
    const objectType = isCompositeType(type) ? type : undefined;
    const inner = this.ofSet(node.selectionSet, objectType);
    if (!isIntrospection(node)) sums.depth = Math.max(sums.depth, 1 + inner.depth);
    sums.aliases = saturate(sums.aliases + inner.aliases);
    sums.directives = saturate(sums.directives + inner.directives);
    if (objectType) this.addCost(sums, inner, { node, field: field!, parent: parent!, type: objectType });
  }

  private addScalar(
    sums: Sums,
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    parent: GraphQLObjectType,
  ): void {
    if (isCount(field)) sums.counts = saturate(sums.counts + 1);
    // Introspection reads no rows, so only its lists count.
    if (isIntrospectionType(parent)) return;
    const length = isListType(getNullableType(field.type)) ? UNSIZED_LIST_LENGTH : 1;
    const items = field.args.length === 0 ? 0 : itemsOf(field.args, this.argumentsOf(node));
    sums.once = saturate(sums.once + weightOf(field) * length + items);
  }

  private addCost(sums: Sums, inner: Readonly<Sums>, { node, field, parent, type }: ObjectField): void {
    const args = this.argumentsOf(node);
    const pageSize = pageSizeOf(field, args);
    const countCost = OBJECT * (parent === this.schema.getQueryType() ? COUNT_COST : COUNT_BELOW_COST);
    const counts = countCost * (inner.counts + (isCount(field) ? 1 : 0));
    sums.once = saturate(sums.once + itemsOf(field.args, args) + counts);
    if (parent === this.schema.getMutationType()) {
      const writes = writesOf(field, args);
      this.writes = saturate(this.writes + writes);
      const written = total(inner, Math.max(writes, UNSIZED_LIST_LENGTH));
      sums.once = saturate(sums.once + OBJECT * MUTATION_COST * writes + written);
    } else if (isListType(getNullableType(field.type))) {
      const item = OBJECT + total(inner, UNSIZED_LIST_LENGTH);
      const length = pageSize ?? longestList(field.args, args) ?? listLength(field, type, args);
      if (length === undefined) sums.perItem = saturate(sums.perItem + item);
      else sums.once = saturate(sums.once + item * length);
    } else {
      // Otherwise nine levels of ofType, for each argument of each field of each type, would come near the limit, although at run
      // time they end after three.
      const own = isIntrospectionType(parent) ? 0 : OBJECT;
      sums.once = saturate(sums.once + own + total(inner, pageSize ?? UNSIZED_LIST_LENGTH));
    }
  }

  private fieldOf(node: FieldNode, parent: GraphQLObjectType): GraphQLField<unknown, unknown> | undefined {
    if (parent === this.schema.getQueryType()) {
      if (node.name.value === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (node.name.value === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    if (node.name.value === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
    return parent.getFields()[node.name.value];
  }

  private isIncluded(selection: SelectionNode): boolean {
    for (const directive of selection.directives ?? []) {
      const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
      const value: unknown = condition && valueFromASTUntyped(condition, this.variables);
      if (directive.name.value === GraphQLSkipDirective.name && value === true) return false;
      if (directive.name.value === GraphQLIncludeDirective.name && value === false) return false;
    }
    return true;
  }

  private argumentsOf({ arguments: nodes }: FieldNode): RawArguments {
    if (nodes === undefined || nodes.length === 0) return NO_ARGUMENTS;
    return Object.fromEntries(nodes.map(({ name, value }) => [name.value, valueFromASTUntyped(value, this.variables)]));
  }
}

/** Keeps sums of malicious documents finite: Infinity times 0 would be NaN. */
function saturate(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function add(sum: number, count: number): number {
  return sum + count;
}

function total(cost: Pick<Sums, 'once' | 'perItem'>, length: number): number {
  return saturate(cost.once + cost.perItem * length);
}

function greatest(sums: readonly Readonly<Sums>[]): Sums {
  const most = { ...NOTHING };
  for (const other of sums) {
    for (const key of Object.keys(most) as (keyof Sums)[]) most[key] = Math.max(most[key], other[key]);
  }
  return most;
}

function countDirectives(node: { readonly directives?: readonly unknown[] }): number {
  return node.directives?.length ?? 0;
}

/**
 * The depth does not count below `__schema` and `__type`: the standard introspection query is 15 deep, of which nine levels are
 * `ofType`, which unwraps a type and ends after three. Nested lists (`types { fields { type { fields … } } }`) are limited by
 * graphql-js' MaxIntrospectionDepthRule, one of specifiedRules, and by the cost.
 */
function isIntrospection(field: FieldNode): boolean {
  return field.name.value === '__schema' || field.name.value === '__type';
}
