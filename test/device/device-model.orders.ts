import type { OrderStatusName } from '../support/order-fixture';
import {
  changed,
  isOffDuty,
  isWarehouse,
  refusalOf,
  refuse,
  sees,
  shown,
  withDevice,
  withOrder,
  type Items,
  type ModelDevice,
  type ModelOrder,
  type OrderCommand,
  type Refusals,
  type Result,
  type World,
} from './device-model.world';

/** A second implementation of docs/glossary.md#orders and #replacing-a-device. */

type Of<Kind extends OrderCommand['kind']> = Extract<OrderCommand, { kind: Kind }>;
type Recipient = Pick<ModelOrder, 'patient' | 'site'>;

const FOLLOWING: Record<OrderStatusName, OrderStatusName[]> = {
  CREATED: [],
  PROCESSED: ['SHIPPED'],
  SHIPPED: ['AVAILABLE_FOR_PICKUP', 'DELIVERED'],
  AVAILABLE_FOR_PICKUP: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
};

/**
 * Runs a command on the world. Returns the result and the new world.
 *
 * @param chosen devices that were taken from stock, where several sets are possible. Any devices in stock are accepted. If
 *   absent, the oldest are taken.
 */
export function runOnOrder(world: World, command: OrderCommand, chosen?: readonly string[]): Result {
  switch (command.kind) {
    case 'createOrder':
      return create(world, command);
    case 'processOrder':
      return process(world, command, chosen);
    case 'shipOrder':
      return ship(world, command);
    case 'markOrderReadyForPickup':
      return move(world, command, 'AVAILABLE_FOR_PICKUP');
    case 'deliverOrder':
      return move(world, command, 'DELIVERED');
    case 'cancelOrder':
      return cancel(world, command);
    case 'replaceDevice':
      return replace(world, command, chosen);
  }
}

function resultOf(world: World, name: string, more: { device?: ModelDevice; sent?: string[] } = {}): Result {
  const { device, sent } = more;
  const order = { name, status: world.orders[name]!.status };
  return {
    response: {
      outcome: 'OK',
      order,
      ...(device && { device: shown(device) }),
      ...(sent && { sent: [...sent].sort() }),
    },
    world,
  };
}

function stepped(world: World, name: string, status: OrderStatusName, more: Partial<ModelOrder> = {}): World {
  const order = world.orders[name]!;
  const version = order.version + 1;
  return withOrder(world, name, { ...order, status, version, events: [...order.events, status], ...more });
}

function create(world: World, command: Of<'createOrder'>): Result {
  const patient = command.patient === undefined ? undefined : world.patients[command.patient]!;
  const site = command.site === undefined ? undefined : world.sites[command.site]!;
  const { items } = command;
  const counts = Object.values(items);
  const customer = command.caller === 'operator' ? (command.customer ?? patient?.customer) : command.caller;
  const refusal = refusalOf([
    [patient !== undefined && site !== undefined, 'INVALID_INPUT'],
    [patient === undefined && site === undefined, 'REFERENCE_MISSING'],
    [counts.length === 0 || counts.some((count) => count < 1), 'INVALID_INPUT'],
    [customer === undefined, 'REFERENCE_MISSING'],
    [site !== undefined && !['impilo', customer].includes(site.customer), 'SITE_NOT_FOUND'],
    [site?.customer === 'impilo', 'SITE_OPERATED_BY_IMPILO'],
    [site?.active === false, 'SITE_INACTIVE'],
    [patient !== undefined && patient.customer !== customer, 'PATIENT_NOT_FOUND'],
    [patient?.archived === true, 'PATIENT_ARCHIVED'],
  ]);
  if (refusal !== undefined) return refuse(world, refusal);
  const order: ModelOrder = {
    customer: customer!,
    kind: 'STANDARD',
    status: 'CREATED',
    patient: command.patient ?? null,
    site: command.site ?? null,
    items,
    devices: {},
    returnDevices: [],
    events: ['CREATED'],
    parcels: [],
    version: 1,
  };
  return resultOf(withOrder(world, command.order, order), command.order);
}

/** Refusals for a recipient that no longer takes devices. */
function closed(world: World, { patient, site }: Recipient): Refusals {
  return [
    [patient !== null && world.patients[patient]!.archived, 'PATIENT_ARCHIVED'],
    [site !== null && !world.sites[site]!.active, 'SITE_INACTIVE'],
  ];
}

