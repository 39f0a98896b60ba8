import {
  getNullableType,
  GraphQLError,
  isInputObjectType,
  isListType,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
  type ArgumentNode,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { badInput, type InvalidValueError } from '../base/errors';
import { InvalidValue } from '../base/invalid-value';
import { defineLimit, limitNamed, noteLimitReached, type Limit } from '../base/limit';
import { definitionsOf } from './definitions';
import { withDefaults, type RawVariables } from './limits.sizes';

/** Maximum length of each list in a filter. */
export const MAX_FILTER_VALUES = defineLimit('values of a filter', {
  value: 1_000,
  unit: 'values',
  description: 'Of each list in a `filter`, such as `deviceIds`. More is BAD_USER_INPUT.',
});

/** Option of a member that is a list in a filter. */
export const FILTER_LIST = { limit: 'values of a filter' };

/** Maximum length of lists whose different values are few, such as those of an enum. */
export const MAX_CHOICES = defineLimit('values of another list', {
  value: 100,
  unit: 'values',
  description:
    'Of a list in the input of a mutation, such as `eventTypes`, that has no limit of its own here: INVALID_INPUT. Of `units`: BAD_USER_INPUT.',
});

/** Declares the maximum length of a list, as the field of an input or as an argument. @param limit its name */
export const MaxItems = (limit: string): ReturnType<typeof Extensions> => Extensions({ maxItems: limitNamed(limit) });

type Member = GraphQLArgument | GraphQLInputField;
type Values = Readonly<Record<string, unknown>>;

/** Undefined for a member that is not a list, and for a list without a declared maximum. */
export function maxItemsOf({ extensions }: Member): Limit | undefined {
  return extensions.maxItems as Limit | undefined;
}

/** A list that is longer than its maximum. */
export interface LongList {
  /** From the name of the argument on. */
  readonly place: readonly string[];
  readonly rule: string;
  /** Name of the limit. */
  readonly limit: string;
}

/** The members that are lists or contain some, each with what to do for its value. */
type Finder = (value: unknown, place: readonly string[], found: LongList[]) => void;

/** By type and maximum. Input types may contain themselves. */
const finders = new WeakMap<GraphQLInputType, Finder | undefined>();

/**
 * Finds the lists among arguments that are longer than their maximum, before any of their items is looked at. The values may be
 * those that the client sent: a value of a wrong type has no length.
 */
export function longListsIn(members: readonly Member[], values: Values): LongList[] {
  const found: LongList[] = [];
  membersFinder(members)?.(values, [], found);
  return found;
}

function membersFinder(members: readonly Member[]): Finder | undefined {
  const listed = members.flatMap((member) => {
    const find = finderOf(member);
    return find ? [[member.name, find] as const] : [];
  });
  if (listed.length === 0) return undefined;
  return (value, place, found) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, find] of listed) {
      const inner = (value as Values)[name];
      if (inner != null) find(inner, [...place, name], found);
    }
  };
}

function finderOf(member: Member): Finder | undefined {
  const type = getNullableType(member.type);
  if (!isListType(type)) return objectFinder(type);
  const { name: limit = '', value: maximum = Infinity } = maxItemsOf(member) ?? {};
  const item = getNullableType(type.ofType);
  const inItems = isListType(item) ? undefined : objectFinder(item);
  return (value, place, found) => {
    if (!Array.isArray(value)) inItems?.(value, place, found);
    else if (value.length > maximum)
      found.push({ place, limit, rule: `must have at most ${text(maximum)} items, but has ${text(value.length)}` });
    else if (inItems) value.forEach((one, index) => inItems(one, [...place, String(index)], found));
  };
}

function objectFinder(type: GraphQLInputType): Finder | undefined {
  if (!isInputObjectType(type)) return undefined;
  if (!finders.has(type)) {
    finders.set(type, (value, place, found) => finders.get(type)?.(value, place, found));
    finders.set(type, membersFinder(Object.values(type.getFields())));
  }
  return finders.get(type);
}

const text = (count: number): string => count.toLocaleString('en-US');

/** The error for a list that is too long. */
function tooLong({ place, rule, limit }: LongList): InvalidValueError {
  noteLimitReached(limit);
  return badInput(place, rule);
}

/** The arguments with an `InvalidValue` in the place of each list that is too long. */
export function withoutLongLists(members: readonly Member[], values: Values): Values {
  const long = longListsIn(members, values);
  return long.reduce(
    (changed, one) => replaced(changed, one.place, new InvalidValue(tooLong(one).rule)) as Values,
    values,
  );
}

function replaced(value: unknown, [member, ...rest]: readonly string[], by: unknown): unknown {
  if (member === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(member), replaced(value[Number(member)], rest, by));
  return { ...(value as Values), [member]: replaced((value as Values)[member], rest, by) };
}

/** An argument of a document that is or contains a list, and how to find what is too long. */
interface ListUse {
  readonly node: ArgumentNode;
  readonly find: Finder;
}

const usesOfOperations = new WeakMap<OperationDefinitionNode, readonly ListUse[]>();

/**
 * Refuses lists that are longer than their maximum, in the document and in the variables as they were sent: before graphql-js
 * coerces each item of a variable. Selections that `@skip` excludes count, because their variables are coerced too.
 *
 * Lists in the input of a mutation are not refused here: its use case returns them as userErrors.
 *
 * @returns one error for each place, without repetitions
 */
export function refusedLists(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: RawVariables,
): GraphQLError[] {
  let uses = usesOfOperations.get(operation);
  if (!uses) usesOfOperations.set(operation, (uses = listUses(schema, document, operation)));
  if (uses.length === 0) return [];
  const variables = withDefaults(operation, given);
  const errors = new Map<string, GraphQLError>();
  for (const { node, find } of uses) {
    const found: LongList[] = [];
    find(valueFromASTUntyped(node.value, variables), [node.name.value], found);
    for (const list of found) {
      const originalError = tooLong(list);
      const { message } = originalError;
      if (!errors.has(message)) errors.set(message, new GraphQLError(message, { nodes: node, originalError }));
    }
  }
  return [...errors.values()];
}

function listUses(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): ListUse[] {
  const uses: ListUse[] = [];
  const typeInfo = new TypeInfo(schema);
  const collect = {
    Argument(node: ArgumentNode) {
      const argument = typeInfo.getArgument();
      const isOfMutation = typeInfo.getParentType() === schema.getMutationType();
      const find = argument && !isOfMutation ? finderOf(argument) : undefined;
      if (find) uses.push({ node, find });
      return false;
    },
  };
  for (const definition of definitionsOf(document, operation)) visit(definition, visitWithTypeInfo(typeInfo, collect));
  return uses;
}
