import type { GraphQLScalarType } from 'graphql';
import { Args, Extensions, Field, type ClassType } from 'type-graphql';
import type { Action } from '../access/policy';
import { childConnection, type ChildList, type ListRequest } from '../list/connection';
import type { CountsBelow } from '../list/counts';
import { toListQuery, type ListArguments } from '../list/definition';
import type { ParentKey } from '../list/list';
import type { LoaderDefinition } from '../list/loader';
import type { RequestContext } from '../operation/request-context';
import type { NodeLoader } from './feature';
import { filterArguments, listArguments } from './list-arguments';

/**
 * Where the value of a field comes from: the extension `source` of the field in the schema, as data, so that whoever reads a
 * selection can tell what it needs. A field without one is a member of its parent, e.g. a column of its row.
 */
export type FieldSource =
  /** The node whose number stands in a column; null where that is null. */
  | { readonly kind: 'link'; readonly column: string; readonly loader: NodeLoader }
  /** What belongs to the row, read for many rows by one statement; nothing is read while the column `given` is null. */
  | { readonly kind: 'children'; readonly loader: LoaderDefinition<ParentKey, unknown>; readonly given?: string }
  /** One row that columns of the row lead to, read for many rows by one statement. */
  | { readonly kind: 'found'; readonly columns: readonly string[]; readonly loader: LoaderDefinition<never, unknown> }
  /** A page of what belongs to the row. */
  | { readonly kind: 'list'; readonly list: ChildList<{ id: string }> }
  /** How many rows there are below the row, by groups. */
  | { readonly kind: 'counts'; readonly of: CountsBelow }
  /** What follows from columns of the row alone. */
  | { readonly kind: 'computed'; readonly columns: readonly string[] };

type Member<Row> = keyof Row & string;

/** Members that hold an id, or may hold one. */
type IdOf<Row, Id> = { [Name in Member<Row>]: [Row[Name], Id] extends [Id, Row[Name]] ? Name : never }[Member<Row>];

/** A type of GraphQL, an enum, or a list of one. */
export type FieldType = ClassType | GraphQLScalarType | object | readonly [ClassType];

export interface FieldDefinition<Row> {
  readonly type: FieldType;
  readonly description: string;
  readonly nullable?: boolean;
  readonly args?: ClassType;
  readonly source: FieldSource;
  readonly resolve: (row: Row, args: never, ctx: RequestContext) => unknown;
}

interface LinkOptions<Row> {
  /** What the caller must be allowed to do, where the row itself says less than a node. */
  action?: Action;
  /** Rows that have none, whatever the column holds. */
  unless?: (row: Row) => boolean;
}

/**
 * The node whose number a column holds. All links are nullable: one fragment over several types is valid only if a field of one
 * name has one type in all of them, nullability included, and some of them have none.
 */
export function link<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: IdOf<Row, string>,
  description: string,
  options: LinkOptions<Row> = {},
): FieldDefinition<Row> {
  const always = options.unless
    ? ''
    : ' Always present; nullable so that one fragment fits every type with this field.';
  return linkBy(type, loader, column, `${description}${always}`, options);
}

/** As `link`, for a column that may be null. */
export function optionalLink<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: IdOf<Row, string | null>,
  description: string,
  options: LinkOptions<Row> = {},
): FieldDefinition<Row> {
  return linkBy(type, loader, column, description, options);
}

function linkBy<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: Member<Row>,
  description: string,
  { action, unless }: LinkOptions<Row>,
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, ctx: RequestContext) => {
    if (action !== undefined) ctx.authorize(action);
    const id = row[column] as string | null;
    return id === null || unless?.(row) ? null : ctx.loaders.load(loader, id);
  };
  return { type, description, nullable: true, source: { kind: 'link', column, loader }, resolve };
}

/**
 * The row that some columns of a row lead to, other than by its number. Nullable, as links are.
 *
 * @param keyOf null where there is nothing to look for
 */
export function found<Row, Key, Column extends Member<Row> = Member<Row>>(
  type: ClassType,
  loader: LoaderDefinition<Key, unknown>,
  columns: readonly Column[],
  keyOf: (row: Pick<Row, Column>) => Key | null,
  description: string,
  { action }: Pick<LinkOptions<Row>, 'action'> = {},
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, ctx: RequestContext) => {
    if (action !== undefined) ctx.authorize(action);
    const key = keyOf(row);
    return key === null ? null : ctx.loaders.load(loader, key);
  };
  return { type, description, nullable: true, source: { kind: 'found', columns, loader }, resolve };
}

interface ChildrenOptions<Row, Children> {
  nullable?: boolean;
  /** A column without which nothing is read. */
  given?: Member<Row>;
  /** Which of what is read belongs to the field. */
  select?: (children: Children) => unknown;
}

/** What belongs to a row and is read with its key. */
export function children<Row extends ParentKey, Children = unknown>(
  type: FieldType,
  loader: LoaderDefinition<ParentKey, Children>,
  description: string,
  { given, nullable = given !== undefined, select }: ChildrenOptions<Row, Children> = {},
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, { loaders }: RequestContext) => {
    if (given !== undefined && row[given] === null) return null;
    const { customerId, id } = row;
    const read = loaders.load(loader, { customerId, id });
    return select ? read.then(select) : read;
  };
  return { type, description, nullable, source: { kind: 'children', loader, given }, resolve };
}

/** A page of what belongs to a row; nullable, so that a refusal of its arguments does not blank the row. */
export function list<Row extends ParentKey, Child extends { id: string }>(
  type: ClassType,
  of: ChildList<Child>,
  description: string,
): FieldDefinition<Row> {
  const resolve = (row: Row, request: ListRequest, ctx: RequestContext) => childConnection(ctx, of, row, request);
  const source = { kind: 'list', list: of as unknown as ChildList<{ id: string }> } as const;
  const args = listArguments(of.list);
  return { type, description: `${description} Null only with an error.`, nullable: true, args, source, resolve };
}

/** How many rows belong to a row, by groups. */
export function counts<Row extends ParentKey>(
  type: ClassType,
  of: CountsBelow,
  description: string,
): FieldDefinition<Row> {
  const resolve = ({ customerId, id }: Row, request: ListArguments, { loaders }: RequestContext) =>
    loaders.load(of.loader, { customerId, id }, toListQuery(of.list, request));
  const args = filterArguments(of.list);
  return {
    type: [type],
    description: `${description} Null only with an error.`,
    nullable: true,
    args,
    source: { kind: 'counts', of },
    resolve,
  };
}

/** What follows from some columns of a row. */
export function computed<Row, Column extends Member<Row> = Member<Row>>(
  type: FieldType,
  columns: readonly Column[],
  compute: (row: Pick<Row, Column>, ctx: RequestContext) => unknown,
  description: string,
  { nullable = false } = {},
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, ctx: RequestContext) => compute(row, ctx);
  return { type, description, nullable, source: { kind: 'computed', columns }, resolve };
}

/**
 * Gives a type fields that are no members of its rows; also one of an earlier feature, whose fields may come from later ones.
 *
 * @template Row what resolvers return for the type
 */
export function defineFields<Row>(
  of: abstract new () => object,
  fields: Readonly<Record<string, FieldDefinition<Row>>>,
): void {
  const prototype = of.prototype as object;
  for (const [name, { type, description, nullable, args, source, resolve }] of Object.entries(fields)) {
    Field(() => type as ClassType, { description, nullable })(prototype, name);
    Extensions({ source, resolve })(prototype, name);
    if (args) Args(() => args)(prototype, name, 0);
  }
}
