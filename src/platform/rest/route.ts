import { z } from 'zod';
import type { Connection } from '../list/connection';
import { MAX_SLICED_ROWS } from '../list/slice';
import type { UseCase } from '../operation/use-case';
import type { MemberNames } from './member-names';
import type { NotFoundCode, RestCall } from './rest-call';
import { flag, integer, numberParameter, shape } from './shapes';
import type { RestCode } from './statuses';

const NONE = z.strictObject({});

/** Parameters of a path or a query. Their texts are parsed by the shape. */
type Parameters = z.ZodObject;

/** A group of routes in the documentation. */
export interface Tag {
  readonly name: string;
  readonly description: string;
}

/** One request of a client: a few lines over a root field of the schema. */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below `/api/v3`, with parameters as `{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly params: Parameters;
  /** A parameter that it does not define is refused. */
  readonly query: Parameters;
  readonly body?: z.ZodType;
  readonly response: { readonly status: 200 | 201; readonly shape: z.ZodType; readonly description: string };
  /** Describes the status 200 of a creation that finds the object already created. `handle` then returns it as `Existing`. */
  readonly existing?: string;
  /** Codes of refusals, in addition to those that every route has. */
  readonly codes: readonly RestCode[];
  readonly fields?: MemberNames;
  readonly handle: (call: RestCall, request: never) => Promise<unknown>;
}

/** The object that a creation would have created again. */
export class Existing<Body> {
  constructor(readonly body: Body) {}
}

interface Parsed<Params, Query, Body> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
}

interface RouteOptions<Params, Query, Body, ResponseShape extends z.ZodType> extends Omit<
  RestRoute,
  'params' | 'query' | 'body' | 'response' | 'codes' | 'handle'
> {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: readonly [status: 200 | 201, shape: ResponseShape, description: string];
  /** The use cases that it runs, for their codes. */
  readonly runs?: readonly UseCase<never, object, never>[];
  /** Further codes. */
  readonly codes?: readonly RestCode[];
  readonly handle: (
    call: RestCall,
    request: Parsed<Params, Query, Body>,
  ) => Promise<z.input<ResponseShape> | Existing<z.input<ResponseShape>>>;
}

export function route<
  ResponseShape extends z.ZodType,
  Params extends Parameters = typeof NONE,
  Query extends Parameters = typeof NONE,
  Body extends z.ZodType = z.ZodUndefined,
>({
  response: [status, responseShape, described],
  runs = [],
  codes = [],
  ...options
}: RouteOptions<Params, Query, Body, ResponseShape>): RestRoute {
  return {
    params: NONE,
    query: NONE,
    ...options,
    response: { status, shape: responseShape, description: described },
    codes: [...new Set([...codes, ...runs.flatMap((useCase) => useCase.codes)])],
  };
}

interface NodeOptions<Row, Shape extends z.ZodType> extends Pick<RestRoute, 'tag' | 'description'> {
  /** The root field of the schema that reads the object by its id. It is also the path. */
  readonly field: string;
  readonly shape: Shape;
  readonly toBody: (call: RestCall, row: Row) => z.input<Shape> | Promise<z.input<Shape>>;
}

/** A route that returns an object by its id. */
export function nodeRoute<Row, Shape extends z.ZodType>({
  field,
  shape: body,
  toBody,
  ...options
}: NodeOptions<Row, Shape>): RestRoute {
  const code = `${field.toUpperCase()}_NOT_FOUND` as NotFoundCode;
  return route({
    ...options,
    method: 'GET',
    path: `/${field}/{id}`,
    operationId: `get${field[0]!.toUpperCase()}${field.slice(1)}`,
    summary: `Get ${/^[aeiou]/.test(field) ? 'an' : 'a'} ${field}`,
    params: z.strictObject({ id: numberParameter(`Id of the ${field}.`) }),
    response: [200, body, `The ${field}.`],
    codes: [code],
    handle: async (call, { params }) => toBody(call, await call.find<Row>(field, { id: params.id }, code)),
  });
}

export const DEFAULT_SIZE = 15;
export const MAX_SIZE = 250;

const PAGE_PARAMETERS = {
  page: numberParameter('Number of the page. The first is 1.', { min: 1, max: MAX_SLICED_ROWS }).prefault('1'),
  size: numberParameter('Maximum number of objects on a page.', { min: 1, max: MAX_SIZE }).prefault(`${DEFAULT_SIZE}`),
};

interface PageNumber {
  readonly page: number;
  readonly size: number;
}

type ListCall = readonly [field: string, args: Readonly<Record<string, unknown>>];

interface PageOptions<Query extends z.ZodRawShape, Row, Item extends z.ZodType> extends Pick<
  RestRoute,
  'path' | 'operationId' | 'tag' | 'summary' | 'description' | 'fields'
> {
  /** Parameters beside `page` and `size`. */
  readonly query: Query;
  /** Name of the shape of a page: `DevicePage`. */
  readonly name: string;
  readonly item: Item;
  /** The list: a root field of the schema that is a connection, and its arguments. */
  readonly list: (query: z.output<z.ZodObject<Query>>, call: RestCall) => ListCall | Promise<ListCall>;
  readonly toItem: (call: RestCall, row: Row) => Promise<z.input<Item>>;
}

/** A route that returns a page of a list. The rows of a page are completed together, so that their loaders batch. */
export function pageRoute<const Query extends z.ZodRawShape, Row, Item extends z.ZodType>({
  query,
  name,
  item,
  list,
  toItem,
  ...options
}: PageOptions<Query, Row, Item>): RestRoute {
  const page = shape(name, 'A page of a list.', {
    content: z.array(item).describe('The objects on the page. Empty beyond the last page.'),
    page: integer('Number of the page. The first is 1.').meta({ examples: [1] }),
    size: integer('Maximum number of objects on a page.').meta({ examples: [DEFAULT_SIZE] }),
    total: integer(`Number of objects in the whole list, counted up to ${MAX_SLICED_ROWS}.`).meta({ examples: [1] }),
    first: flag('Whether this is the first page.'),
    last: flag('Whether no page follows.'),
  });
  return {
    ...options,
    method: 'GET',
    params: NONE,
    query: z.strictObject({ ...query, ...PAGE_PARAMETERS }),
    response: { status: 200, shape: page, description: 'The page.' },
    codes: [],
    handle: async (call, { query: given }: { query: z.output<z.ZodObject<Query>> & PageNumber }) => {
      const { page: number, size } = given;
      const connection = (await call.query(...(await list(given, call)))) as Connection<Row>;
      const { rows, hasMore, total } = await connection.slice({ offset: (number - 1) * size, size });
      const content = await Promise.all(rows.map((row) => toItem(call, row)));
      return { content, page: number, size, total, first: number === 1, last: !hasMore };
    },
  };
}
