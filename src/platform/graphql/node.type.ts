import { Field, ID, InterfaceType } from 'type-graphql';

/** The answer of a resolver for `Node`: a row with the name of its type, which a row alone does not tell. */
export interface NodeRow {
  __typename: string;
  id: string;
}

/**
 * The `id` of each node is made from the name of its type, or of the interface that it is read by, and its row's id; `databaseId`
 * is the row's id: schema.ts gives every implementing type these two resolvers.
 */
@InterfaceType({
  description: 'Anything that has an id and can be fetched again by it with `node(id:)`.',
  resolveType: (row: NodeRow) => row.__typename,
})
export abstract class Node {
  @Field(() => ID, {
    description: 'Global, opaque id: unique over all types, so clients can use it as their cache key.',
  })
  id: string;
}

/** The field `databaseId` of a node. */
export function DatabaseId(): PropertyDecorator {
  return Field(() => ID, {
    description: "The platform's own number, as REST and webhooks show it. Unique within its type.",
  });
}
