import { Field, ID, InputType, Int } from 'type-graphql';
import { OrderStatus, ReturnOutcome, ShipmentLeg } from './order-status';

const NOTE = { nullable: true, description: 'A note that is kept with the step; up to 2000 characters.' } as const;

@InputType({ description: 'Units of one item.' })
export class OrderItemInput {
  @Field(() => ID, { description: 'Which item; each stands in an order once.' })
  itemId: string;

  @Field(() => Int, { description: 'How many: 1 to 10,000.' })
  count: number;
}

@InputType({ description: 'A new order, to a patient or to a site: exactly one of the two.' })
export class CreateOrderInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose order. Operators must give it where patientId does not tell; others may leave it out.',
  })
  customerId?: string | null;

  @Field(() => ID, { nullable: true, description: 'To which patient: the global id or the databaseId.' })
  patientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "To which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  })
  patientExternalIdentifier?: string | null;

  @Field(() => ID, { nullable: true, description: 'To which site: an active one of the customer.' })
  siteId?: string | null;

  @Field(() => [OrderItemInput], { description: 'What to send: 1 to 100 different items.' })
  items: OrderItemInput[];

  @Field(() => String, {
    nullable: true,
    description: "The customer's own name for the order; up to 200 characters, need not be unique.",
  })
  externalOrderId?: string | null;

  @Field(() => String, NOTE)
  note?: string | null;
}

@InputType({ description: 'Assigns devices of the stock to an order, all of them or none.' })
export class ProcessOrderInput {
  @Field(() => ID, { description: 'Which order: one that is CREATED.' })
  orderId: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'Which devices, by any of their identifiers: AVAILABLE ones, as many of each item as the order asks for. The oldest of the stock when absent.',
  })
  deviceIdentifiers?: string[] | null;

  @Field(() => String, NOTE)
  note?: string | null;
}

@InputType({ description: 'Under which number a carrier follows a parcel.' })
export class TrackingNumberInput {
  @Field(() => String, { nullable: true, description: 'Who carries it; up to 100 characters.' })
  carrier?: string | null;

  @Field(() => String, { description: 'The number; 1 to 100 characters.' })
  value: string;

  @Field(() => ShipmentLeg, { nullable: true, description: 'Which way the parcel goes; OUTBOUND when absent.' })
  leg?: ShipmentLeg | null;
}

@InputType({ description: 'Moves an order on after its processing.' })
export class UpdateOrderStatusInput {
  @Field(() => ID, { description: 'Which order: its global id or its databaseId.' })
  orderId: string;

  @Field(() => OrderStatus, {
    description: 'SHIPPED after PROCESSED; AVAILABLE_FOR_PICKUP after SHIPPED; DELIVERED after either of the two.',
  })
  status: OrderStatus;

  @Field(() => [TrackingNumberInput], { nullable: true, description: 'Added to the numbers that are there.' })
  trackingNumbers?: TrackingNumberInput[] | null;

  @Field(() => String, NOTE)
  note?: string | null;
}

@InputType({ description: 'Calls off an order that was not shipped.' })
export class CancelOrderInput {
  @Field(() => ID, { description: 'Which order: one that is CREATED or PROCESSED.' })
  orderId: string;

  @Field(() => String, NOTE)
  note?: string | null;
}

@InputType({ description: 'Exchanges a defective device for another one of its item.' })
export class ReplaceDeviceInput {
  @Field(() => ID, { nullable: true, description: 'Which device is defective: its global id or its databaseId.' })
  deviceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Which device is defective: any of its identifiers. Given together with deviceId, both must mean the same device.',
  })
  deviceIdentifier?: string | null;

  @Field(() => String, NOTE)
  note?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Refuse the exchange when this is not the device's version any more (STALE_VERSION).",
  })
  expectedVersion?: number | null;
}

@InputType({ description: 'Notes that a device has arrived in a warehouse.' })
export class ReceiveReturnInput {
  @Field(() => ID, { nullable: true, description: 'Which device: its global id or its databaseId.' })
  deviceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which device: any of its identifiers. Given together with deviceId, both must mean the same device.',
  })
  deviceIdentifier?: string | null;

  @Field(() => ID, { description: 'In which warehouse.' })
  siteId: string;

  @Field(() => ReturnOutcome, { description: 'What becomes of it.' })
  outcome: ReturnOutcome;

  @Field(() => String, NOTE)
  note?: string | null;
}
