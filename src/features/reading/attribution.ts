import type { Tx } from '../../platform/db/session';
import { DeviceStatus } from '../device/device-status';
import { resolveDeviceReference } from '../device/device-reference';
import { IdentifiedDevices } from '../device/identified-devices';
import { identifierKeys } from '../device/device-identifier-forms';
import { resolvePatientReference, namesPatient } from '../patient/patient-reference';
import type { Clock } from '../../platform/base/clock';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { effectiveTimeOf } from './effective-time';
import type { ReadingInput } from './record-readings.input';
import {
  findHolderPeriods,
  findPatientsForReadings,
  lockDevicesForReadings,
  type HolderPeriod,
  type NamedPatient,
  type PatientName,
  type RecordingDevice,
  type RecordingPatient,
} from './recording.repository';

/** A reading of the input with its path and the ids that it names. */
export interface NamedReading {
  request: ReadingInput;
  path: readonly string[];
  /** Undefined when the reading names none, null for a global id of another type. */
  deviceId: string | null | undefined;
  patientId: string | null | undefined;
}

/** Customer, device and patient that a reading belongs to. */
export interface ReadingSubject {
  customerId: string;
  /** Older readings of the customer are deleted. Null when they are kept for good. */
  keptFrom: Date | null;
  device: RecordingDevice | null;
  /** Holder of the device at the effective time, or the patient that a manual reading names. */
  patient: RecordingPatient | null;
}

/** @throws InvalidValueError for a malformed id */
export function toNamedReading(request: ReadingInput, path: readonly string[]): NamedReading {
  const { deviceId, patientId } = request;
  return {
    request,
    path,
    deviceId: deviceId == null ? undefined : parseId('Device', deviceId, path, 'deviceId'),
    patientId: patientId == null ? undefined : parseId('Patient', patientId, path, 'patientId'),
  };
}

/** Earliest and latest of a non-empty list. */
export function periodOf(instants: readonly Date[]): { from: Date; to: Date } {
  const times = instants.map((instant) => instant.getTime());
  const from = times.reduce((one, other) => Math.min(one, other));
  const to = times.reduce((one, other) => Math.max(one, other));
  return { from: new Date(from), to: new Date(to) };
}

/**
 * Attributes the readings of a batch to devices and patients. Locks the devices; takes three statements for any size of batch. They
 * are sent together for a customer who names devices by id.
 *
 * Disassociations committed before the lock are visible. Later ones wait for the batch.
 */
export class Attribution {
  private readonly devicesById: ReadonlyMap<string, RecordingDevice>;
  private readonly devicesByIdentifier: IdentifiedDevices<RecordingDevice>;
  /** By identifier as it was sent. Most readings of a batch name the same few devices. */
  private readonly devicesBySentIdentifier = new Map<string, RecordingDevice | undefined>();
  private readonly patientsById: ReadonlyMap<string, NamedPatient>;
  private readonly patientsByName: ReadonlyMap<string, NamedPatient>;
  private readonly holderPeriods = new Map<string, HolderPeriod[]>();

  private constructor(
    readonly receivedAt: Date,
    private readonly customerId: string | null,
    devices: readonly RecordingDevice[],
    patients: readonly NamedPatient[],
    holders: readonly HolderPeriod[],
  ) {
    this.devicesById = new Map(devices.map((device) => [device.id, device]));
    this.devicesByIdentifier = new IdentifiedDevices(
      devices.map((device) => ({ device, identifiers: device.identifiers })),
    );
    this.patientsById = new Map(patients.map((patient) => [patient.id, patient]));
    this.patientsByName = new Map(
      patients.flatMap((patient) =>
        patient.externalIdentifier === null
          ? []
          : [[nameKey(patient.customerId, patient.externalIdentifier), patient] as const],
      ),
    );
    for (const period of holders) {
      const ofDevice = this.holderPeriods.get(period.deviceId);
      if (ofDevice) ofDevice.push(period);
      else this.holderPeriods.set(period.deviceId, [period]);
    }
  }

  /** A reading counts as received when its device is locked, so it is not attributed to a holder of before. */
  static async lock(tx: Tx, readings: readonly NamedReading[], clock: Clock): Promise<Attribution> {
    const customerId = tx.scope.kind === 'customer' ? tx.scope.customerId : null;
    const deviceIds = distinct(readings.map(({ deviceId }) => deviceId));
    const identifiers = distinct(readings.map(({ request }) => request.deviceIdentifier));
    const keys = identifiers.flatMap((identifier) => identifierKeys(identifier));
    const now = clock.now();
    const { from, to } = periodOf(readings.map(({ request: { takenAt } }) => takenAt));
    const period = { from: effectiveTimeOf({ takenAt: from, receivedAt: now }), to };
    const locking =
      deviceIds.length + keys.length > 0 ? lockDevicesForReadings(tx, deviceIds, keys) : none<RecordingDevice>();
    // PostgreSQL runs statements one after the other, each in a snapshot of its own. So holders are found as they are after the lock,
    // also when the statements are sent together.
    const isKnown = customerId !== null && keys.length === 0;
    const before = new Attribution(now, customerId, isKnown ? [] : await locking, [], []);
    const parents = isKnown ? deviceIds.map((id) => ({ customerId, id })) : [...before.devicesById.values()];
    const [devices, holders, patients] = await Promise.all([
      locking,
      parents.length > 0 ? findHolderPeriods(tx, parents, period) : none<HolderPeriod>(),
      before.findNamedPatients(tx, readings),
    ]);
    return new Attribution(clock.now(), customerId, devices, patients, holders);
  }

