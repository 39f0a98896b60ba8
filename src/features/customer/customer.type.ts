import { Field, ObjectType } from 'type-graphql';
import type { CustomerEntity } from './customer.entity';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';

@ObjectType({
  implements: Node,
  description: 'An organisation that runs a monitoring programme. Everything it owns is seen by itself only.',
  simpleResolvers: true,
})
export class Customer extends Node implements Pick<CustomerEntity, 'name'> {
  @DatabaseId() databaseId: string;

  @Field(() => String, { description: 'Name of the organisation.' })
  name: string;
}

export const CustomerConnection = connectionType(Customer, 'Customer', 'customers');
