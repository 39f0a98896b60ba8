import type { DeviceStatusOverride } from '../../src/features/device/device-status';
import type { Status } from '../support/device-fixture';
import { runOnOrder } from './device-model.orders';
import {
  changed,
  isOffDuty,
  isWarehouse,
  refusalOf,
  refuse,
  sees,
  shown,
  withDevice,
  type Command,
  type DeviceCommand,
  type ItemName,
  type ModelDevice,
  type Refusals,
  type Result,
  type World,
} from './device-model.world';

/**
 * A second, plain implementation of the rules of docs/glossary.md: names for ids, one pure function, no code of the gateway.
 */

/** The checks of an operation on a device that was found, and the next state. */
interface Verdict {
  /** Checks of references and permission. */
  first: Refusals;
  unchanged: boolean;
  /** The operation's own rules, checked after the version. */
  rules: Refusals;
  becomes: Partial<ModelDevice>;
}

/** Devices that are registered during a run, one per item, so that each is the youngest of its item in stock. */
export const NEW_DEVICES: Record<string, ItemName> = { 'new-1': 'cuff', 'new-2': 'scale' };

/**
 * Runs a command. Returns the result and the new world; the given world is not modified.
 *
 * @param chosen see `runOnOrder`
 */
export function run(world: World, command: Command, chosen?: readonly string[]): Result {
  switch (command.kind) {
    case 'registerDevice':
      return register(world, command);
    case 'setArchived': {
      const patient = world.patients[command.patient]!;
      if (!sees(command.caller, patient.customer)) return refuse(world, 'PATIENT_NOT_FOUND');
      const patients = { ...world.patients, [command.patient]: { ...patient, archived: command.archived } };
      return { response: { outcome: 'CHANGED' }, world: { ...world, patients } };
    }
    case 'setActive': {
      const site = world.sites[command.site]!;
      const hasStock = Object.values(world.devices).some(
        (device) => device.site === command.site && device.status === 'AVAILABLE',
      );
      const refusal = refusalOf([
        [site.customer !== 'impilo' && !sees(command.caller, site.customer), 'SITE_NOT_FOUND'],
        [site.customer === 'impilo' && command.caller !== 'operator', 'SITE_OPERATED_BY_IMPILO'],
        [isWarehouse(world, command.site) && site.active && !command.active && hasStock, 'WAREHOUSE_NOT_EMPTY'],
      ]);
      if (refusal !== undefined) return refuse(world, refusal);
      const sites = { ...world.sites, [command.site]: { ...site, active: command.active } };
      return { response: { outcome: 'CHANGED' }, world: { ...world, sites } };
    }
    case 'createOrder':
    case 'processOrder':
    case 'shipOrder':
    case 'markOrderReadyForPickup':
    case 'deliverOrder':
    case 'cancelOrder':
    case 'replaceDevice':
      return runOnOrder(world, command, chosen);
    case 'associateDevice':
    case 'associateDeviceWithSite':
    case 'disassociateDevice':
    case 'updateDeviceStatus':
    case 'disableDeviceReadings':
    case 'enableDeviceReadings':
    case 'cancelReturn':
    case 'receiveReturn':
      return operate(world, command);
  }
}

function register(world: World, command: Extract<Command, { kind: 'registerDevice' }>): Result {
  const site = world.sites[command.site]!;
  const refusal = refusalOf([
    [command.caller !== 'operator', 'FORBIDDEN'],
    [site.customer !== 'impilo' && site.customer !== command.customer, 'SITE_NOT_FOUND'],
    [!site.active, 'SITE_INACTIVE'],
    [command.device in world.devices, 'IDENTIFIER_TAKEN'],
  ]);
  if (refusal !== undefined) return refuse(world, refusal);
  const device: ModelDevice = {
    customer: command.customer,
    item: NEW_DEVICES[command.device]!,
    status: site.customer === 'impilo' ? 'AVAILABLE' : 'AVAILABLE_AT_SITE',
    holder: null,
    site: command.site,
    order: null,
    returnOrder: null,
    version: 1,
  };
  return {
    response: { outcome: 'CHANGED', device: shown(device) },
    world: withDevice(world, command.device, device),
  };
}

