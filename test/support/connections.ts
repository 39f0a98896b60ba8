import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { globalId } from './global-id';
import type { CallerName, TestApp } from './test-app';

export interface Sort {
  field: string;
  direction: 'ASC' | 'DESC';
}

/** A field of the schema that returns a connection. */
export interface ConnectionField {
  /** `Query`, or another type with the field. */
  parent: string;
  field: string;
  /** Fields of its sort argument, e.g. `UPDATED_AT`. */
  sorts: string[];
  /** Default value of the sort argument. */
  defaultSort: Sort;
  /** Whether it has `totalCount`. */
  isCounted: boolean;
}

/** All connections of a schema. */
export function connectionsOf(schema: GraphQLSchema): ConnectionField[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
          .map((field) => ({
            parent: type.name,
            field: field.name,
            sorts: sortsOf(field),
            defaultSort: field.args.find(({ name }) => name === 'sort')?.defaultValue as Sort,
            isCounted: isCounted(getNamedType(field.type)),
          }))
      : [],
  );
}

function isCounted(type: GraphQLNamedType): boolean {
  return isObjectType(type) && 'totalCount' in type.getFields();
}

function sortsOf(field: GraphQLField<unknown, unknown>): string[] {
  const sort = field.args.find(({ name }) => name === 'sort');
  const input = sort && getNamedType(sort.type);
  const by = isInputObjectType(input) ? getNamedType(input.getFields().field!.type) : undefined;
  return isEnumType(by) ? by.getValues().map(({ name }) => name) : [];
}

/** A list of the API: a connection field, of a parent if it is nested, with sort and filter. */
export interface List {
  caller: CallerName;
  parent: string;
  field: string;
  /** Id of the parent; undefined for `Query`. */
  parentId?: string;
  sort?: Sort;
  filter?: Record<string, unknown>;
  search?: string | null;
  /** False for a list without totalCount. */
  isCounted?: boolean;
}

export interface PageArguments {
  first?: number;
  after?: string | null;
  last?: number;
  before?: string | null;
}

export interface ListPage {
  edges: { cursor: string; node: { databaseId: string } }[];
  nodes: { databaseId: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  /** Undefined for a list that is not counted. */
  totalCount?: number;
}

/** Filter types whose names are not derived from the parent and the nodes. */
const FILTER_TYPES: Readonly<Record<string, string>> = {
  identifierHistory: 'DeviceIdentifierHistoryFilter',
  statusHistory: 'DeviceStatusHistoryFilter',
  deliveries: 'WebhookDeliveryFilter',
  webhookDeliveries: 'WebhookDeliveryLogFilter',
};

/** A root list has the filter of its nodes, a nested list a smaller filter. */
function filterTypeOf({ parent, field }: List): string {
  const nodes = field.replace(/s$/, '').replace(/^./, (letter) => letter.toUpperCase());
  return FILTER_TYPES[field] ?? `${parent === 'Query' ? '' : parent}${nodes}Filter`;
}

function wholePage({ isCounted = true }: List): string {
  const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
  return `{ edges { cursor node { databaseId } } nodes { databaseId } ${pageInfo} ${isCounted ? 'totalCount' : ''} }`;
}

/** The operation that reads a page of a list, with its variables. */
export function queryOf(
  list: List,
  page: PageArguments,
  selection = wholePage(list),
): [string, Record<string, unknown>] {
  const sort = list.sort ? `, sort: { field: ${list.sort.field}, direction: ${list.sort.direction} }` : '';
  const filter = list.filter ? ', filter: $filter' : '';
  const search = list.search === undefined ? '' : ', search: $search';
  const field = `list: ${list.field}(first: $first, after: $after, last: $last, before: $before${sort}${filter}${search}) ${selection}`;
  const body =
    list.parent === 'Query'
      ? field
      : `parent: node(id: "${globalId(list.parent, list.parentId!)}") { ... on ${list.parent} { ${field} } }`;
  const variables = [
    '$first: Int, $after: String, $last: Int, $before: String',
    ...(list.filter ? [`$filter: ${filterTypeOf(list)}`] : []),
    ...(list.search === undefined ? [] : ['$search: String']),
  ];
  const values = { filter: list.filter, search: list.search };
  return [`query (${variables.join(', ')}) { ${body} }`, { ...page, ...values }];
}

/** The data of a response in which a list is refused; its parent is returned. */
export function refused(list: List): unknown {
  return list.parent === 'Query' ? { list: null } : { parent: { list: null } };
}

/** One page of a list. */
export async function readPage(app: TestApp, list: List, page: PageArguments): Promise<ListPage> {
  const data = await app.data<{ list?: ListPage; parent?: { list: ListPage } | null }>(
    list.caller,
    ...queryOf(list, page),
  );
  return (data.list ?? data.parent?.list)!;
}

/** The databaseIds of a list in its order, read page by page from its start or its end. */
export async function walk(
  app: TestApp,
  list: List,
  size: number,
  backward = false,
  betweenPages?: () => Promise<void>,
): Promise<string[]> {
  const ids: string[][] = [];
  let cursor: string | null = null;
  for (let more = true; more;) {
    const page: ListPage = await readPage(
      app,
      list,
      backward ? { last: size, before: cursor } : { first: size, after: cursor },
    );
    ids.push(page.edges.map(({ node }) => node.databaseId));
    expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
    expect(page.pageInfo).toMatchObject({
      startCursor: page.edges.at(0)?.cursor ?? null,
      endCursor: page.edges.at(-1)?.cursor ?? null,
      [backward ? 'hasNextPage' : 'hasPreviousPage']: cursor !== null,
    });
    more = backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
    if (more) expect(page.edges).toHaveLength(size);
    cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
    if (more) await betweenPages?.();
  }
  return (backward ? ids.reverse() : ids).flat();
}
