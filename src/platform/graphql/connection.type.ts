import { Int, type ClassType } from 'type-graphql';
import type { PageInfoValue } from '../list/connection';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';
import { objectType, optional, required } from './types';

export const PageInfo = objectType<PageInfoValue>(
  'PageInfo',
  'Where a page stands in its list (Relay cursor connections).',
  {
    hasNextPage: required(
      Boolean,
      'Whether more nodes follow this page. Exact when paging with `first`; false when none were asked for.',
    ),
    hasPreviousPage: required(
      Boolean,
      'Whether nodes precede this page. Exact when paging with `last`; false when none were asked for.',
    ),
    startCursor: optional(String, 'Cursor of the first node of this page; null when the page is empty.'),
    endCursor: optional(String, 'Cursor of the last node of this page; hand it to `after` for the next page.'),
  },
);

/** The four arguments of every connection. */
export const CONNECTION_ARGUMENTS = {
  first: optional(
    Int,
    `Return at most this many nodes, from the start of the list or after \`after\`. ${DEFAULT_PAGE_SIZE} if omitted; maximum ${MAX_PAGE_SIZE}; 0 for none, e.g. beside \`totalCount\`. Not together with \`last\`.`,
  ),
  after: optional(String, 'Return the nodes after this cursor.'),
  last: optional(
    Int,
    `Return at most this many nodes, from the end of the list or before \`before\`, in the order of the list. Maximum ${MAX_PAGE_SIZE}. Not together with \`first\`.`,
  ),
  before: optional(String, 'Return the nodes before this cursor.'),
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
    node: required(node, `What stands at this position of the list of ${plural}.`),
    cursor: required(String, 'Its position in the list, for `after` and `before`. Opaque.'),
  });
  const uncounted = countable ? '' : ' It has no totalCount: the whole list would have to be read to count it.';
  return objectType<Page>(`${name}Connection`, `A page of ${plural} (Relay cursor connection).${uncounted}`, {
    edges: required([edge], `The ${plural} of this page with their cursors.`),
    nodes: required([node], `The ${plural} of this page.`),
    pageInfo: required(PageInfo, 'Where this page stands in the list.'),
    ...(countable && {
      totalCount: required(
        Int,
        `Number of ${plural} in the whole list, as it is searched and filtered. Counted only when it is selected.`,
      ),
    }),
  });
}
