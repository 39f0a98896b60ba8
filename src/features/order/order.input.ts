import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { DateTime } from '../../platform/graphql/scalars.type';
import { OrderKind, OrderStatus } from './order-status';

@InputType({
  description:
    'Which orders to answer; conditions are combined with "and". An empty list matches nothing, several values mean any of them.',
})
export class OrderFilter {
  @Field(() => [OrderStatus], { nullable: true, description: 'Orders in any of these statuses.' })
  status?: OrderStatus[] | null;

  @Field(() => [ID], { nullable: true, description: 'Orders to any of these patients.' })
  patientId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Orders to any of these sites.' })
  siteId?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Orders that send any of these devices, or expect it back.' })
  deviceId?: string[] | null;

  @Field(() => OrderKind, { nullable: true, description: 'Orders that were made for this reason.' })
  kind?: OrderKind | null;

  @Field(() => String, { nullable: true, description: "Orders with this name of the customer's, exactly." })
  externalOrderId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Orders created at this instant or later.' })
  createdFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Orders created before this instant.' })
  createdTo?: Date | null;

  @Field(() => [ID], { nullable: true, description: 'Orders of any of these customers; for operators.' })
  customerId?: string[] | null;
}

@ArgsType()
export class OrdersArguments extends ConnectionArguments {
  @Field(() => OrderFilter, { nullable: true, description: 'Which orders to answer; all of them when absent.' })
  filter?: OrderFilter | null;
}
