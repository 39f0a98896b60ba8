import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from '../../platform/operation/request-context';
import { toPayload } from '../../platform/operation/user-errors';
import type { CreateOrderService } from './create-order.service';
import {
  CancelOrderInput,
  CreateOrderInput,
  ProcessOrderInput,
  ReceiveReturnInput,
  ReplaceDeviceInput,
  UpdateOrderStatusInput,
} from './order-operation.input';
import {
  CancelOrderPayload,
  CreateOrderPayload,
  ProcessOrderPayload,
  ReceiveReturnPayload,
  ReplaceDevicePayload,
  UpdateOrderStatusPayload,
} from './order-payload.type';
import type { OrderProgressService } from './order-progress.service';
import type { ProcessOrderService } from './process-order.service';
import type { ReceiveReturnService } from './receive-return.service';
import type { ReplaceDeviceService } from './replace-device.service';

@Resolver()
export class OrderOperationsResolver {
  constructor(
    private readonly creation: CreateOrderService,
    private readonly processing: ProcessOrderService,
    private readonly progress: OrderProgressService,
    private readonly replacing: ReplaceDeviceService,
    private readonly receiving: ReceiveReturnService,
  ) {}

  @Mutation(() => CreateOrderPayload, {
    nullable: true,
    description: 'Orders devices for a patient or a site. Nothing leaves the stock until the order is processed.',
  })
  createOrder(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => CreateOrderInput, { description: 'What, and to whom.' }) input: CreateOrderInput,
  ) {
    return toPayload(this.creation.create(ctx, input).then((order) => ({ order })));
  }

  @Mutation(() => ProcessOrderPayload, {
    nullable: true,
    description:
      'Assigns devices of the stock to an order, all of them or none; they become IN_TRANSIT. For operators.',
  })
  processOrder(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => ProcessOrderInput, { description: 'Which order, which devices.' }) input: ProcessOrderInput,
  ) {
    return toPayload(this.processing.process(ctx, input).then((order) => ({ order })));
  }

  @Mutation(() => UpdateOrderStatusPayload, {
    nullable: true,
    description:
      'Says that an order was shipped, waits for pick-up or was delivered. For operators. Safe to repeat; delivered devices become WITH_PATIENT or AVAILABLE_AT_SITE.',
  })
  updateOrderStatus(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => UpdateOrderStatusInput, { description: 'Which order, which status.' })
    input: UpdateOrderStatusInput,
  ) {
    return toPayload(this.progress.updateStatus(ctx, input).then((order) => ({ order })));
  }

  @Mutation(() => CancelOrderPayload, {
    nullable: true,
    description:
      'Calls off an order that was not shipped; its devices go back to the warehouses that they came from. Safe to repeat.',
  })
  cancelOrder(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => CancelOrderInput, { description: 'Which order.' }) input: CancelOrderInput,
  ) {
    return toPayload(this.progress.cancel(ctx, input).then((order) => ({ order })));
  }

  @Mutation(() => ReplaceDevicePayload, {
    nullable: true,
    description:
      'Sends a defective device back and another one of its item to the same patient or site, in one step. Safe to repeat while it is on its way back.',
  })
  replaceDevice(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => ReplaceDeviceInput, { description: 'Which device is defective.' }) input: ReplaceDeviceInput,
  ) {
    return toPayload(this.replacing.replace(ctx, input));
  }

  @Mutation(() => ReceiveReturnPayload, {
    nullable: true,
    description:
      'Notes that a device has arrived in a warehouse, whatever it was before: its association, its order and its return end. For operators. Safe to repeat.',
  })
  receiveReturn(
    @Ctx() ctx: RequestContext,
    @Arg('input', () => ReceiveReturnInput, { description: 'Which device, where, and what becomes of it.' })
    input: ReceiveReturnInput,
  ) {
    return toPayload(this.receiving.receive(ctx, input));
  }
}
