import {
  type DocumentNode,
  type FieldNode,
  getNamedType,
  getNullableType,
  getOperationAST,
  type GraphQLCompositeType,
  type GraphQLArgument,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLInputField,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromASTUntyped,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import { knownLength } from './limits.lengths';
import { fragmentsByName, saturate } from './limits.measure';

/** Assumed length of a list of which nothing tells how long it is: a device's identifiers, a patient's latest readings. */
const UNSIZED_LIST_LENGTH = 10;

/** A write locks, checks, writes and appends events: about as much work as reading ten objects. */
const MUTATION_COST = 10;

type Values = Readonly<Record<string, unknown>>;

/** Variables as the client sent them; they need not be coerced yet. */
export type RawVariables = Values | null | undefined;

interface Cost {
  /** Objects that are there once. */
  once: number;
  /** Objects per item of the lists that take their length from the parent: a connection's `nodes` and `edges`. */
  perItem: number;
}

/**
 * The cost of an operation: about the number of objects that its answer may hold, and for a subscription, that one event
 * may hold.
 *
 * - A field that returns an object costs 1 plus its selections; scalars and enums are free; a mutation costs 10.
 * - A connection multiplies its `nodes` and `edges` by `first` or `last` (20 without, 100 at most).
 * - A list with a list argument, `nodes(ids: […])`, has that length; a chart has the points that fit into its period; a
 *   reading has 3 measurements; other lists count as 10.
 * - A mutation with a list in its input, `recordReadings(input: { readings: […] })`, does that many writes and
 *   answers lists of that length.
 * - Under an interface or a union the most expensive of the possible types counts.
 * - `@skip` and `@include` are obeyed, with variables and their defaults.
 * - Fields that execution merges because two fragments ask for both count twice: an upper bound that is linear to find.
 *
 * Own code rather than graphql-query-complexity (1.1.0 was read): that expands each spread anew and gives up at 10,000
 * visited nodes, and multiplies a connection's `pageInfo` and `edges` alike. Here each selection set is counted
 * once per type. It needs no valid document: what is unknown costs nothing, and other rules refuse it.
 *
 * @returns a whole number, Number.MAX_SAFE_INTEGER at most; 0 if the document has no such operation or it is ambiguous
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: RawVariables,
): number {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (operation == null || root == null) return 0;
  const costs = new CostWalk(schema, document, withDefaults(operation, variables));
  return saturate(total(costs.ofSelectionSet(operation.selectionSet, root), UNSIZED_LIST_LENGTH));
}

class CostWalk {
  private readonly known = new Map<SelectionSetNode, Map<GraphQLCompositeType, Cost>>();
  private readonly fragments;

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Record<string, unknown>,
  ) {
    this.fragments = fragmentsByName(document);
  }

  ofSelectionSet(set: SelectionSetNode, type: GraphQLCompositeType): Cost {
    const knownOfSet = this.known.get(set) ?? new Map<GraphQLCompositeType, Cost>();
    this.known.set(set, knownOfSet);
    const known = knownOfSet.get(type);
    if (known !== undefined) return known;
    // Holds for the set while it is being counted: a fragment that spreads itself ends here.
    knownOfSet.set(type, { once: 0, perItem: 0 });
    const cost = isAbstractType(type)
      ? mostExpensive(this.schema.getPossibleTypes(type).map((object) => this.ofSelectionSet(set, object)))
      : this.ofObject(set, type);
    knownOfSet.set(type, cost);
    return cost;
  }

  private ofObject(set: SelectionSetNode, type: GraphQLObjectType): Cost {
    const sum: Cost = { once: 0, perItem: 0 };
    for (const selection of set.selections) {
      if (!this.isIncluded(selection)) continue;
      const cost = this.ofSelection(selection, type);
      sum.once = saturate(sum.once + (cost?.once ?? 0));
      sum.perItem = saturate(sum.perItem + (cost?.perItem ?? 0));
    }
    return sum;
  }

  private ofSelection(selection: SelectionNode, type: GraphQLObjectType): Cost | undefined {
    if (selection.kind === Kind.FIELD) return this.ofField(selection, type);
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
    if (fragment === undefined || !this.applies(fragment.typeCondition?.name.value, type)) return undefined;
    return this.ofSelectionSet(fragment.selectionSet, type);
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditionType = this.schema.getType(condition);
    return isAbstractType(conditionType) && this.schema.isSubType(conditionType, type);
  }

  private ofField(node: FieldNode, parent: GraphQLObjectType): Cost | undefined {
    const field = this.fieldOf(node, parent);
    const type = field && getNamedType(field.type);
    if (field === undefined || !isCompositeType(type) || node.selectionSet === undefined) return undefined;

    const inner = this.ofSelectionSet(node.selectionSet, type);
    const args = this.argumentsOf(node);
    const pageSize = pageSizeOf(field, args);
    if (parent === this.schema.getMutationType()) {
      const writes = writesOf(field, args);
      return { once: MUTATION_COST * writes + total(inner, Math.max(writes, UNSIZED_LIST_LENGTH)), perItem: 0 };
    }
    if (!isListType(getNullableType(field.type))) {
      // Introspection reads no rows, so only its lists count: nine levels of ofType for each argument of each field of
      // each type would come near the limit, and at run time they end after three.
      const own = isIntrospectionType(parent) ? 0 : 1;
      return { once: own + total(inner, pageSize ?? UNSIZED_LIST_LENGTH), perItem: 0 };
    }
    const item = 1 + total(inner, UNSIZED_LIST_LENGTH);
    const length = pageSize ?? longestList(field.args, args) ?? knownLength(type.name, args);
    return length === undefined ? { once: 0, perItem: item } : { once: item * length, perItem: 0 };
  }

  private fieldOf(node: FieldNode, parent: GraphQLObjectType): GraphQLField<unknown, unknown> | undefined {
    if (parent === this.schema.getQueryType()) {
      if (node.name.value === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (node.name.value === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
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

  private argumentsOf(node: FieldNode): Values {
    const args = node.arguments ?? [];
    return Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value, this.variables)]));
  }
}

function mostExpensive(costs: Cost[]): Cost {
  return {
    once: Math.max(0, ...costs.map(({ once }) => once)),
    perItem: Math.max(0, ...costs.map(({ perItem }) => perItem)),
  };
}

function total(cost: Cost, length: number): number {
  return saturate(cost.once + cost.perItem * length);
}

/** The page size a field's arguments ask for; undefined for a field that has no pages. */
function pageSizeOf(field: GraphQLField<unknown, unknown>, args: Values): number | undefined {
  const pageArgs = field.args.filter(({ name }) => name === 'first' || name === 'last');
  if (pageArgs.length === 0) return undefined;
  const sizes = pageArgs.map(({ name, defaultValue }) => args[name] ?? defaultValue).filter(isCount);
  // What is no count (negative, null, text) stands for the default or is refused where it is read, and so is more than
  // MAX_PAGE_SIZE, with an error of its own that says so better than a cost.
  return sizes.length === 0 ? DEFAULT_PAGE_SIZE : Math.min(Math.max(...sizes), MAX_PAGE_SIZE);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** The rows a mutation field is asked to write: the longest list among its arguments and their input fields. */
function writesOf(field: GraphQLField<unknown, unknown>, args: Values): number {
  let writes = Math.max(1, longestList(field.args, args) ?? 1);
  for (const { name, type } of field.args) {
    const inputType = getNullableType(type);
    const input = args[name];
    if (!isInputObjectType(inputType) || typeof input !== 'object' || input === null) continue;
    writes = Math.max(writes, longestList(Object.values(inputType.getFields()), input as Values) ?? 1);
  }
  return writes;
}

/**
 * The length of the longest list among the values that are declared as lists; undefined if none is given.
 *
 * It goes by the declaration, for nobody has checked the variables yet: an input with 100,000 unknown keys, used in
 * each of 400 fields, must cost nothing.
 */
function longestList(declared: readonly (GraphQLArgument | GraphQLInputField)[], values: Values): number | undefined {
  let longest: number | undefined;
  for (const { name, type } of declared) {
    const value = values[name];
    if (isListType(getNullableType(type)) && Array.isArray(value)) longest = Math.max(longest ?? 0, value.length);
  }
  return longest;
}

function withDefaults(operation: OperationDefinitionNode, variables: RawVariables): Record<string, unknown> {
  // Without a prototype, so that a variable may be called $constructor or $__proto__.
  const values = Object.create(null) as Record<string, unknown>;
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = variables != null && Object.hasOwn(variables, name) ? variables[name] : undefined;
    values[name] = given === undefined && defaultValue ? valueFromASTUntyped(defaultValue) : given;
  }
  return values;
}