/** Devices from stock for items. Undefined when there are too few, or when the chosen ones are not in stock. */
function take(
  world: World,
  customer: string,
  items: Items,
  chosen: readonly string[] | undefined,
): string[] | undefined {
  const taken: string[] = [];
  for (const [item, count] of Object.entries(items)) {
    const stock = Object.entries(world.devices)
      .filter(([, device]) => device.customer === customer && device.item === item && device.status === 'AVAILABLE')
      .map(([name]) => name);
    if (stock.length < count) return undefined;
    taken.push(...(chosen ? stock.filter((name) => chosen.includes(name)) : stock.slice(0, count)));
  }
  const asked = Object.values(items).reduce((sum, count) => sum + count, 0);
  return taken.length === asked && (chosen === undefined || chosen.length === asked) ? taken : undefined;
}

/** Dispatches devices from stock. */
function dispatch(world: World, name: string, devices: readonly string[]): World {
  const { patient } = world.orders[name]!;
  const from = Object.fromEntries(devices.map((device) => [device, world.devices[device]!.site!]));
  const sent = devices.reduce(
    (before, device) => changed(before, device, { status: 'IN_TRANSIT', holder: patient, site: null, order: name }),
    world,
  );
  return withOrder(sent, name, { ...sent.orders[name]!, devices: from });
}

function process(world: World, command: Of<'processOrder'>, chosen: readonly string[] | undefined): Result {
  const order = world.orders[command.order]!;
  const isRepeated =
    order.status === 'PROCESSED' && (!command.devices || hasExactly(world, command.order, command.devices));
  if (command.caller === 'operator' && isRepeated)
    return resultOf(world, command.order, { sent: Object.keys(order.devices) });
  const refusal = refusalOf([
    [command.caller !== 'operator', 'FORBIDDEN'],
    [order.status !== 'CREATED', 'ORDER_STATUS_NOT_ALLOWED'],
    ...closed(world, order),
    ...(command.devices ? refusalsOfNamed(world, order, command.devices) : []),
  ]);
  if (refusal !== undefined) return refuse(world, refusal);
  const devices = command.devices ?? take(world, order.customer, order.items, chosen);
  if (!devices) return refuse(world, 'ITEM_OUT_OF_STOCK');
  const processed = stepped(dispatch(world, command.order, devices), command.order, 'PROCESSED');
  return resultOf(processed, command.order, { sent: devices });
}

const hasExactly = (world: World, order: string, names: readonly string[]): boolean =>
  names.length === devicesIn(world, order).length &&
  new Set(names).size === names.length &&
  names.every((name) => world.devices[name]?.order === order);

/** Refusals for the named devices, one after the other, and then for their number. */
function refusalsOfNamed(world: World, { customer, items }: ModelOrder, names: readonly string[]): Refusals {
  const perDevice = names.flatMap((name, index): Refusals => {
    const device = world.devices[name];
    return [
      [device?.customer !== customer, 'DEVICE_NOT_FOUND'],
      [names.indexOf(name) !== index, 'INVALID_INPUT'],
      [device?.status !== 'AVAILABLE', 'DEVICE_NOT_IN_STOCK'],
      [device === undefined || !(device.item in items), 'INVALID_INPUT'],
    ];
  });
  const wrongNumber = Object.entries(items).some(
    ([item, count]) => names.filter((name) => world.devices[name]?.item === item).length !== count,
  );
  return [...perDevice, [wrongNumber, 'INVALID_INPUT']];
}

function ship(world: World, command: Of<'shipOrder'>): Result {
  const { order: name, trackingNumber: parcel } = command;
  if (command.caller !== 'operator') return refuse(world, 'FORBIDDEN');
  const order = world.orders[name]!;
  const added = parcel === undefined || order.parcels.includes(parcel) ? [] : [parcel];
  const parcels = [...order.parcels, ...added];
  if (['SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED'].includes(order.status)) {
    if (added.length === 0) return resultOf(world, name);
    const more = { parcels, version: order.version + 1, events: [...order.events, ...added] };
    return resultOf(withOrder(world, name, { ...order, ...more }), name);
  }
  if (!FOLLOWING[order.status].includes('SHIPPED')) return refuse(world, 'ORDER_STATUS_NOT_ALLOWED');
  return resultOf(stepped(world, name, 'SHIPPED', { parcels, events: [...order.events, 'SHIPPED', ...added] }), name);
}

function move(world: World, command: Of<'markOrderReadyForPickup' | 'deliverOrder'>, status: OrderStatusName): Result {
  const { order: name } = command;
  if (command.caller !== 'operator') return refuse(world, 'FORBIDDEN');
  const order = world.orders[name]!;
  if (status === order.status) return resultOf(world, name);
  if (!FOLLOWING[order.status].includes(status)) return refuse(world, 'ORDER_STATUS_NOT_ALLOWED');
  return resultOf(stepped(status === 'DELIVERED' ? deliver(world, name) : world, name, status), name);
}

