import { Int, type ClassType } from 'type-graphql';
import type { PageInfoValue } from '../list/connection';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import { argumentsType, objectType, optional, required } from './types';

export const PageInfo = objectType<PageInfoValue>(
  'PageInfo',
  'Where a page stands in its list (Relay cursor connections).',
  {
    hasNextPage: required(Boolean, 'Whether more nodes follow this page. Exact when paging with `first`.'),
    hasPreviousPage: required(Boolean, 'Whether nodes precede this page. Exact when paging with `last`.'),
    startCursor: optional(String, 'Cursor of the first node of this page; null when the page is empty.'),
    endCursor: optional(String, 'Cursor of the last node of this page; hand it to `after` for the next page.'),
  },
);

/** The four arguments of every connection. */
export const CONNECTION_ARGUMENTS = {
  first: optional(
    Int,
    `How many nodes to answer from the start of the list, or behind \`after\`. Defaults to ${DEFAULT_PAGE_SIZE}, at most ${MAX_PAGE_SIZE}.`,
  ),
  after: optional(String, 'Answer what comes behind this cursor.'),
  last: optional(
    Int,
    `How many nodes to answer from the end of the list, or before \`before\`, in the order of the list. At most ${MAX_PAGE_SIZE}; not together with \`first\`.`,
  ),
  before: optional(String, 'Answer what comes before this cursor.'),
};

/** Those of one whose nodes are filtered. */
export function filteredList<const Filter extends ClassType>(plural: string, filter: Filter) {
  return {
    ...CONNECTION_ARGUMENTS,
    filter: optional(filter, `Which ${plural} to answer; all of them when absent.`),
  };
}

export const ConnectionArguments = argumentsType(CONNECTION_ARGUMENTS);
export type ConnectionArguments = InstanceType<typeof ConnectionArguments>;

interface Edge {
  node: object;
  cursor: string;
}

interface Page {
  edges: Edge[];
  nodes: object[];
  pageInfo: PageInfoValue;
  totalCount: number;
}

/**
 * The connection and edge types of a node type. Their fields are answered by `Connection`, whose members are functions, so a
 * page is read only when something of it is selected, and likewise the total.
 *
 * @param node an object type or an interface
 * @param plural what the nodes are, for the descriptions
 * @param countable false for a list that would have to be read from end to end for its total
 */
export function connectionType(
  node: ClassType | (abstract new () => object),
  name: string,
  plural: string,
  { countable = true } = {},
): ClassType {
  const edge = objectType<Edge>(`${name}Edge`, `One of the ${plural} of a page, with its cursor.`, {
    node: required(node, 'The thing itself.'),
    cursor: required(String, 'Where it stands in the list, for `after` and `before`. Opaque.'),
  });
  return objectType<Page>(`${name}Connection`, `A page of ${plural} (Relay cursor connection).`, {
    edges: required([edge], `The ${plural} of this page with their cursors.`),
    nodes: required([node], `The ${plural} of this page.`),
    pageInfo: required(PageInfo, 'Where this page stands in the list.'),
    ...(countable && {
      totalCount: required(Int, `How many ${plural} the whole list has. Counted only when it is selected.`),
    }),
  });
}
