import type { Status } from '../support/device-programme';

/**
 * The rules of domain.md once more, as plainly as they can be said: names for ids, one pure function, no code of the gateway.
 */

export type CallerName = 'northside' | 'lakeview' | 'operator';
export type CustomerName = Exclude<CallerName, 'operator'>;

export interface ModelDevice {
  customer: CustomerName;
  status: Status;
  holder: string | null;
  site: string | null;
  inOrder: boolean;
  onReturnLeg: boolean;
  version: number;
}

export interface World {
  /** By what is written on them. */
  devices: Record<string, ModelDevice>;
  patients: Record<string, { customer: CustomerName; archived: boolean }>;
  sites: Record<string, { customer: CustomerName | 'impilo'; active: boolean }>;
}

interface OnDevice {
  caller: CallerName;
  device: string;
  expectedVersion?: number;
}

export type Command =
  | (OnDevice & { kind: 'associateDevice'; patient: string })
  | (OnDevice & { kind: 'associateDeviceWithSite'; site: string })
  | (OnDevice & { kind: 'disassociateDevice'; patient?: string; site?: string })
  | (OnDevice & { kind: 'updateDeviceStatus'; status: Status })
  | (OnDevice & { kind: 'disableDeviceReadings' })
  | (OnDevice & { kind: 'enableDeviceReadings' })
  | { kind: 'registerDevice'; caller: CallerName; device: string; customer: CustomerName; site: string }
  | { kind: 'updatePatient'; caller: CallerName; patient: string; archived: boolean }
  | { kind: 'updateSite'; caller: CallerName; site: string; active: boolean };

/** CHANGED, UNCHANGED, or the code of the refusal; and the device as the caller is shown it. */
export interface ModelAnswer {
  outcome: string;
  device: Pick<ModelDevice, 'status' | 'holder' | 'site' | 'version'> | null;
}

/** Conditions under which a command is refused, in the order in which they are asked. */
type Refusals = [refused: boolean, code: string][];

/** What an operation says of a device that was found. */
interface Verdict {
  /** References, and whether the caller may. */
  first: Refusals;
  unchanged: boolean;
  /** The operation's own rules, asked after the version. */
  rules: Refusals;
  becomes: Partial<ModelDevice>;
}

const refused = (refusals: Refusals): string | undefined => refusals.find(([is]) => is)?.[1];
const sees = (caller: CallerName, customer: string): boolean => caller === 'operator' || caller === customer;

export function shown({ status, holder, site, version }: ModelDevice): ModelAnswer['device'] {
  return { status, holder, site, version };
}

/** What the world answers, and what becomes of it; the world that is given stays as it is. */
export function run(world: World, command: Command): { answer: ModelAnswer; world: World } {
  switch (command.kind) {
    case 'registerDevice':
      return register(world, command);
    case 'updatePatient': {
      const patient = world.patients[command.patient]!;
      if (!sees(command.caller, patient.customer))
        return { answer: { outcome: 'PATIENT_NOT_FOUND', device: null }, world };
      const patients = { ...world.patients, [command.patient]: { ...patient, archived: command.archived } };
      return { answer: { outcome: 'CHANGED', device: null }, world: { ...world, patients } };
    }
    case 'updateSite': {
      const site = world.sites[command.site]!;
      const outcome = refused([
        [site.customer !== 'impilo' && !sees(command.caller, site.customer), 'SITE_NOT_FOUND'],
        [site.customer === 'impilo' && command.caller !== 'operator', 'SITE_OPERATED_BY_IMPILO'],
      ]);
      if (outcome !== undefined) return { answer: { outcome, device: null }, world };
      const sites = { ...world.sites, [command.site]: { ...site, active: command.active } };
      return { answer: { outcome: 'CHANGED', device: null }, world: { ...world, sites } };
    }
    default:
      return operate(world, command);
  }
}

function register(
  world: World,
  command: Extract<Command, { kind: 'registerDevice' }>,
): { answer: ModelAnswer; world: World } {
  const site = world.sites[command.site]!;
  const outcome = refused([
    [command.caller !== 'operator', 'FORBIDDEN'],
    [site.customer !== 'impilo' && site.customer !== command.customer, 'SITE_NOT_FOUND'],
    [!site.active, 'SITE_INACTIVE'],
    [command.device in world.devices, 'DUPLICATE_IDENTIFIER'],
  ]);
  if (outcome !== undefined) return { answer: { outcome, device: null }, world };
  const device: ModelDevice = {
    customer: command.customer,
    status: site.customer === 'impilo' ? 'AVAILABLE' : 'AVAILABLE_AT_SITE',
    holder: null,
    site: command.site,
    inOrder: false,
    onReturnLeg: false,
    version: 1,
  };
  return {
    answer: { outcome: 'CHANGED', device: shown(device) },
    world: { ...world, devices: { ...world.devices, [command.device]: device } },
  };
}

