import { z } from 'zod';
import { allows } from '../../platform/access/policy';
import { toCamelCase } from '../../platform/base/camel-case';
import type { RestCall } from '../../platform/rest/rest-call';
import { decimal, flag, integer, shape, text, time, words } from '../../platform/rest/shapes';
import { deviceById } from '../device/device.list';
import { Device, toDevice } from '../device/device.shapes';
import { itemById } from '../item/item.list';
import { Item, toItem } from '../item/item.rest';
import { SYMBOLS } from '../kind/measurement-unit';
import { definitionOf, restUnitsOf, type Kind, type Quantity, type ReadingValue } from '../kind/reading-kind';
import { inUnit } from '../kind/unit-conversion';
import { patientById } from '../patient/patient.list';
import { Patient, toPatient } from '../patient/patient.rest';
import { isClockAhead } from './effective-time';
import { attributionOf, quantityOf, ReadingAttribution, type ReadingRow } from './reading.row';

const INGEST = 'Null also for a key with the role INGEST.';

const LEADING_MEMBERS = {
  id: text('Id of the reading. A text, since it is larger than the integers that JSON clients read exactly.'),
  readingTimestamp: time('UTC time at which the reading was taken, by the clock of the device. See `clockAhead`.'),
  manual: flag('Whether the reading was entered by hand.'),
  deviceTimeZoneOffset: integer(
    "UTC offset of the device's clock in seconds, positive east of UTC, as the device sent it. Null when it sent none.",
  ).nullable(),
  patientTimeZoneOffset: integer(
    "UTC offset of the patient's time zone at `readingTimestamp` in seconds, positive east of UTC, including daylight saving time. Null when the time zone is unknown or there is no patient.",
  ).nullable(),
  patient: Patient.nullable().describe(
    `Patient that the reading belongs to: the holder of the device at \`readingTimestamp\`, or the patient named with a manual reading. Null when the device had no holder then. ${INGEST}`,
  ),
  item: Item.nullable().describe(`Item of the device. Null for a manual reading without a device. ${INGEST}`),
  device: Device.nullable().describe(
    `Device that took the reading, in its current state. Null for a manual reading without a device. ${INGEST}`,
  ),
};

const TRAILING_MEMBERS = {
  receivedAt: time(
    'UTC time at which the gateway recorded the reading. Can be days after `readingTimestamp` for a device that was offline.',
  ),
  clockAhead: flag(
    'Whether `readingTimestamp` is more than ten minutes after `receivedAt`: the clock of the device was ahead, and the true time is unknown.',
  ),
  sourceId: text('Number that the device gave the reading. Null when none was sent.').nullable(),
  attribution: words(
    ReadingAttribution,
    'How the reading got its patient: `association`: the patient held the device at that time; `named`: entered by hand for the patient; `unattributed`: there is no patient. Values may be added.',
  ),
};

/** The shape of the readings of a kind. Numbers are always in the unit in which they are stored, as in webhooks. */
export function readingShape(kind: Kind) {
  const values = Object.fromEntries(kind.values.flatMap((value) => membersOf(value)));
  const members = { ...LEADING_MEMBERS, ...values, ...TRAILING_MEMBERS };
  return shape(kind.typeName, `A reading of the kind \`${toCamelCase(kind.kind)}\`: ${kind.noun}.`, members);
}

function membersOf(value: ReadingValue): [string, z.ZodType][] {
  if (value.type === 'choice')
    return [[value.member, words(value.choices, `${value.description} Values may be added.`).nullable()]];
  const quantity = value as Quantity;
  const { member, label, type, unit, optional } = quantity;
  const number = (type === 'integer' ? integer : decimal)(
    `${label}, in ${SYMBOLS[unit]}.${optional ? ' Null when it was not measured.' : ''}`,
  );
  const word = unitWords([restUnitOf(quantity)], `Unit of \`${member}\`, whatever unit was sent. Values may be added.`);
  return [
    [member, optional ? number.nullable() : number],
    [unitMember(member), optional ? word.nullable() : word],
  ];
}

/** Name of the member with the unit of a quantity. */
export const unitMember = (member: string): string => `${member}Unit`;

export function unitWords(units: readonly string[], description: string) {
  return z.enum(units as [string, ...string[]]).describe(description);
}

/** The word for the unit in which a quantity is stored. */
function restUnitOf(quantity: Quantity): string {
  return restUnitsOf(quantity).get(quantity.unit)!;
}

export type RestReading = z.infer<ReturnType<typeof readingShape>>;

export async function toRestReading(call: RestCall, reading: ReadingRow): Promise<RestReading> {
  const { values } = definitionOf(reading.kind);
  return {
    id: reading.id,
    readingTimestamp: reading.takenAt.toISOString(),
    manual: reading.manual,
    deviceTimeZoneOffset: reading.deviceTimeZoneOffset,
    patientTimeZoneOffset: reading.patientTimeZoneOffset,
    ...(await linksOf(call, reading)),
    ...(Object.fromEntries(values.flatMap((value) => entriesOf(reading, value))) as object),
    receivedAt: reading.receivedAt.toISOString(),
    clockAhead: isClockAhead(reading),
    sourceId: reading.sourceId || null,
    attribution: toCamelCase(attributionOf(reading)),
  };
}

/** The objects that a reading links to. The role INGEST gets back what it records, but does not see them. */
async function linksOf(call: RestCall, { deviceId, patientId }: ReadingRow) {
  const { caller, loaders } = call.ctx;
  if (!allows(caller, 'data:read')) return { patient: null, item: null, device: null };
  const [patient, links] = await Promise.all([
    patientId === null ? null : loaders.load(patientById, patientId),
    deviceId === null ? NO_DEVICE : linksOfDevice(call, deviceId),
  ]);
  return { patient: patient && toPatient(patient), ...links };
}

const NO_DEVICE = { item: null, device: null };

/** Waits for nothing but the device, so that the devices of a page are completed together. */
async function linksOfDevice(call: RestCall, deviceId: string) {
  const { loaders } = call.ctx;
  const device = await loaders.load(deviceById, deviceId);
  if (!device) return NO_DEVICE;
  const [item, shown] = await Promise.all([loaders.load(itemById, device.itemId), toDevice(call, device)]);
  return { item: item && toItem(item), device: shown };
}

function entriesOf(reading: ReadingRow, value: ReadingValue): [string, unknown][] {
  const { member } = value;
  if (value.type === 'choice') {
    const choice = reading[member] as string | null;
    return [[member, choice && toCamelCase(choice)]];
  }
  const quantity = value as Quantity;
  const stored = quantityOf(reading, quantity);
  return [
    [member, stored && inUnit(stored, quantity.unit)],
    [unitMember(member), stored && restUnitOf(quantity)],
  ];
}
