import { run } from './device-model';
import { initialWorld } from './device-model.start';
import type { OrderFixture } from '../support/order-fixture';
import { followCommands } from './device-model.run';
import { isWarehouse, type Command, type World } from './device-model.world';

/** The device that is followed. Of its item it is the oldest in stock, so that a replacement takes it. */
const FOLLOWED = 'spare';

/** A state of the device that operations reach, and how. */
export interface ReachedState {
  /** What distinguishes it from other states. */
  name: string;
  /** From the initial world. */
  path: Command[];
  world: World;
}

/** One step of a customer or an operator. Several commands if the first of them does not change the device. */
type Move = Command[];

function moves(world: World): Move[] {
  const device = FOLLOWED;
  const { order, returnOrder } = world.devices[device]!;
  const by = { caller: 'northside', device } as const;
  const byOperator = { caller: 'operator', device } as const;
  const name = `order ${Object.keys(world.orders).length + 1}`;
  const process: Command = { kind: 'processOrder', caller: 'operator', order: name, devices: [device] };
  const create = (recipient: { patient: string } | { site: string }): Command => ({
    kind: 'createOrder',
    caller: 'northside',
    order: name,
    items: { cuff: 1 },
    ...recipient,
  });
  const steps = (['shipOrder', 'markOrderReadyForPickup', 'deliverOrder', 'cancelOrder'] as const).flatMap((kind) =>
    [order, returnOrder].flatMap((one): Move[] => (one === null ? [] : [[{ kind, caller: 'operator', order: one }]])),
  );
  return [
    [{ ...by, kind: 'associateDevice', patient: 'ann' }],
    [{ ...by, kind: 'associateDeviceWithSite', site: 'clinic' }],
    [{ ...by, kind: 'disassociateDevice' }],
    [{ ...by, kind: 'disassociateDevice', site: 'clinic' }],
    [{ ...by, kind: 'updateDeviceStatus', status: 'AVAILABLE_AT_SITE' }],
    [{ ...by, kind: 'updateDeviceStatus', status: 'WITH_PATIENT' }],
    [{ ...by, kind: 'updateDeviceStatus', status: 'LOST' }],
    [{ ...by, kind: 'disableDeviceReadings' }],
    [{ ...by, kind: 'enableDeviceReadings' }],
    [{ ...byOperator, kind: 'enableDeviceReadings' }],
    [{ ...byOperator, kind: 'updateDeviceStatus', status: 'AVAILABLE' }],
    [{ ...by, kind: 'replaceDevice' }],
    [{ ...by, kind: 'cancelReturn', patient: 'ann' }],
    [{ ...by, kind: 'cancelReturn', site: 'clinic' }],
    [{ ...byOperator, kind: 'receiveReturn', site: 'warehouse', outcome: 'RESTOCK' }],
    [{ ...byOperator, kind: 'receiveReturn', site: 'warehouse', outcome: 'DECOMMISSION' }],
    ...steps,
    [create({ patient: 'ann' }), process],
    [create({ site: 'office' }), process],
    // It is the device that replaces another one, of a patient or at a site.
    [{ caller: 'northside', kind: 'replaceDevice', device: 'held' }],
    [{ caller: 'northside', kind: 'replaceDevice', device: 'free' }],
    [{ kind: 'setArchived', caller: 'northside', patient: 'ann', archived: true }],
    [{ kind: 'setActive', caller: 'northside', site: 'clinic', active: false }],
    [{ kind: 'setArchived', caller: 'northside', patient: 'ann', archived: false }],
    [{ kind: 'setActive', caller: 'northside', site: 'clinic', active: true }],
  ];
}

/** States with the same name differ in nothing that the rules for the device look at. */
function nameOf(world: World): string {
  const { status, holder, site, order, returnOrder } = world.devices[FOLLOWED]!;
  const siteFacts = site === null ? undefined : world.sites[site]!;
  const where =
    siteFacts &&
    `in ${isWarehouse(world, site) ? 'a warehouse' : 'a site'}${siteFacts.active ? '' : ' that is closed'}`;
  const orderFacts = order === null ? undefined : world.orders[order]!;
  const ofReturn = returnOrder === null ? undefined : world.orders[returnOrder]!;
  return [
    status,
    holder !== null &&
      `with ${holder === 'ann' ? 'a patient' : 'another patient'}${world.patients[holder]!.archived ? ' who is archived' : ''}`,
    where,
    orderFacts &&
      `in a ${orderFacts.kind} order to ${orderFacts.patient === null ? 'a site' : 'a patient'}, ${orderFacts.status}`,
    ofReturn && `on the return leg of an order that is ${ofReturn.status}`,
    world.patients.ann!.archived && 'while Ann is archived',
    !world.sites.clinic!.active && 'while the clinic is closed',
  ]
    .filter((part) => typeof part === 'string')
    .join(' ');
}

/** The world after a move. Undefined if a command of it is refused. */
function make(world: World, move: Move): World | undefined {
  let current = world;
  for (const command of move) {
    const { response, world: after } = run(current, command);
    if (!['CHANGED', 'UNCHANGED', 'OK'].includes(response.outcome)) return undefined;
    current = after;
  }
  return current;
}

/** Every state of the device that moves reach, by breadth: the first path to each is a shortest one. */
export function reachedStates(): ReachedState[] {
  const world = initialWorld();
  const found = new Map([[nameOf(world), { name: nameOf(world), path: [] as Command[], world }]]);
  for (const state of found.values()) {
    for (const move of moves(state.world)) {
      const after = make(state.world, move);
      if (after === undefined) continue;
      const name = nameOf(after);
      if (!found.has(name)) found.set(name, { name, path: [...state.path, ...move], world: after });
    }
  }
  return [...found.values()];
}

/** A shortest way to AVAILABLE_AT_SITE. Undefined if there is none. */
export function wayBack(from: World): Command[] | undefined {
  const seen = new Map([[nameOf(from), { world: from, path: [] as Command[] }]]);
  for (const { world, path } of seen.values()) {
    if (world.devices[FOLLOWED]!.status === 'AVAILABLE_AT_SITE') return path;
    for (const move of moves(world)) {
      const after = make(world, move);
      if (after !== undefined && !seen.has(nameOf(after)))
        seen.set(nameOf(after), { world: after, path: [...path, ...move] });
    }
  }
  return undefined;
}

/** Follows the path to each state and the way back on gateways. Asserts that the device then is AVAILABLE_AT_SITE. */
export async function followWaysBack(orders: OrderFixture, states: readonly ReachedState[]): Promise<void> {
  for (const [number, { name, path, world }] of states.entries()) {
    const after = await followCommands(orders, [...path, ...wayBack(world)!], number);
    expect({ name, status: after.devices[FOLLOWED]!.status }).toEqual({ name, status: 'AVAILABLE_AT_SITE' });
  }
}
