import { Field, ID, InterfaceType } from 'type-graphql';

/** What a resolver for `Node` returns: a row with the name of its type. */
export interface NodeRow {
  __typename: string;
  id: string;
}

/**
 * The `id` of a node encodes its row's id and the name of its type, or of the interface that it is loaded by. Its `databaseId`
 * is the row's id. schema.ts adds these two resolvers to every type that implements Node.
 */
@InterfaceType({
  description: 'An object with a global id. `node(id:)` fetches it by this id.',
  resolveType: (row: NodeRow) => row.__typename,
})
export abstract class Node {
  @Field(() => ID, {
    description: 'Global, opaque id. Unique across all types, so clients can use it as a cache key.',
  })
  id: string;
}

/** The field `databaseId` of a node. */
export function DatabaseId(): PropertyDecorator {
  return Field(() => ID, {
    description: 'Numeric id, as text. Webhooks send it. Unique within its type.',
  });
}
