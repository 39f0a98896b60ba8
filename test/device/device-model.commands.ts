import fc from 'fast-check';
import type { DeviceStatusOverride } from '../../src/features/device/device-status';
import type { OrderStatusName } from '../support/order-fixture';
import { NEW_DEVICES } from './device-model';
import { DEVICES, PATIENTS, SITES } from './device-model.start';
import type { CallerName, Command, CustomerName, ModelOrder, World } from './device-model.world';

/** A command that does not know the world yet. `settle` turns it into one that can be sent. */
export type Planned = Command & {
  version?: 'any' | 'current' | 'stale';
  /** Picks the order: that of the device if it is in one, else by `index` from the end among suitable orders, else among all. */
  pick?: { device?: string; index: number; meant: boolean };
  /** Names devices that match the order, those of `devices`, or none. */
  naming?: 'youngestMatching' | 'these' | 'none';
};

const oneOf = (names: readonly string[]) => fc.constantFrom(...names);
/** Mostly one of the usual names, with which most commands succeed. */
const mostly = <Name extends string>(usual: readonly [Name, ...Name[]], rare: readonly Name[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const callers = mostly<CallerName>(['northside', 'northside', 'operator'], ['lakeview']);
const operators = mostly<CallerName>(['operator'], ['northside', 'lakeview']);
const customers = mostly<CustomerName>(['northside'], ['lakeview']);
const newDevices = oneOf(Object.keys(NEW_DEVICES));
/** Their state when a run begins. */
const inOrders = fc.constantFrom('toPatient', 'toPatient', 'toSite', 'worn', 'spare');
const outsideOfOrders = fc.constantFrom('free', 'alsoFree', 'held', 'homeless');
const devices = fc.oneof(
  { weight: 3, arbitrary: inOrders },
  { weight: 3, arbitrary: outsideOfOrders },
  { weight: 3, arbitrary: oneOf(Object.keys(DEVICES)) },
  { weight: 1, arbitrary: newDevices },
);
const versions = fc.oneof(
  { weight: 7, arbitrary: fc.constant('any' as const) },
  { weight: 2, arbitrary: fc.constant('current' as const) },
  { weight: 1, arbitrary: fc.constant('stale' as const) },
);
const patients = mostly(['ann', 'bob'], Object.keys(PATIENTS));
const sites = mostly(['clinic', 'office'], Object.keys(SITES));
const warehouses = mostly(['warehouse', 'depot'], Object.keys(SITES));
const statuses = mostly<DeviceStatusOverride>(
  ['AVAILABLE_AT_SITE', 'WITH_PATIENT', 'LOST', 'DECOMMISSIONED'],
  ['AVAILABLE', 'AVAILABLE', 'WITH_PATIENT'],
);
const items = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom({ cuff: 1 }, { scale: 1 }) },
  { weight: 3, arbitrary: fc.constantFrom({ cuff: 1, scale: 1 }, { scale: 1, cuff: 1 }, { cuff: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom({}, { cuff: 0 }, { scale: 9 }) },
);
const places = fc.oneof(
  { weight: 4, arbitrary: fc.record({ patient: patients }) },
  { weight: 4, arbitrary: fc.record({ site: sites }) },
  { weight: 1, arbitrary: fc.record({ patient: maybe(patients), site: maybe(sites) }) },
);
const kind = <Kind extends Command['kind']>(name: Kind) => ({ kind: fc.constant(name) });

/** Commands on this device. */
function onDevice(device: string): fc.WeightedArbitrary<Planned>[] {
  const common = { caller: callers, device: fc.constant(device), version: versions };
  return [
    { weight: 6, arbitrary: fc.record({ ...kind('associateDevice'), ...common, patient: patients }) },
    { weight: 4, arbitrary: fc.record({ ...kind('associateDeviceWithSite'), ...common, site: sites }) },
    {
      weight: 6,
      arbitrary: fc.record({ ...kind('disassociateDevice'), ...common, patient: maybe(patients), site: maybe(sites) }),
    },
    { weight: 8, arbitrary: fc.record({ ...kind('updateDeviceStatus'), ...common, status: statuses }) },
    { weight: 3, arbitrary: fc.record({ ...kind('disableDeviceReadings'), ...common }) },
    { weight: 4, arbitrary: fc.record({ ...kind('enableDeviceReadings'), ...common }) },
    { weight: 6, arbitrary: fc.record({ ...kind('replaceDevice'), ...common }) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.record({ ...kind('cancelReturn'), ...common }), places)
        .map(([command, place]) => ({ ...command, ...place })),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        ...kind('receiveReturn'),
        caller: operators,
        device: fc.constant(device),
        site: warehouses,
        outcome: fc.constantFrom('RESTOCK', 'RESTOCK', 'DECOMMISSION'),
      }),
    },
  ];
}

