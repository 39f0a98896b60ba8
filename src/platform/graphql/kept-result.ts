import {
  getNullableType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isNullableType,
  isListType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import type { Loaders } from '../list/loader';
import { RequestContext } from '../operation/request-context';
import type { NodeLoader } from './feature';

type Nodes = Readonly<Record<string, NodeLoader>>;

/** How the values of a type are kept for a repeated call. */
type Shape =
  | { readonly kind: 'node'; readonly loader: NodeLoader }
  | { readonly kind: 'value' }
  /** Kept as null: a text may be a secret or personal data. */
  | { readonly kind: 'text' }
  | { readonly kind: 'list'; readonly of: Shape; readonly nullable: boolean }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, shape: Shape])[] };

const PLAIN_SCALARS: readonly GraphQLNamedType[] = [GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt];

/**
 * The result of a mutation as it is kept for a repeated call: ids of nodes, codes and numbers, as the payload's type has them.
 * Nodes are read again in the caller's scope and in their current state. A node that the caller no longer sees is null.
 */
export class KeptResult {
  private readonly shape: Shape;

  constructor(payload: GraphQLObjectType, nodes: Nodes) {
    this.shape = shapeOf(payload, nodes);
  }

  keep(result: object): string {
    return JSON.stringify(keep(this.shape, result));
  }

  /** Reads all nodes of a type with one statement. */
  async restore(ctx: RequestContext, kept: string): Promise<object> {
    const { loaders } = new ResultReader(ctx.environment, ctx.caller, ctx.work);
    return (await restore(this.shape, JSON.parse(kept), loaders)) as object;
  }
}

/** The permission for a mutation includes its result: a caller with the role INGEST gets the readings that it recorded. */
class ResultReader extends RequestContext {
  override authorize(): void {}
}

function shapeOf(type: GraphQLOutputType, nodes: Nodes): Shape {
  const inner = getNullableType(type);
  if (isListType(inner)) return { kind: 'list', of: shapeOf(inner.ofType, nodes), nullable: isNullableType(type) };
  if (isLeafType(inner)) return { kind: isEnumType(inner) || PLAIN_SCALARS.includes(inner) ? 'value' : 'text' };
  if (!isObjectType(inner) && !isInterfaceType(inner)) throw new Error(`${String(inner)} cannot be kept.`);
  const [entity] = [inner, ...inner.getInterfaces()].filter(({ name }) => name in nodes);
  if (entity) return { kind: 'node', loader: nodes[entity.name]! };
  // Messages of problems contain no personal data.
  if (inner.name === 'UserError') return { kind: 'value' };
  const members = Object.values(inner.getFields()).map((field) => [field.name, shapeOf(field.type, nodes)] as const);
  return { kind: 'object', members };
}

/** Omits what is null, and lists that are empty where they cannot be null: a thousand recorded readings then take 60 kB before compression. */
function keep(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  switch (shape.kind) {
    case 'node':
      return (value as { id: string }).id;
    case 'value':
      return value;
    case 'text':
      return undefined;
    case 'list':
      return (value as unknown[]).length === 0 && !shape.nullable
        ? undefined
        : (value as unknown[]).map((item) => keep(shape.of, item) ?? null);
    case 'object':
      return Object.fromEntries(
        shape.members.map(([name, inner]) => [name, keep(inner, (value as Record<string, unknown>)[name])]),
      );
  }
}

async function restore(shape: Shape, kept: unknown, loaders: Loaders): Promise<unknown> {
  switch (shape.kind) {
    case 'node':
      return typeof kept === 'string' ? loaders.load(shape.loader, kept) : null;
    case 'value':
      return kept ?? null;
    case 'text':
      return null;
    case 'list':
      if (kept == null) return shape.nullable ? null : [];
      return Promise.all((kept as unknown[]).map((item) => restore(shape.of, item, loaders)));
    case 'object': {
      const values = (kept ?? {}) as Record<string, unknown>;
      const members = shape.members.map(
        async ([name, inner]) => [name, await restore(inner, values[name], loaders)] as const,
      );
      return Object.fromEntries(await Promise.all(members));
    }
  }
}