function operate(world: World, command: DeviceCommand): Result {
  if (command.kind === 'receiveReturn' && command.caller !== 'operator') return refuse(world, 'FORBIDDEN');
  if (command.kind === 'cancelReturn' && (command.patient === undefined) === (command.site === undefined))
    return refuse(world, command.patient === undefined ? 'REFERENCE_MISSING' : 'INVALID_INPUT');
  const device = world.devices[command.device];
  if (!device || !sees(command.caller, device.customer)) return refuse(world, 'DEVICE_NOT_FOUND');
  const { first, unchanged, rules, becomes } = judge(world, command, device);
  const firstRefusal = refusalOf(first);
  if (firstRefusal !== undefined) return refuse(world, firstRefusal);
  if (unchanged) return { response: { outcome: 'UNCHANGED', device: shown(device) }, world };
  const stale = command.expectedVersion !== undefined && command.expectedVersion !== device.version;
  const refusal = refusalOf([[stale, 'STALE_VERSION'], ...rules]);
  if (refusal !== undefined) return refuse(world, refusal);
  const after = changed(world, command.device, becomes);
  return { response: { outcome: 'CHANGED', device: shown(after.devices[command.device]!) }, world: after };
}

function judge(world: World, command: DeviceCommand, device: ModelDevice): Verdict {
  const { status, holder, site } = device;
  const inTransit = device.order !== null || device.returnOrder !== null;
  const atWarehouse = isWarehouse(world, site);
  const offDuty = isOffDuty(status);

  const patientMissing = (name: string): boolean => world.patients[name]!.customer !== device.customer;
  const siteMissing = (name: string): boolean => !['impilo', device.customer].includes(world.sites[name]!.customer);
  const siteRules = (name: string): Refusals => [
    [isWarehouse(world, name), 'SITE_OPERATED_BY_IMPILO'],
    [!world.sites[name]!.active, 'SITE_INACTIVE'],
  ];

  switch (command.kind) {
    case 'associateDevice':
      return {
        first: [
          [patientMissing(command.patient), 'PATIENT_NOT_FOUND'],
          [world.patients[command.patient]!.archived, 'PATIENT_ARCHIVED'],
        ],
        unchanged: holder === command.patient,
        rules: [
          [inTransit, 'DEVICE_IN_TRANSIT'],
          [holder !== null, 'DEVICE_ASSOCIATED'],
          [atWarehouse, 'DEVICE_AT_IMPILO_SITE'],
          [site === null, 'DEVICE_WITHOUT_SITE'],
          [status !== 'AVAILABLE_AT_SITE', 'DEVICE_NOT_AVAILABLE_AT_SITE'],
        ],
        becomes: { status: 'WITH_PATIENT', holder: command.patient },
      };

    case 'associateDeviceWithSite':
      return {
        first: [[siteMissing(command.site), 'SITE_NOT_FOUND']],
        unchanged: site === command.site && (offDuty || status === 'AVAILABLE_AT_SITE'),
        rules: [
          ...siteRules(command.site),
          [holder !== null, 'DEVICE_ASSOCIATED'],
          [inTransit, 'DEVICE_IN_TRANSIT'],
          [atWarehouse, 'DEVICE_AT_IMPILO_SITE'],
        ],
        becomes: { site: command.site, status: offDuty ? status : 'AVAILABLE_AT_SITE' },
      };

    case 'disassociateDevice': {
      const order = device.order === null ? undefined : world.orders[device.order]!;
      const isStillThere = order?.status === 'PROCESSED' && status !== 'WITH_PATIENT';
      const place = command.site ?? (isStillThere ? order.devices[command.device]! : site);
      const freed: Record<Status, Status> = {
        WITH_PATIENT: place === null ? 'RETURNING' : 'AVAILABLE_AT_SITE',
        IN_TRANSIT: isStillThere ? 'AVAILABLE' : 'RETURNING',
        DECOMMISSIONED: 'DECOMMISSIONED',
        LOST: 'LOST',
        // These devices have no holder.
        AVAILABLE: 'AVAILABLE',
        AVAILABLE_AT_SITE: 'AVAILABLE_AT_SITE',
        RETURNING: 'RETURNING',
      };
      return {
        first: [
          [command.patient !== undefined && patientMissing(command.patient), 'PATIENT_NOT_FOUND'],
          [command.site !== undefined && siteMissing(command.site), 'SITE_NOT_FOUND'],
        ],
        unchanged: false,
        rules: [
          [holder === null, 'DEVICE_NOT_ASSOCIATED'],
          [command.patient !== undefined && command.patient !== holder, 'DEVICE_ASSOCIATED_ELSEWHERE'],
          ...(command.site === undefined ? [] : siteRules(command.site)),
          [command.site !== undefined && status === 'IN_TRANSIT', 'DEVICE_IN_TRANSIT'],
        ],
        becomes: { holder: null, order: null, site: place, status: freed[status] },
      };
    }

    case 'disableDeviceReadings':
      return { first: [], unchanged: status === 'DECOMMISSIONED', rules: [], becomes: { status: 'DECOMMISSIONED' } };

    case 'enableDeviceReadings': {
      const whereItIs = atWarehouse ? 'AVAILABLE' : 'AVAILABLE_AT_SITE';
      const withoutHolder = device.returnOrder !== null || site === null ? 'RETURNING' : whereItIs;
      const notInOrder = holder === null ? withoutHolder : 'WITH_PATIENT';
      return {
        first: [[atWarehouse && command.caller !== 'operator', 'FORBIDDEN']],
        unchanged: status !== 'DECOMMISSIONED',
        rules: [],
        becomes: { status: device.order === null ? notInOrder : 'IN_TRANSIT' },
      };
    }

    case 'updateDeviceStatus': {
      const free: Refusals = [
        [holder !== null, 'DEVICE_ASSOCIATED'],
        [inTransit, 'DEVICE_IN_TRANSIT'],
      ];
      const needs: Record<DeviceStatusOverride, Refusals> = {
        DECOMMISSIONED: [],
        LOST: [],
        WITH_PATIENT: [[holder === null, 'DEVICE_NOT_ASSOCIATED']],
        AVAILABLE_AT_SITE: [...free, [atWarehouse, 'DEVICE_AT_IMPILO_SITE'], [site === null, 'DEVICE_WITHOUT_SITE']],
        AVAILABLE: [...free, [!atWarehouse, 'DEVICE_NOT_AT_IMPILO_SITE']],
      };
      return {
        first: [[command.status === 'AVAILABLE' && command.caller !== 'operator', 'FORBIDDEN']],
        unchanged: status === command.status,
        rules: needs[command.status],
        becomes: { status: command.status },
      };
    }

    case 'cancelReturn': {
      const isReturning = holder === null && site === null && device.order === null;
      const { patient, site: place } = command;
      const becomes: Partial<ModelDevice> =
        place === undefined
          ? { status: 'WITH_PATIENT', holder: patient }
          : { status: 'AVAILABLE_AT_SITE', site: place };
      return {
        first: [
          [patient !== undefined && patientMissing(patient), 'PATIENT_NOT_FOUND'],
          [patient !== undefined && world.patients[patient]!.archived, 'PATIENT_ARCHIVED'],
          [place !== undefined && siteMissing(place), 'SITE_NOT_FOUND'],
        ],
        unchanged:
          !inTransit &&
          (offDuty || status === becomes.status) &&
          (place === undefined ? holder === patient : holder === null && site === place),
        rules: [...(place === undefined ? [] : siteRules(place)), [!isReturning, 'DEVICE_NOT_RETURNING']],
        becomes: { ...becomes, status: offDuty ? status : becomes.status!, returnOrder: null },
      };
    }

    case 'receiveReturn': {
      const received: Status = command.outcome === 'RESTOCK' ? 'AVAILABLE' : 'DECOMMISSIONED';
      return {
        first: [
          [siteMissing(command.site), 'SITE_NOT_FOUND'],
          [!isWarehouse(world, command.site), 'SITE_NOT_OPERATED_BY_IMPILO'],
        ],
        unchanged: status === received && site === command.site && holder === null && !inTransit,
        rules: [],
        becomes: { status: received, holder: null, site: command.site, order: null, returnOrder: null },
      };
    }
  }
}
