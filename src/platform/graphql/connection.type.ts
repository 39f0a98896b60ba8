import { Int, type ClassType } from 'type-graphql';
import type { PageInfoValue } from '../list/connection';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import { objectType, optional, required } from './types';

export const PageInfo = objectType<PageInfoValue>(
  'PageInfo',
  'Position of a page within its list (Relay cursor connections).',
  {
    hasNextPage: required(
      Boolean,
      'Whether more nodes follow this page. Exact when paging with `first`; with `last`, true when `before` is given. False for a page size of 0.',
    ),
    hasPreviousPage: required(
      Boolean,
      'Whether nodes precede this page. Exact when paging with `last`; with `first`, true when `after` is given. False for a page size of 0.',
    ),
    startCursor: optional(
      String,
      'Cursor of the first node of this page. Pass it as `before` to read the previous page. Null when the page is empty.',
      { weight: 'cursor' },
    ),
    endCursor: optional(
      String,
      'Cursor of the last node of this page. Pass it as `after` to read the next page. Null when the page is empty.',
      { weight: 'cursor' },
    ),
  },
);

/** The four arguments of every connection. */
export const CONNECTION_ARGUMENTS = {
  first: optional(
    Int,
    `Number of nodes to return from the start of the list, or after the cursor \`after\`. Default ${DEFAULT_PAGE_SIZE}, maximum ${MAX_PAGE_SIZE}; use 0 to read only \`totalCount\`. Cannot be combined with \`last\`.`,
  ),
  after: optional(String, 'Returns the nodes after this cursor.'),
  last: optional(
    Int,
    `Number of nodes to return from the end of the list, or before the cursor \`before\`, in the order of the list. Maximum ${MAX_PAGE_SIZE}. Cannot be combined with \`first\`.`,
  ),
  before: optional(String, 'Returns the nodes before this cursor.'),
};

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
 * The connection and edge types of a node type. `Connection` resolves their fields. Its members are functions, so the page and
 * the total are read only when they are selected.
 *
 * @param node an object type or an interface
 * @param plural of the nodes, for the descriptions
 * @param countable false for a list whose total would need a scan of the whole list
 */
export function connectionType(
  node: ClassType | (abstract new () => object),
  name: string,
  plural: string,
  { countable = true } = {},
): ClassType {
  const edge = objectType<Edge>(`${name}Edge`, `An edge in a page of ${plural}: a node and its cursor.`, {
    node: required(node, 'The node at this position of the list.'),
    cursor: required(String, 'Opaque cursor of the node, for `after` and `before`.', { weight: 'cursor' }),
  });
  const uncounted = countable ? '' : ' It has no `totalCount`, because counting would read the whole list.';
  return objectType<Page>(`${name}Connection`, `A page of ${plural} (Relay cursor connection).${uncounted}`, {
    edges: required([edge], `The ${plural} on this page, with their cursors.`),
    nodes: required([node], `The ${plural} on this page.`),
    pageInfo: required(PageInfo, 'Position of this page within the list.'),
    ...(countable && {
      totalCount: required(
        Int,
        `Total number of ${plural} that match the arguments, on all pages. Counted only when selected.`,
        { isCount: true },
      ),
    }),
  });
}
