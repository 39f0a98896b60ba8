import { Field, ObjectType } from 'type-graphql';
import { Device, DeviceStatusChange } from '../device/device.type';
import { UserError } from '../../platform/graphql/user-error.type';
import { Order } from './order.type';

/** What the answer of every operation on an order has. */
@ObjectType({ simpleResolvers: true })
abstract class OrderPayload {
  @Field(() => Order, { nullable: true, description: 'The order as it is now; null when it was refused.' })
  order: Order | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it succeeded.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'The answer of `createOrder`.', simpleResolvers: true })
export class CreateOrderPayload extends OrderPayload {}

@ObjectType({ description: 'The answer of `processOrder`.', simpleResolvers: true })
export class ProcessOrderPayload extends OrderPayload {}

@ObjectType({ description: 'The answer of `updateOrderStatus`.', simpleResolvers: true })
export class UpdateOrderStatusPayload extends OrderPayload {}

@ObjectType({ description: 'The answer of `cancelOrder`.', simpleResolvers: true })
export class CancelOrderPayload extends OrderPayload {}

@ObjectType({ description: 'The answer of `replaceDevice`.', simpleResolvers: true })
export class ReplaceDevicePayload extends OrderPayload {
  @Field(() => Device, { nullable: true, description: 'The device that goes back; null when it was refused.' })
  defectiveDevice: Device | null;

  @Field(() => Device, { nullable: true, description: 'The device that is sent instead; null when it was refused.' })
  replacementDevice: Device | null;
}

@ObjectType({ description: 'The answer of `receiveReturn`.', simpleResolvers: true })
export class ReceiveReturnPayload {
  @Field(() => Device, { nullable: true, description: 'The device as it is now; null when it was refused.' })
  device: Device | null;

  @Field(() => DeviceStatusChange, {
    nullable: true,
    description: 'What changed; null when it was refused, or when the device was like that already.',
  })
  statusChange: DeviceStatusChange | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it succeeded.' })
  userErrors: UserError[];
}
