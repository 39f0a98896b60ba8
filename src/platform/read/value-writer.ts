import {
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { FieldSource } from '../graphql/fields';
import { hasResolver } from '../operation/metered-fields';
import type { RequestContext } from '../operation/request-context';
import { NotCompiled } from './not-compiled';
import type { Selected } from './objects';
import type { Run } from './run';

/** Writes a value as the JSON text of a field. Throws for a value that the type does not allow. */
export type WriteValue = (value: unknown, run: Run) => string;

/** What a writer needs to know of the operation. */
export interface Selections {
  readonly schema: GraphQLSchema;
  selected(type: GraphQLObjectType, nodes: readonly FieldNode[]): (Selected | { key: string; field: undefined })[];
}

/** The resolver of a field that is declared as data. */
export type Resolve = (row: unknown, args: unknown, ctx: RequestContext) => unknown;
export const resolverOf = ({ extensions }: GraphQLField<unknown, unknown>) => extensions.resolve as Resolve | undefined;

/**
 * The writer of values that are in memory: leaves, and objects whose fields are members or computed from members.
 *
 * @throws NotCompiled for fields that need more
 */
export function valueWriter(of: Selections, type: GraphQLOutputType, nodes: readonly FieldNode[]): WriteValue {
  if (!isNonNullType(type)) {
    const write = presentWriter(of, type, nodes);
    return (value, run) => (value == null ? 'null' : write(value, run));
  }
  const write = presentWriter(of, type.ofType as GraphQLOutputType, nodes);
  return (value, run) => {
    if (value == null) throw new TypeError(`${type.toString()} is null.`);
    return write(value, run);
  };
}

function presentWriter(of: Selections, type: GraphQLOutputType, nodes: readonly FieldNode[]): WriteValue {
  if (isEnumType(type)) return enumWriter(type);
  if (isLeafType(type)) return (value) => leafJson(type.serialize(value));
  if (isListType(type)) {
    const write = valueWriter(of, type.ofType as GraphQLOutputType, nodes);
    return (items, run) => `[${(items as unknown[]).map((item) => write(item, run)).join(',')}]`;
  }
  if (isObjectType(type)) return objectWriter(of, type, nodes);
  if (!isInterfaceType(type)) throw new NotCompiled(type.toString());
  const writers = new Map(
    of.schema.getPossibleTypes(type).map((possible) => [possible.name, objectWriter(of, possible, nodes)]),
  );
  return (value, run) => writers.get((value as { __typename: string }).__typename)!(value, run);
}

function enumWriter(type: GraphQLEnumType): WriteValue {
  const texts = new Map(type.getValues().map(({ name, value }) => [value as unknown, `"${name}"`]));
  return (value) => texts.get(value) ?? leafJson(type.serialize(value));
}

function leafJson(serialized: unknown): string {
  if (serialized == null) throw new TypeError('The value has no serialized form.');
  if (typeof serialized === 'number' && Number.isFinite(serialized)) return String(serialized);
  return JSON.stringify(serialized);
}

function objectWriter(of: Selections, type: GraphQLObjectType, nodes: readonly FieldNode[]): WriteValue {
  const members = of.selected(type, nodes).map((member, index): WriteValue => {
    const key = `${index === 0 ? '' : ','}${JSON.stringify(member.key)}:`;
    if (!member.field) return () => `${key}"${type.name}"`;
    const write = valueWriter(of, member.field.type, member.nodes);
    const valueOf = memberOf(member);
    return (value, run) => key + write(valueOf(value, run), run);
  });
  return (value, run) => {
    let json = '{';
    for (const write of members) json += write(value, run);
    return `${json}}`;
  };
}

function memberOf(selected: Selected): (value: unknown, run: Run) => unknown {
  const { field } = selected;
  const source = field.extensions.source as FieldSource | undefined;
  if (source === undefined && !hasResolver(field)) return (value) => (value as Record<string, unknown>)[field.name];
  const resolve = resolverOf(field);
  if (source?.kind !== 'computed' || source.loads || !resolve) throw new NotCompiled(field.name);
  return (value, run) => resolve(value, run.argumentsOf(selected), run.ctx);
}
