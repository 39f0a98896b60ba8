import { Field, ObjectType } from 'type-graphql';
import type { CustomerEntity } from '../access/customer.entity';
import { connectionType } from '../shared/connection.type';
import { DatabaseId, Node } from '../shared/node.type';

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