  /**
   * @throws DomainError DEVICE_NOT_FOUND, PATIENT_NOT_FOUND, REFERENCE_MISSING, REFERENCE_MISMATCH
   */
  subjectOf(reading: NamedReading): ReadingSubject {
    const { request, path, patientId } = reading;
    const device = this.deviceOf(reading);
    const named = namesPatient(request) ? this.patientOf(request, path, patientId, device) : null;
    if (!device) return { customerId: named!.customerId, keptFrom: named!.keptFrom, device: null, patient: named };
    const { takenAt } = request;
    const holder = this.holderOf(device.id, effectiveTimeOf({ takenAt, receivedAt: this.receivedAt }));
    if (named && named.id !== holder?.id) {
      throw new DomainError(
        'REFERENCE_MISMATCH',
        'The patient did not have the device at takenAt. Correct one of them, or omit the patient.',
        [...path, request.patientId != null ? 'patientId' : 'patientExternalIdentifier'],
      );
    }
    return { customerId: device.customerId, keptFrom: device.keptFrom, device, patient: holder };
  }

  private deviceOf(reading: NamedReading): RecordingDevice | null {
    const { request, path } = reading;
    if (request.deviceId == null && request.deviceIdentifier == null) return null;
    return resolveDeviceReference(request, this.devicesNamedBy(reading), path);
  }

  /** Devices found by `deviceId` and by `deviceIdentifier`. */
  private devicesNamedBy({
    request,
    deviceId,
  }: NamedReading): Record<'byId' | 'byIdentifier', RecordingDevice | undefined> {
    return {
      byId: deviceId == null ? undefined : this.devicesById.get(deviceId),
      byIdentifier: request.deviceIdentifier == null ? undefined : this.identifiedBy(request.deviceIdentifier),
    };
  }

  private identifiedBy(identifier: string): RecordingDevice | undefined {
    const known = this.devicesBySentIdentifier;
    if (!known.has(identifier)) known.set(identifier, this.devicesByIdentifier.find(identifierKeys(identifier)));
    return known.get(identifier);
  }

  private patientOf(
    request: ReadingInput,
    path: readonly string[],
    patientId: string | null | undefined,
    device: RecordingDevice | null,
  ): NamedPatient {
    const byId = patientId == null ? undefined : this.patientsById.get(patientId);
    const customerId = device?.customerId ?? this.customerId ?? byId?.customerId;
    const name = request.patientExternalIdentifier;
    if (customerId === undefined && name != null && request.patientId == null) {
      throw new DomainError(
        'REFERENCE_MISSING',
        'Give patientId. External identifiers are unique only within a customer.',
        [...path, 'patientId'],
      );
    }
    return resolvePatientReference(
      request,
      {
        // A patient of another customer than the device's counts as not found.
        byId: byId?.customerId === customerId ? byId : undefined,
        byIdentifier:
          name == null || customerId === undefined ? undefined : this.patientsByName.get(nameKey(customerId, name)),
      },
      path,
    );
  }

  private holderOf(deviceId: string, at: Date): RecordingPatient | null {
    const ms = at.getTime();
    const period = this.holderPeriods
      .get(deviceId)
      ?.find(({ startedAt, endedAt }) => startedAt.getTime() <= ms && (endedAt === null || ms < endedAt.getTime()));
    return period?.patient ?? null;
  }

  /** An external identifier is looked up within the customer of the caller, of the device or of the patient named by id. */
  private async findNamedPatients(tx: Tx, readings: readonly NamedReading[]): Promise<NamedPatient[]> {
    const naming = readings.filter(({ request }) => namesPatient(request));
    if (naming.length === 0) return [];
    const names = new Map<string, PatientName>();
    for (const reading of naming) {
      const { patientId } = reading;
      const externalIdentifier = reading.request.patientExternalIdentifier;
      const { byId, byIdentifier } = this.devicesNamedBy(reading);
      const customerId = this.customerId ?? (byId ?? byIdentifier)?.customerId;
      if (externalIdentifier == null) continue;
      if (customerId !== undefined)
        names.set(nameKey(customerId, externalIdentifier), { customerId, externalIdentifier });
      else if (patientId != null)
        names.set(`of ${nameKey(patientId, externalIdentifier)}`, { patientId, externalIdentifier });
    }
    return findPatientsForReadings(tx, distinct(naming.map(({ patientId }) => patientId)), [...names.values()]);
  }
}

export function isBlocked(device: RecordingDevice | null): boolean {
  return device?.currentStatus === DeviceStatus.DECOMMISSIONED;
}

function nameKey(customerId: string, externalIdentifier: string): string {
  return `${customerId} ${externalIdentifier}`;
}

async function none<Row>(): Promise<Row[]> {
  return [];
}

function distinct(values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value != null))];
}
