import { Args, ArgsType, Extensions, Field, ID, Query, Resolver, type ClassType } from 'type-graphql';
import type { Action } from '../access/policy';
import { parseId } from '../base/global-id';
import { rootConnection, type ListRequest } from '../list/connection';
import { countGroups, type Grouping } from '../list/counts';
import type { ListArguments, ListDefinition } from '../list/definition';
import { ChecksArguments, Counts } from '../operation/field-extensions';
import type { RequestContext } from '../operation/request-context';
import type { NodeLoader } from './feature';
import type { FieldType } from './fields';
import { filterArguments, listArguments } from './list-arguments';

/** Where the value of a root field comes from, see `FieldSource`. A field without a source has only its resolver. */
export type QuerySource =
  /** The node of the argument `id`. */
  | { readonly kind: 'node'; readonly loader: NodeLoader }
  /** A page of all rows that the caller may see. */
  | { readonly kind: 'list'; readonly list: ListDefinition<{ id: string }> }
  /** Counts of all rows that the caller may see, by group. */
  | { readonly kind: 'counts'; readonly list: ListDefinition<{ id: string }>; readonly by: Grouping };

export interface QueryDefinition {
  readonly type: FieldType;
  readonly description: string;
  /** Required of the caller. */
  readonly action: Action;
  readonly args?: ClassType;
  readonly source?: QuerySource;
  /** See `ChecksArguments`. */
  readonly checksArguments?: true;
  readonly resolve: (ctx: RequestContext, args: never) => unknown;
}

@ArgsType()
class IdArguments {
  @Field(() => ID, { description: 'Global id or `databaseId`.' })
  id: string;
}

/** One node by its id; null when there is none that the caller may see. */
export function nodeQuery(
  type: ClassType,
  loader: NodeLoader,
  description: string,
  action: Action = 'data:read',
): QueryDefinition {
  const resolve = (ctx: RequestContext, { id: given }: IdArguments) => {
    const id = parseId(type.name, given, ['id']);
    return id === null ? null : ctx.loaders.load(loader, id);
  };
  return { type, description, action, args: IdArguments, source: { kind: 'node', loader }, resolve };
}

/** A page of all rows of a list that the caller may see. */
export function listQuery<Row extends { id: string }>(
  type: ClassType,
  list: ListDefinition<Row>,
  description: string,
  action: Action = 'data:read',
): QueryDefinition {
  const resolve = (ctx: RequestContext, request: ListRequest) => rootConnection(ctx, list, request);
  const source = { kind: 'list', list: list as unknown as ListDefinition<{ id: string }> } as const;
  return { type, description, action, args: listArguments(list), source, checksArguments: true, resolve };
}

/** Counts of the rows of a list that the caller may see, by group. */
export function countsQuery<Row extends { id: string }>(
  type: ClassType,
  list: ListDefinition<Row>,
  by: Grouping,
  description: string,
): QueryDefinition {
  const resolve = ({ session }: RequestContext, request: ListArguments) => countGroups(session, list, by, request);
  const source = { kind: 'counts', list: list as unknown as ListDefinition<{ id: string }>, by } as const;
  return { type: [type], description, action: 'data:read', args: filterArguments(list), source, resolve };
}

/** The resolver of root fields. All are nullable, so that a field that fails does not null the others. */
export function queryResolver(queries: Readonly<Record<string, QueryDefinition>>): object {
  @Resolver()
  class Queries {}
  for (const [name, definition] of Object.entries(queries)) {
    const { type, description, action, args, source, checksArguments, resolve } = definition;
    const authorized = (_root: unknown, given: never, ctx: RequestContext) => {
      ctx.authorize(action);
      return resolve(ctx, given);
    };
    Query(() => type as ClassType, { nullable: true, description })(Queries.prototype, name, {});
    Extensions({ source, action, resolve: authorized })(Queries.prototype, name);
    if (source?.kind === 'counts') Counts()(Queries.prototype, name);
    if (checksArguments) ChecksArguments()(Queries.prototype, name);
    if (args) Args(() => args)(Queries.prototype, name, 0);
  }
  return new Queries();
}
