import type { OrderStatusName } from '../support/order-fixture';
import type { Status } from '../support/device-fixture';
import { FOLLOWING } from '../support/order-history';
import { isWarehouse, type ModelDevice, type ModelOrder, type World } from './device-model.world';

/** The invariants of docs/glossary.md#device-status, one check per sentence. The model must not break them either. */
type Invariants = Record<string, boolean>;

const OPEN: ModelOrder['status'][] = ['PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP'];

function invariantsOfDevice(world: World, name: string, device: ModelDevice): Invariants {
  const { status, holder, site, order, returnOrder } = device;
  const free = holder === null && order === null && returnOrder === null;
  const itsOrder = order === null ? undefined : world.orders[order];
  const itsReturn = returnOrder === null ? undefined : world.orders[returnOrder];
  const always: Record<Status, boolean> = {
    AVAILABLE: free && isWarehouse(world, site),
    AVAILABLE_AT_SITE: free && site !== null && world.sites[site]!.customer === device.customer,
    WITH_PATIENT: holder !== null,
    IN_TRANSIT: itsOrder !== undefined && site === null && holder === itsOrder.patient,
    RETURNING: holder === null && site === null && order === null,
    DECOMMISSIONED: true,
    LOST: true,
  };
  return {
    [`${name} has the state that ${status} requires`]: always[status],
    [`${name} is not in a warehouse while it has a holder`]: holder === null || !isWarehouse(world, site),
    [`${name} is with a patient of its customer`]:
      holder === null || world.patients[holder]!.customer === device.customer,
    [`${name} is in an open order of its customer that sent it`]:
      order === null ||
      (itsOrder?.customer === device.customer && OPEN.includes(itsOrder.status) && name in itsOrder.devices),
    [`${name} on its return leg has no holder, no site and no open order`]:
      returnOrder === null || (holder === null && site === null && order === null),
    [`${name} is expected back by a replacement that is not cancelled`]:
      returnOrder === null ||
      (itsReturn?.kind === 'REPLACEMENT' && itsReturn.status !== 'CANCELLED' && itsReturn.returnDevices.includes(name)),
  };
}

function invariantsOfOrder(world: World, name: string, order: ModelOrder): Invariants {
  const { items, devices } = order;
  const steps = order.events.filter((event): event is OrderStatusName => event in FOLLOWING);
  const added = order.events.filter((event) => !(event in FOLLOWING));
  const inIt = Object.values(world.devices).filter((device) => device.order === name);
  const sent = Object.keys(devices).map((device) => world.devices[device]!);
  const isComplete = Object.entries(items).every(
    ([item, count]) => sent.filter((device) => device.item === item).length === count,
  );
  return {
    [`${name} goes to one recipient`]: (order.patient === null) !== (order.site === null),
    [`${name} has taken allowed steps: ${steps.join(', ')}`]:
      steps[0] === 'CREATED' &&
      steps.at(-1) === order.status &&
      steps.slice(1).every((status, index) => FOLLOWING[steps[index]!].includes(status)),
    [`${name} has the parcels that were added: ${added.join(', ')}`]: added.join() === order.parcels.join(),
    [`${name} has devices only while it is open`]: inIt.length === 0 || OPEN.includes(order.status),
    [`${name} sent all requested devices, or none before it was processed`]: steps.includes('PROCESSED')
      ? isComplete && sent.length === Object.values(items).reduce((sum, count) => sum + count, 0)
      : sent.length === 0,
    [`${name} sent devices of its customer from warehouses`]:
      sent.every(({ customer }) => customer === order.customer) &&
      Object.values(devices).every((site) => isWarehouse(world, site)),
    [`${name} expects a device back if, and only if, it is a replacement`]:
      order.returnDevices.length === (order.kind === 'REPLACEMENT' ? 1 : 0),
  };
}

/** Descriptions of the invariants that are broken. */
export function violationsOf(world: World): string[] {
  const invariants = [
    ...Object.entries(world.devices).map(([name, device]) => invariantsOfDevice(world, name, device)),
    ...Object.entries(world.orders).map(([name, order]) => invariantsOfOrder(world, name, order)),
  ];
  return invariants.flatMap((one) =>
    Object.entries(one)
      .filter(([, holds]) => !holds)
      .map(([invariant]) => invariant),
  );
}