/** Commands on an order, mostly that of this device. */
function onOrder(device: string, index: number): fc.WeightedArbitrary<Planned>[] {
  const pick = fc.record({
    device: fc.constantFrom(device, device, undefined),
    index: fc.constant(index),
    meant: fc.constantFrom(true, true, true, true, false),
  });
  const order = { order: fc.constant(''), pick };
  return [
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.record({ ...kind('createOrder'), caller: callers, customer: maybe(customers), items }), places)
        .map(([created, recipient]) => ({ ...created, order: '', ...recipient })),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        ...kind('processOrder'),
        caller: operators,
        ...order,
        naming: mostly<NonNullable<Planned['naming']>>(['none', 'youngestMatching'], ['these']),
        devices: fc.array(devices, { minLength: 1, maxLength: 2 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        ...kind('shipOrder'),
        caller: operators,
        ...order,
        trackingNumber: maybe(fc.constantFrom('T1' as const, 'T2' as const)),
      }),
    },
    { weight: 2, arbitrary: fc.record({ ...kind('markOrderReadyForPickup'), caller: operators, ...order }) },
    { weight: 5, arbitrary: fc.record({ ...kind('deliverOrder'), caller: operators, ...order }) },
    { weight: 7, arbitrary: fc.record({ ...kind('cancelOrder'), caller: callers, ...order }) },
  ];
}

const onOthers: fc.WeightedArbitrary<Planned>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      ...kind('registerDevice'),
      caller: operators,
      device: newDevices,
      customer: customers,
      site: fc.oneof(sites, warehouses),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...kind('setArchived'), caller: callers, patient: patients, archived: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ ...kind('setActive'), caller: callers, site: sites, active: fc.boolean() }) },
];

const command = (device: string, index: number): fc.Arbitrary<Planned> =>
  fc.oneof(...onDevice(device), ...onOrder(device, index), ...onOthers);

/** One command, or two or three concurrent ones, mostly on one device and its order. */
function step(among: fc.Arbitrary<string>): fc.Arbitrary<Planned[]> {
  return fc.tuple(among, devices, fc.nat(3)).chain(([device, other, index]) => {
    const here = command(device, index);
    return fc.oneof(
      { weight: 3, arbitrary: fc.tuple(here) },
      { weight: 2, arbitrary: fc.tuple(here, here) },
      { weight: 1, arbitrary: fc.tuple(here, here, here) },
      { weight: 1, arbitrary: fc.tuple(here, here, command(other, index)) },
    );
  });
}

/** Steps mostly on the same few devices, so that they reach states that take several steps. */
export function sequence(maxLength: number): fc.Arbitrary<Planned[][]> {
  return fc.tuple(inOrders, outsideOfOrders, devices).chain((few) => {
    const among = fc.oneof({ weight: 5, arbitrary: oneOf(few) }, { weight: 1, arbitrary: devices });
    return fc.array(step(among), { minLength: maxLength / 2, maxLength, size: 'max' });
  });
}

/**
 * Turns a planned command into the command that is sent. The caller knows the world as of before the step.
 *
 * @param name of an order that it creates
 */
export function settle(world: World, planned: Planned, name: string): Command {
  const { version = 'any', pick: picked, naming, ...rest } = planned;
  let command = rest;
  if (command.kind === 'createOrder' && command.order === '') command = { ...command, order: name };
  if (picked && 'order' in command) command = { ...command, order: pickOrder(world, command, picked) };
  if (command.kind === 'processOrder' && naming !== undefined && naming !== 'these') {
    command = {
      ...command,
      devices: naming === 'none' ? undefined : youngestMatching(world, world.orders[command.order]!),
    };
  }
  const known = 'device' in command ? world.devices[command.device]?.version : undefined;
  if (version === 'any' || known === undefined) return command;
  return { ...command, expectedVersion: version === 'current' ? known : known + 1_000 } as Command;
}

/** Statuses of an order in which a command can succeed. */
const MEANT: Partial<Record<Command['kind'], OrderStatusName[]>> = {
  processOrder: ['CREATED'],
  shipOrder: ['PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP'],
  markOrderReadyForPickup: ['SHIPPED'],
  deliverOrder: ['SHIPPED', 'AVAILABLE_FOR_PICKUP'],
  cancelOrder: ['CREATED', 'PROCESSED'],
};

function pickOrder(world: World, command: Command, { device, index, meant }: NonNullable<Planned['pick']>): string {
  const { order, returnOrder } = (device === undefined ? undefined : world.devices[device]) ?? {};
  const ofDevice = order ?? returnOrder;
  if (ofDevice != null && command.kind !== 'processOrder') return ofDevice;
  const all = Object.entries(world.orders).reverse();
  const candidates = meant ? all.filter(([, { status }]) => MEANT[command.kind]?.includes(status)) : all;
  const names = candidates.length > 0 ? candidates : all;
  return names[index % names.length]![0];
}

/** The youngest matching devices in stock, which the order would not get by default. */
function youngestMatching(world: World, { customer, items: asked }: ModelOrder): string[] {
  return Object.entries(asked).flatMap(([item, count]) =>
    Object.entries(world.devices)
      .filter(([, device]) => device.customer === customer && device.item === item && device.status === 'AVAILABLE')
      .map(([name]) => name)
      .reverse()
      .slice(0, count),
  );
}