const devicesIn = (world: World, order: string): [string, ModelDevice][] =>
  Object.entries(world.devices).filter(([, device]) => device.order === order);

function deliver(world: World, name: string): World {
  const { patient, site } = world.orders[name]!;
  return devicesIn(world, name).reduce(
    (before, [device, facts]) =>
      facts.status === 'IN_TRANSIT'
        ? changed(before, device, {
            status: patient === null ? 'AVAILABLE_AT_SITE' : 'WITH_PATIENT',
            site,
            order: null,
          })
        : withDevice(before, device, { ...facts, order: null }),
    world,
  );
}

function cancel(world: World, { caller, order: name }: Of<'cancelOrder'>): Result {
  const order = world.orders[name]!;
  if (!sees(caller, order.customer)) return refuse(world, 'ORDER_NOT_FOUND');
  if (order.status === 'CANCELLED') return resultOf(world, name);
  if (!['CREATED', 'PROCESSED'].includes(order.status)) return refuse(world, 'ORDER_STATUS_NOT_ALLOWED');
  const recalled = devicesIn(world, name).reduce(
    (before, [device, facts]) =>
      facts.status === 'WITH_PATIENT'
        ? withDevice(before, device, { ...facts, order: null })
        : changed(before, device, {
            status: isOffDuty(facts.status) ? facts.status : 'AVAILABLE',
            holder: null,
            site: order.devices[device]!,
            order: null,
          }),
    world,
  );
  const unexpected = Object.entries(recalled.devices)
    .filter(([, { returnOrder }]) => returnOrder === name)
    .reduce((before, [device, facts]) => withDevice(before, device, { ...facts, returnOrder: null }), recalled);
  return resultOf(stepped(unexpected, name, 'CANCELLED'), name);
}

/** Name of the order that replaces a device for the first, second, … time. */
export function nameOfReplacement(device: string, index: number): string {
  return `replacement ${index} of ${device}`;
}

function replace(world: World, command: Of<'replaceDevice'>, chosen: readonly string[] | undefined): Result {
  const device = world.devices[command.device];
  if (!device || !sees(command.caller, device.customer)) return refuse(world, 'DEVICE_NOT_FOUND');
  if (device.returnOrder !== null) {
    const earlier = world.orders[device.returnOrder]!;
    const sent = Object.keys(earlier.devices);
    const replacement = world.devices[sent[0]!]!;
    const hasArrived =
      earlier.patient === null ? replacement.site === earlier.site : replacement.holder === earlier.patient;
    const stands = hasArrived || replacement.order === device.returnOrder;
    if (stands) return resultOf(world, device.returnOrder, { device, sent });
    const isStale = command.expectedVersion !== undefined && command.expectedVersion !== device.version;
    return refuse(world, isStale ? 'STALE_VERSION' : 'DEVICE_IN_TRANSIT');
  }
  const recipient = { patient: device.holder, site: device.holder === null ? device.site : null };
  const refusal = refusalOf([
    [command.expectedVersion !== undefined && command.expectedVersion !== device.version, 'STALE_VERSION'],
    [device.order !== null, 'DEVICE_IN_TRANSIT'],
    [device.holder === null && isWarehouse(world, device.site), 'DEVICE_AT_IMPILO_SITE'],
    [device.holder === null && device.site === null, 'DEVICE_NOT_REPLACEABLE'],
    ...closed(world, recipient),
  ]);
  if (refusal !== undefined) return refuse(world, refusal);
  const items = { [device.item]: 1 };
  const sent = take(world, device.customer, items, chosen);
  if (!sent) return refuse(world, 'NO_REPLACEMENT_IN_STOCK');

  const before = Object.values(world.orders).filter(({ returnDevices }) => returnDevices.includes(command.device));
  const name = nameOfReplacement(command.device, before.length + 1);
  const created = withOrder(world, name, {
    customer: device.customer,
    kind: 'REPLACEMENT',
    status: 'PROCESSED',
    ...recipient,
    items,
    devices: {},
    returnDevices: [command.device],
    events: ['CREATED', 'PROCESSED'],
    parcels: [],
    version: 1,
  });
  const returning = changed(created, command.device, {
    status: isOffDuty(device.status) ? device.status : 'RETURNING',
    holder: null,
    site: null,
    returnOrder: name,
  });
  return resultOf(dispatch(returning, name, sent), name, { device: returning.devices[command.device]!, sent });
}
