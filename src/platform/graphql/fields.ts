import type { GraphQLScalarType } from 'graphql';
import { Args, Extensions, Field, type ClassType } from 'type-graphql';
import type { Action } from '../access/policy';
import { childConnection, type ChildList, type ListRequest } from '../list/connection';
import type { CountsBelow } from '../list/counts';
import { toListQuery, type ListArguments } from '../list/definition';
import type { Fragment } from '../db/sql';
import type { ParentKey } from '../list/list';
import type { FoundLoader } from '../list/found';
import type { LoaderDefinition } from '../list/loader';
import type { RowsBelowKey } from '../list/rows-below';
import { ChecksArguments, Counts } from '../operation/field-extensions';
import type { RequestContext } from '../operation/request-context';
import type { NodeLoader } from './feature';
import { filterArguments, listArguments } from './list-arguments';

/**
 * Where the value of a field comes from. It is stored as data in the field's extension `source`, so that code which reads a
 * selection can see what the selection needs. A field without a source is a member of its parent, e.g. a column of its row.
 */
export type FieldSource =
  /** A column of the row. Declared where the type of the field is not the type of all rows. */
  | { readonly kind: 'column'; readonly column: string }
  /** The global id of the row. `of` is the name of its type in the id. */
  | { readonly kind: 'globalId'; readonly of: string }
  /** The node whose id is in a column; null where the column is null or `except`. */
  | {
      readonly kind: 'link';
      readonly column: string;
      readonly loader: NodeLoader;
      readonly action?: Action;
      readonly except?: string;
    }
  /**
   * Rows that belong to the row, read for many parents by one statement. Nothing is read while the column `given` is null. The field
   * is what was read, or a member of a row of it.
   */
  | {
      readonly kind: 'children';
      readonly loader: LoaderDefinition<ParentKey, unknown>;
      readonly given?: string | undefined;
      readonly pick?: MemberWhere<Record<string, unknown>> | undefined;
      /** The rows for the arguments of the field. By default those of the loader. */
      readonly below?: (args: never) => RowsBelowKey;
    }
  /** One row that columns of the row identify, read for many rows by one statement; null while one of `given` is null. */
  | {
      readonly kind: 'found';
      readonly loader: FoundLoader<never, unknown>;
      readonly given: readonly string[];
      readonly action?: Action;
    }
  /** A page of rows that belong to the row. */
  | { readonly kind: 'list'; readonly list: ChildList<{ id: string }> }
  /** Counts of rows that belong to the row, by group. */
  | { readonly kind: 'counts'; readonly of: CountsBelow }
  /** A value that code makes of columns of the row: of them alone, or of what it `loads` for many rows at once. */
  | {
      readonly kind: 'computed';
      readonly columns: readonly string[];
      readonly loads?: true;
      readonly withRow?: ReadWithRow;
    };

/** What the resolver of a computed field would load, read together with the row. */
export interface ReadWithRow {
  /** The member of the row that has it. While the member is null, the resolver loads it. */
  readonly member: string;
  /**
   * A `select` of it as JSON text below `k(customer_id, id)`. Undefined for arguments for which the resolver loads it.
   *
   * @param row alias of the row's members
   */
  readonly json: (args: never, row: string) => Fragment | undefined;
}

/** A member of the first row that has a value in a column; null when there is no such row. */
export interface MemberWhere<Row> {
  readonly member: Member<Row>;
  readonly column: Member<Row>;
  readonly is: string;
}

type Member<Row> = keyof Row & string;

/** Members whose type is the id type `Id`, e.g. `string | null`. */
type IdOf<Row, Id> = { [Name in Member<Row>]: [Row[Name], Id] extends [Id, Row[Name]] ? Name : never }[Member<Row>];

/** A GraphQL type, an enum, or a list of one. */
export type FieldType = ClassType | GraphQLScalarType | object | readonly [ClassType];

export interface FieldDefinition<Row> {
  readonly type: FieldType;
  readonly description: string;
  readonly nullable?: boolean;
  readonly args?: ClassType;
  readonly source: FieldSource;
  /** See `ListLength`. */
  readonly length?: number;
  /** See `ChecksArguments`. */
  readonly checksArguments?: true;
  readonly resolve: (row: Row, args: never, ctx: RequestContext) => unknown;
}

interface LinkOptions {
  /** Required of the caller in addition to what the row itself requires. */
  action?: Action;
  /** An id that is not linked: the field is null. */
  except?: string;
}

/**
 * The node whose id a column holds. All links are nullable: a fragment over several types is valid only if fields of the same
 * name have the same type, nullability included, and in some types the link can be null.
 */
export function link<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: IdOf<Row, string>,
  description: string,
  options: LinkOptions = {},
): FieldDefinition<Row> {
  const always = options.except
    ? ''
    : ' Always present; nullable so that one fragment is valid on every type with this field.';
  return linkBy(type, loader, column, `${description}${always}`, options);
}

