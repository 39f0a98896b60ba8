import type { ParentKey } from '../../platform/list/list';
import type { DeviceEntity } from '../device/device.entity';
import type { Connection } from '../../platform/list/connection';
import { byId, childConnection, rootConnection, type ChildList } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { parseId, parseIds } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import { devicesByOrder, orderById } from './order.loader';
import type { OrderKind, OrderStatus, ShipmentLeg } from './order-status';
import { ORDERS, type OrderQuery } from './order.repository';
import type { OrderEntity } from './order.entity';

export interface OrderFilterRequest {
  status?: OrderStatus[] | null;
  patientId?: string[] | null;
  siteId?: string[] | null;
  deviceId?: string[] | null;
  kind?: OrderKind | null;
  externalOrderId?: string | null;
  createdFrom?: Date | null;
  createdTo?: Date | null;
  customerId?: string[] | null;
}

export interface OrderListRequest extends PageArguments {
  filter?: OrderFilterRequest | null;
}

/** Reads of orders. */
export class OrderService {
  async find(ctx: RequestContext, id: string): Promise<OrderEntity | null> {
    ctx.authorize('programme:read');
    const orderId = parseId('Order', id, 'id');
    return orderId === null ? null : ctx.loaders.load(orderById, orderId);
  }

  list(ctx: RequestContext, { filter, ...page }: OrderListRequest): Connection<OrderEntity> {
    ctx.authorize('programme:read');
    return rootConnection(ctx, ORDERS, toQuery(filter), page, byId('DESC'));
  }

  /** @param list which orders of the parent: those to a patient, to a site, those that a device is in */
  listOf(
    ctx: RequestContext,
    list: ChildList<OrderEntity, OrderQuery>,
    parent: ParentKey,
    { filter, ...page }: OrderListRequest,
  ): Connection<OrderEntity> {
    return childConnection(ctx, list, parent, toQuery(filter), page, byId('DESC'));
  }

  async devicesOf(ctx: RequestContext, { customerId, id }: ParentKey, wanted: ShipmentLeg): Promise<DeviceEntity[]> {
    const devices = await ctx.loaders.load(devicesByOrder, { customerId, id });
    return devices.filter(({ leg }) => leg === wanted);
  }
}

function toQuery(filter: OrderFilterRequest | null | undefined): OrderQuery {
  const { patientId, siteId, deviceId, customerId, ...conditions } = filter ?? {};
  return {
    ...conditions,
    patientIds: patientId && parseIds('Patient', patientId, 'filter.patientId'),
    siteIds: siteId && parseIds('Site', siteId, 'filter.siteId'),
    deviceIds: deviceId && parseIds('Device', deviceId, 'filter.deviceId'),
    customerIds: customerId && parseIds('Customer', customerId, 'filter.customerId'),
  };
}