type DeviceCommand = Exclude<Command, { kind: 'registerDevice' | 'updatePatient' | 'updateSite' }>;

function operate(world: World, command: DeviceCommand): { answer: ModelAnswer; world: World } {
  const device = world.devices[command.device];
  const refuse = (outcome: string) => ({ answer: { outcome, device: null }, world });
  if (!device || !sees(command.caller, device.customer)) return refuse('DEVICE_NOT_FOUND');
  const { first, unchanged, rules, becomes } = judge(world, command, device);
  const firstRefusal = refused(first);
  if (firstRefusal !== undefined) return refuse(firstRefusal);
  if (unchanged) return { answer: { outcome: 'UNCHANGED', device: shown(device) }, world };
  const stale = command.expectedVersion !== undefined && command.expectedVersion !== device.version;
  const refusal = refused([[stale, 'STALE_VERSION'], ...rules]);
  if (refusal !== undefined) return refuse(refusal);
  const changed = { ...device, ...becomes, version: device.version + 1 };
  return {
    answer: { outcome: 'CHANGED', device: shown(changed) },
    world: { ...world, devices: { ...world.devices, [command.device]: changed } },
  };
}

function judge(world: World, command: DeviceCommand, device: ModelDevice): Verdict {
  const { status, holder, site } = device;
  const underWay = device.inOrder || device.onReturnLeg;
  const atWarehouse = site !== null && world.sites[site]!.customer === 'impilo';
  const offDuty = status === 'DECOMMISSIONED' || status === 'LOST';

  const patientMissing = (name: string): boolean => world.patients[name]!.customer !== device.customer;
  const siteMissing = (name: string): boolean => !['impilo', device.customer].includes(world.sites[name]!.customer);
  const siteRules = (name: string): Refusals => [
    [world.sites[name]!.customer === 'impilo', 'SITE_OPERATED_BY_IMPILO'],
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
          [underWay, 'DEVICE_IN_TRANSIT'],
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
          [underWay, 'DEVICE_IN_TRANSIT'],
          [atWarehouse, 'DEVICE_AT_IMPILO_SITE'],
        ],
        becomes: { site: command.site, status: offDuty ? status : 'AVAILABLE_AT_SITE' },
      };

    case 'disassociateDevice': {
      const place = command.site ?? site;
      const freed: Record<Status, Status> = {
        WITH_PATIENT: place === null ? 'RETURNING' : 'AVAILABLE_AT_SITE',
        IN_TRANSIT: 'RETURNING',
        DECOMMISSIONED: 'DECOMMISSIONED',
        LOST: 'LOST',
        // Nobody holds these.
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
        becomes: { holder: null, inOrder: false, site: place, status: freed[status] },
      };
    }

    case 'disableDeviceReadings':
      return { first: [], unchanged: status === 'DECOMMISSIONED', rules: [], becomes: { status: 'DECOMMISSIONED' } };

    case 'enableDeviceReadings': {
      const whereItIs = atWarehouse ? 'AVAILABLE' : 'AVAILABLE_AT_SITE';
      const unheld = device.onReturnLeg || site === null ? 'RETURNING' : whereItIs;
      const notInOrder = holder === null ? unheld : 'WITH_PATIENT';
      return {
        first: [[atWarehouse && command.caller !== 'operator', 'FORBIDDEN']],
        unchanged: status !== 'DECOMMISSIONED',
        rules: [],
        becomes: { status: device.inOrder ? 'IN_TRANSIT' : notInOrder },
      };
    }

    case 'updateDeviceStatus': {
      const free: Refusals = [
        [holder !== null, 'DEVICE_ASSOCIATED'],
        [underWay, 'DEVICE_IN_TRANSIT'],
      ];
      const needs: Record<Status, Refusals> = {
        DECOMMISSIONED: [],
        LOST: [],
        WITH_PATIENT: [[holder === null, 'DEVICE_NOT_ASSOCIATED']],
        AVAILABLE_AT_SITE: [...free, [atWarehouse, 'DEVICE_AT_IMPILO_SITE'], [site === null, 'DEVICE_WITHOUT_SITE']],
        AVAILABLE: [...free, [!atWarehouse, 'DEVICE_NOT_AT_IMPILO_SITE']],
        IN_TRANSIT: [[true, 'STATUS_NOT_SETTABLE']],
        RETURNING: [[true, 'STATUS_NOT_SETTABLE']],
      };
      return {
        first: [[command.status === 'AVAILABLE' && command.caller !== 'operator', 'FORBIDDEN']],
        unchanged: status === command.status,
        rules: needs[command.status],
        becomes: { status: command.status },
      };
    }
  }
}