/** As `link`, for a column that may be null. */
export function optionalLink<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: IdOf<Row, string | null>,
  description: string,
  options: LinkOptions = {},
): FieldDefinition<Row> {
  return linkBy(type, loader, column, description, options);
}

function linkBy<Row>(
  type: ClassType,
  loader: NodeLoader,
  column: Member<Row>,
  description: string,
  { action, except }: LinkOptions,
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, ctx: RequestContext) => {
    if (action !== undefined) ctx.authorize(action);
    const id = row[column] as string | null;
    return id === null || id === except ? null : ctx.loaders.load(loader, id);
  };
  const source = {
    kind: 'link',
    column,
    loader,
    ...(action !== undefined && { action }),
    ...(except !== undefined && { except }),
  } as const;
  return { type, description, nullable: true, source, resolve };
}

interface FoundOptions<Row> extends LinkOptions {
  /** Columns. While one of them is null, nothing is looked up. */
  given?: readonly Member<Row>[];
}

/** The row that columns of a row identify in another way than by its id. Nullable, as links are. */
export function found<Row extends From, From extends object = Row>(
  type: ClassType,
  loader: FoundLoader<From, unknown>,
  description: string,
  { action, given = [] }: Omit<FoundOptions<Row>, 'except'> = {},
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, ctx: RequestContext) => {
    if (action !== undefined) ctx.authorize(action);
    return given.some((column) => row[column] === null) ? null : ctx.loaders.load(loader, row as From);
  };
  const source = {
    kind: 'found',
    loader: loader as FoundLoader<never, unknown>,
    given,
    ...(action !== undefined && { action }),
  } as const;
  return { type, description, nullable: true, source, resolve };
}

interface ChildrenOptions<Row, Children> {
  nullable?: boolean;
  /** A column; while it is null, nothing is read. */
  given?: Member<Row>;
  /** See `ListLength`. */
  length?: number;
  /** What the field is of the rows that were read. By default all of them. */
  pick?: Children extends readonly (infer Child)[] ? MemberWhere<Child> : never;
}

/** Rows that belong to a row, read by its key. */
export function children<Row extends ParentKey, Children = unknown>(
  type: FieldType,
  loader: LoaderDefinition<ParentKey, Children>,
  description: string,
  { given, nullable = given !== undefined, pick, length }: ChildrenOptions<Row, Children> = {},
): FieldDefinition<Row> {
  const resolve = (row: Row, _args: never, { loaders }: RequestContext) => {
    if (given !== undefined && row[given] === null) return null;
    const { customerId, id } = row;
    const read = loaders.load(loader, { customerId, id });
    return pick ? read.then((rows) => picked(rows as never, pick)) : read;
  };
  return {
    type,
    description,
    nullable,
    source: { kind: 'children', loader, given, pick: pick as MemberWhere<Record<string, unknown>> | undefined },
    resolve,
    ...(length !== undefined && { length }),
  };
}

function picked<Row>(rows: readonly Row[], { member, column, is }: MemberWhere<Row>): unknown {
  return rows.find((row) => row[column] === is)?.[member] ?? null;
}

/** A page of rows that belong to a row. Nullable, so that invalid arguments do not null the whole row. */
export function list<Row extends ParentKey, Child extends { id: string }>(
  type: ClassType,
  of: ChildList<Child>,
  description: string,
): FieldDefinition<Row> {
  const resolve = (row: Row, request: ListRequest, ctx: RequestContext) => childConnection(ctx, of, row, request);
  const source = { kind: 'list', list: of as unknown as ChildList<{ id: string }> } as const;
  const args = listArguments(of.list);
  return {
    type,
    description: `${description} Null only when the field fails with an error.`,
    nullable: true,
    args,
    source,
    checksArguments: true,
    resolve,
  };
}

/** Counts of rows that belong to a row, by group. */
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
    description: `${description} Null only when the field fails with an error.`,
    nullable: true,
    args,
    source: { kind: 'counts', of },
    resolve,
  };
}

/** A value computed from columns of a row. */
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
 * Adds fields to a type that are not members of its rows. A feature may add fields to a type of an earlier feature.
 *
 * @template Row what resolvers return for the type
 */
export function defineFields<Row>(
  of: abstract new () => object,
  fields: Readonly<Record<string, FieldDefinition<Row>>>,
): void {
  const prototype = of.prototype as object;
  for (const [name, definition] of Object.entries(fields)) {
    const { type, description, nullable, args, source, length, checksArguments, resolve } = definition;
    Field(() => type as ClassType, { description, nullable })(prototype, name);
    Extensions({ source, resolve, ...(length !== undefined && { length }) })(prototype, name);
    if (source.kind === 'counts') Counts()(prototype, name);
    if (checksArguments) ChecksArguments()(prototype, name);
    if (args) Args(() => args)(prototype, name, 0);
  }
}
