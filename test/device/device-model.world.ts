import type { DeviceStatusOverride } from '../../src/features/device/device-status';
import type { Status } from '../support/device-fixture';
import type { OrderStatusName } from '../support/order-fixture';

/** The types of the model: names for ids, no code of the gateway. */

export type CallerName = 'northside' | 'lakeview' | 'operator';
export type CustomerName = Exclude<CallerName, 'operator'>;
export type ItemName = 'cuff' | 'scale';
export type Items = Partial<Record<ItemName, number>>;

export interface ModelDevice {
  customer: CustomerName;
  item: ItemName;
  status: Status;
  holder: string | null;
  site: string | null;
  /** The open order that it is in. */
  order: string | null;
  /** The order on whose return leg it is. */
  returnOrder: string | null;
  version: number;
}

export interface ModelOrder {
  customer: CustomerName;
  kind: 'STANDARD' | 'REPLACEMENT';
  status: OrderStatusName;
  /** Exactly one of patient and site is set. */
  patient: string | null;
  site: string | null;
  items: Items;
  /** The devices that it sent, each with the warehouse that it came from. */
  devices: Record<string, string>;
  returnDevices: string[];
  /** Its steps, and the numbers of the parcels that were added, oldest first. */
  events: (OrderStatusName | `T${number}`)[];
  parcels: `T${number}`[];
  version: number;
}

export interface World {
  /** By identifier. Of each item the oldest device comes first. */
  devices: Record<string, ModelDevice>;
  patients: Record<string, { customer: CustomerName; archived: boolean }>;
  sites: Record<string, { customer: CustomerName | 'impilo'; active: boolean }>;
  orders: Record<string, ModelOrder>;
}

interface OnDevice {
  caller: CallerName;
  device: string;
  expectedVersion?: number;
}

/** The operations on one device. */
export type DeviceCommand =
  | (OnDevice & { kind: 'associateDevice'; patient: string })
  | (OnDevice & { kind: 'associateDeviceWithSite'; site: string })
  | (OnDevice & { kind: 'disassociateDevice'; patient?: string; site?: string })
  | (OnDevice & { kind: 'updateDeviceStatus'; status: DeviceStatusOverride })
  | (OnDevice & { kind: 'disableDeviceReadings' })
  | (OnDevice & { kind: 'enableDeviceReadings' })
  | (OnDevice & { kind: 'cancelReturn'; patient?: string; site?: string })
  | (OnDevice & {
      kind: 'receiveReturn';
      site: string;
      outcome: 'RESTOCK' | 'DECOMMISSION';
      expectedVersion?: undefined;
    });

export type OrderCommand =
  /** `order` is the name of the new order. */
  | {
      kind: 'createOrder';
      caller: CallerName;
      order: string;
      /** Given by operators. */
      customer?: CustomerName;
      patient?: string;
      site?: string;
      items: Items;
    }
  | { kind: 'processOrder'; caller: CallerName; order: string; devices?: string[] }
  | { kind: 'shipOrder'; caller: CallerName; order: string; trackingNumber?: `T${number}` }
  | { kind: 'markOrderReadyForPickup' | 'deliverOrder'; caller: CallerName; order: string }
  | { kind: 'cancelOrder'; caller: CallerName; order: string }
  | (OnDevice & { kind: 'replaceDevice' });

export type Command =
  | DeviceCommand
  | OrderCommand
  | { kind: 'registerDevice'; caller: CallerName; device: string; customer: CustomerName; site: string }
  | { kind: 'setArchived'; caller: CallerName; patient: string; archived: boolean }
  | { kind: 'setActive'; caller: CallerName; site: string; active: boolean };

/** Outcome of a command, and the payload that the caller sees. */
export interface ModelResponse {
  /** CHANGED, UNCHANGED, or the code of the refusal. OK if the response does not show whether something changed. */
  outcome: string;
  device?: Pick<ModelDevice, 'status' | 'holder' | 'site' | 'version'>;
  order?: { name: string; status: OrderStatusName };
  /** The devices of the order after it was processed. */
  sent?: string[];
}

export interface Result {
  response: ModelResponse;
  world: World;
}

/** Conditions under which a command is refused, in the order of the checks. */
export type Refusals = [refused: boolean, code: string][];

export const refusalOf = (refusals: Refusals): string | undefined => refusals.find(([is]) => is)?.[1];
export const refuse = (world: World, outcome: string): Result => ({ response: { outcome }, world });
export const sees = (caller: CallerName, customer: string): boolean => caller === 'operator' || caller === customer;

export function shown({ status, holder, site, version }: ModelDevice): ModelResponse['device'] {
  return { status, holder, site, version };
}

export const isOffDuty = (status: Status): boolean => status === 'DECOMMISSIONED' || status === 'LOST';

export const isWarehouse = (world: World, site: string | null): boolean =>
  site !== null && world.sites[site]!.customer === 'impilo';

/** Changes status, holder or site, which increments the version. */
export function changed(world: World, device: string, becomes: Partial<ModelDevice>): World {
  const before = world.devices[device]!;
  return withDevice(world, device, { ...before, ...becomes, version: before.version + 1 });
}

export function withDevice(world: World, name: string, device: ModelDevice): World {
  return { ...world, devices: { ...world.devices, [name]: device } };
}

export function withOrder(world: World, name: string, order: ModelOrder): World {
  return { ...world, orders: { ...world.orders, [name]: order } };
}
