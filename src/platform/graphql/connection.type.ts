import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../list/page';

@ObjectType({ description: 'Where a page stands in its list (Relay cursor connections).', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more nodes follow this page. Exact when paging with `first`.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether nodes precede this page. Exact when paging with `last`.' })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first node of this page; null when the page is empty.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last node of this page; hand it to `after` for the next page.',
  })
  endCursor: string | null;
}

/** The four arguments of every connection. */
@ArgsType()
export class ConnectionArguments {
  @Field(() => Int, {
    nullable: true,
    description: `How many nodes to answer from the start of the list, or behind \`after\`. Defaults to ${DEFAULT_PAGE_SIZE}, at most ${MAX_PAGE_SIZE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Answer what comes behind this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many nodes to answer from the end of the list, or before \`before\`, in the order of the list. At most ${MAX_PAGE_SIZE}; not together with \`first\`.`,
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Answer what comes before this cursor.' })
  before?: string | null;
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
  const nodeType = node as ClassType;

  @ObjectType(`${name}Edge`, { description: `One of the ${plural} of a page, with its cursor.`, simpleResolvers: true })
  class Edge {
    @Field(() => nodeType, { description: 'The thing itself.' })
    node: object;

    @Field(() => String, { description: 'Where it stands in the list, for `after` and `before`. Opaque.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, {
    description: `A page of ${plural} (Relay cursor connection).`,
    simpleResolvers: true,
  })
  class ConnectionType {
    @Field(() => [Edge], { description: `The ${plural} of this page with their cursors.` })
    edges: object[];

    @Field(() => [nodeType], { description: `The ${plural} of this page.` })
    nodes: object[];

    @Field(() => PageInfo, { description: 'Where this page stands in the list.' })
    pageInfo: PageInfo;
  }
  if (countable) {
    const description = `How many ${plural} the whole list has. Counted only when it is selected.`;
    Field(() => Int, { description })(ConnectionType.prototype, 'totalCount');
  }
  return ConnectionType;
}
