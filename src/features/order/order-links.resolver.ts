import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { DeviceEntity } from '../device/device.entity';
import { Device } from '../device/device.type';
import type { PatientEntity } from '../patient/patient.entity';
import { Patient } from '../patient/patient.type';
import type { RequestContext } from '../../platform/operation/request-context';
import type { SiteEntity } from '../site/site.entity';
import { Site } from '../site/site.type';
import { OrdersArguments } from './order.input';
import { ordersOfDevice, ordersOfPatient, ordersOfSite } from './order.loader';
import type { OrderService } from './order.service';
import { OrderConnection } from './order.type';

/** A field of a patient that is answered from the rows of orders. */
@Resolver(() => Patient)
export class PatientOrdersResolver {
  constructor(private readonly service: OrderService) {}

  @FieldResolver(() => OrderConnection, { description: 'The orders that go to the patient, newest first.' })
  orders(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => OrdersArguments) request: OrdersArguments,
  ) {
    return this.service.listOf(ctx, ordersOfPatient, patient, request);
  }
}

/** A field of a site that is answered from the rows of orders. */
@Resolver(() => Site)
export class SiteOrdersResolver {
  constructor(private readonly service: OrderService) {}

  @FieldResolver(() => OrderConnection, {
    description: 'The orders that go to the site, newest first. None for a site that Impilo runs.',
  })
  orders(@Root() site: SiteEntity, @Ctx() ctx: RequestContext, @Args(() => OrdersArguments) request: OrdersArguments) {
    return this.service.listOf(ctx, ordersOfSite, site, request);
  }
}

/** A field of a device that is answered from the rows of orders. */
@Resolver(() => Device)
export class DeviceOrdersResolver {
  constructor(private readonly service: OrderService) {}

  @FieldResolver(() => OrderConnection, {
    description: 'The orders that sent the device, or expect or expected it back, newest first.',
  })
  orders(
    @Root() device: DeviceEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => OrdersArguments) request: OrdersArguments,
  ) {
    return this.service.listOf(ctx, ordersOfDevice, device, request);
  }
}
