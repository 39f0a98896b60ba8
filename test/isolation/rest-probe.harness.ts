import { VALUES } from '../../src/features/kind/reading-kind';
import type { RestRoute } from '../../src/platform/rest/route';
import { nameOf, requestOf, slotsOf, type RestSample, type RestSlot } from '../support/rest-walk';
import { NOWHERE } from './own-webhook';
import type { OwnRows } from './two-customers.harness';

/** No row has it. The ids of REST have at most 16 digits. */
const MISSING_ID = '9000000000000001';

/** What a value of a request refers to. */
type Meaning =
  | { kind: 'row'; type: keyof OwnRows['ids'] }
  | { kind: 'text'; text: keyof OwnRows['texts'] }
  /** Rows that all callers may see. */
  | { kind: 'public' }
  | { kind: 'nothing' };

const ROWS: Readonly<Record<string, keyof OwnRows['ids']>> = {
  customerId: 'Customer',
  deviceId: 'Device',
  patientId: 'Patient',
  siteId: 'Site',
  orderId: 'Order',
  webhookId: 'Webhook',
};

/** Texts that refer to rows, by the name of the parameter or member, or by operation and name. */
const TEXTS: Readonly<Record<string, keyof OwnRows['texts']>> = {
  identifier: 'identifier',
  deviceIdentifier: 'identifier',
  externalIdentifier: 'externalIdentifier',
  patientExternalIdentifier: 'externalIdentifier',
  externalOrderId: 'externalOrderId',
  'listPatients.name': 'patientName',
  'listPatients.email': 'email',
  'listPatients.postalCode': 'zipCode',
  'listSites.name': 'siteName',
  eventId: 'eventId',
};

/** Texts and numbers that are only written or compared, and refer to no row. */
const WITHOUT_ROWS = new Set<string>([
  'page',
  'size',
  'note',
  'expectedVersion',
  'quantity',
  'count',
  'name',
  'firstName',
  'lastName',
  'email',
  'phoneNumber',
  'timeZoneOverride',
  'expectedVersion',
  'url',
  // Unique within a customer, and a repeated one changes what a request does: test/order/external-order-id.test.ts.
  'externalOrderIds',
  ...['lineOne', 'lineTwo', 'lineThree', 'city', 'state', 'zipCode', 'country'],
  'sourceId',
  'deviceTimeZoneOffset',
  ...VALUES.map(({ member }) => member),
]);

/** Texts that are only written in this operation, although they refer to rows in others. */
const WRITTEN = new Set(['createPatient.externalIdentifier']);

/** Public objects. */
const PUBLIC = new Set(['itemId', 'itemSku', 'sku']);

/** The name of a parameter or member. `patient.id` refers to what `patientId` refers to. */
function referenceOf({ path }: RestSlot): string {
  const [object, name] = [path.at(-2), path.at(-1)!];
  if (object === undefined || !['id', 'externalIdentifier'].includes(name)) return name;
  return `${object}${name[0]!.toUpperCase()}${name.slice(1)}`;
}

/** @throws for a parameter or member that the probe does not know: add it here */
export function meaningOf({ path, operationId }: RestRoute, slot: RestSlot): Meaning {
  const name = referenceOf(slot);
  const full = `${operationId}.${slot.path.join('.')}`;
  if (isPlain(slot)) return { kind: 'nothing' };
  if (slot.format === 'date' || slot.format === 'date-time') return { kind: 'nothing' };
  if (WRITTEN.has(full)) return { kind: 'nothing' };
  if (PUBLIC.has(name)) return { kind: 'public' };
  const type = name === 'id' ? typeOfPath(path) : ROWS[name];
  if (type !== undefined) return { kind: 'row', type };
  const text = TEXTS[full] ?? TEXTS[name];
  if (text !== undefined) return { kind: 'text', text };
  if (WITHOUT_ROWS.has(name)) return { kind: 'nothing' };
  throw new Error(`The isolation probe does not know what ${nameOf(slot)} of ${operationId} refers to.`);
}

/** Whether a value is a number, a flag, a word of an enum, or the id of a record outside of the gateway. */
function isPlain({ type, values, path }: RestSlot): boolean {
  const name = path.at(-1)!;
  const isNumber = type === 'number' || (type === 'integer' && !/(^id|Id)$/.test(name));
  return isNumber || type === 'boolean' || values.length > 0 || name === 'sourceId';
}

/** `/device/{id}` is about a Device, `/weight-reading` about a WeightReading. */
export function typeOfPath(path: string): keyof OwnRows['ids'] {
  const [, first] = path.split('/');
  return first!.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase()) as keyof OwnRows['ids'];
}

/** A value of the other customer, a comparable value of no row, and a value of the caller. */
interface Triple {
  foreign: unknown;
  missing: unknown;
  own: unknown;
}

export interface RestParties {
  foreign: OwnRows;
  own: OwnRows;
}

function tripleOf({ foreign, own }: RestParties, route: RestRoute, slot: RestSlot): Triple | undefined {
  const meaning = meaningOf(route, slot);
  if (meaning.kind === 'row') {
    const typed = (id: string): unknown => (slot.type === 'integer' && slot.part === 'body' ? Number(id) : id);
    const { type } = meaning;
    if (!(type in foreign.ids)) throw new Error(`The isolation probe has no row for ${route.path}.`);
    return { foreign: typed(foreign.ids[type]), missing: typed(MISSING_ID), own: typed(own.ids[type]) };
  }
  if (meaning.kind === 'text') {
    const value = foreign.texts[meaning.text];
    // A text of the same length.
    const missing = /^\d+$/.test(value)
      ? '0'.repeat(value.length)
      : value.replace(/[a-z](?=[^a-z]*$)/i, (letter) => (letter === 'q' ? 'x' : 'q'));
    return { foreign: value, missing, own: own.texts[meaning.text] };
  }
  return undefined;
}

/** Members that refer to the same row; one of them suffices. */
const TWINS: Readonly<Record<string, string>> = {
  deviceId: 'deviceIdentifier',
  deviceIdentifier: 'deviceId',
  patientId: 'patientExternalIdentifier',
  patientExternalIdentifier: 'patientId',
  id: 'externalIdentifier',
  externalIdentifier: 'id',
};

/** Members that are a reference without their twin, and a new value with it. */
const ALONE = new Set(['externalIdentifier']);

/** Operations on a device with a holder. All others use the free device. */
const WITH_HELD_DEVICE = /^(disassociate|record)/;

/** Members that a valid request omits. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  createOrder: ['siteId', 'externalOrderIds'],
};

/** Members that must be omitted where a member is given. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  'createOrder.site.id': ['patientId', 'patientExternalIdentifier'],
};

/** Members and parameters of valid requests that are optional or must have a certain value. */
const GIVEN: Readonly<Record<string, unknown>> = {
  url: NOWHERE,
  'createWebhook.type': 'order.status',
  'updateDevice.status': 'lost',
};

/** Values of readings that people have, and others that a rule demands. */
const PLAUSIBLE: Readonly<Record<string, number | string | boolean>> = {
  // Otherwise the patient could not be used after it.
  archived: false,
  systolic: 128,
  diastolic: 81,
  heartRate: 67,
  glucose: 104,
  bloodOxygen: 97,
  weight: 181.4,
  temperature: 98.6,
  peakExpiratoryFlow: 412,
  respiratoryRate: 16,
  bodyFat: 24.5,
  'createWebhook.eventTypes': 'device.associationRemoved',
};

/** The caller's rows as a route needs them. */
export function rowsFor({ operationId, method }: RestRoute, rows: OwnRows): OwnRows {
  if (method === 'GET' || WITH_HELD_DEVICE.test(operationId)) return rows;
  return {
    ...rows,
    ids: { ...rows.ids, Device: rows.freeDeviceId },
    texts: { ...rows.texts, identifier: rows.texts.freeIdentifier },
  };
}

export type Values = Map<RestSlot, unknown>;

/**
 * A request that succeeds: in the body, every reference is to the caller's own rows; of the query, only what is required.
 *
 * @param without names of members to omit
 */
export function validValues(parties: RestParties, route: RestRoute, without: readonly string[] = []): Values {
  const values: Values = new Map();
  for (const slot of slotsOf(route)) {
    const name = referenceOf(slot);
    if (without.includes(name) || LEFT_OUT[route.operationId]?.includes(name)) continue;
    if (slot.part === 'query' && !slot.isRequired) continue;
    const value = validValue(parties, route, slot);
    if (value !== undefined) values.set(slot, value);
  }
  return values;
}

function validValue(parties: RestParties, route: RestRoute, slot: RestSlot): unknown {
  const name = referenceOf(slot);
  const full = `${route.operationId}.${slot.path.join('.')}`;
  const given = GIVEN[full] ?? GIVEN[name] ?? PLAUSIBLE[full] ?? PLAUSIBLE[name];
  if (given !== undefined) return given;
  const meaning = meaningOf(route, slot);
  if (meaning.kind === 'public') return slot.type === 'integer' ? 1 : '1';
  if (meaning.kind !== 'nothing') return tripleOf(parties, route, slot)!.own;
  if (!slot.isRequired) return undefined;
  if (slot.values.length > 0) return slot.values[0];
  if (slot.type === 'boolean') return true;
  if (slot.type !== 'string') return Math.max(1, slot.minimum ?? 1);
  // Not the time of a reading that is stored already.
  if (slot.format === 'date-time') return new Date(Date.parse(parties.own.takenAt) + 1_000).toISOString();
  if (slot.format === 'date') return '1950-01-31';
  return 'Probe';
}

/** In the names of probes that also have a value of the caller. */
export const WITH_OWN = ' with an own one';

export interface RestProbe {
  route: RestRoute;
  /** E.g. `associateDevice(body.deviceId)`. */
  name: string;
  foreign: RestSample;
  missing: RestSample;
  /** All values that differ between the two, as text. */
  values: string[];
}

/**
 * Probes with the other customer's value for each parameter and member that refers to a row, in an otherwise valid request: with its
 * twin, without it, and all at once. For lists of values, also together with a value of the caller.
 */
export function restProbes(given: RestParties, route: RestRoute): RestProbe[] {
  const parties = { ...given, own: rowsFor(route, given.own) };
  const naming = slotsOf(route).flatMap((slot) => {
    const triple = tripleOf(parties, route, slot);
    return triple ? [{ slot, triple }] : [];
  });
  const make = (name: string, changed: typeof naming, without: readonly string[] = [], withOwn = false): RestProbe => {
    const side = (which: 'foreign' | 'missing'): RestSample => {
      const byName = new Map(
        [...validValues(parties, route, without)].map(([slot, value]) => [nameOf(slot), { slot, value }]),
      );
      for (const { slot, triple } of changed)
        byName.set(nameOf(slot), { slot, value: withOwn ? [triple[which], triple.own] : triple[which] });
      return requestOf(route, new Map([...byName.values()].map(({ slot, value }) => [slot, value])));
    };
    const values = changed.flatMap(({ triple }) => [String(triple.foreign), String(triple.missing)]);
    return { route, name: `${route.operationId}(${name})`, foreign: side('foreign'), missing: side('missing'), values };
  };
  const single = naming.flatMap(({ slot, triple }) => {
    const twin = slot.part === 'body' ? TWINS[referenceOf(slot)] : undefined;
    const one = [{ slot, triple }];
    return [
      ...(twin !== undefined && ALONE.has(referenceOf(slot))
        ? []
        : [make(nameOf(slot), one, RIVALS[`${route.operationId}.${slot.path.join('.')}`])]),
      ...(twin === undefined ? [] : [make(nameOf(slot), one, [twin])]),
      ...(slot.isList ? [make(`${nameOf(slot)}${WITH_OWN}`, one, [], true)] : []),
    ];
  });
  return naming.length < 2 ? single : [...single, make('all', naming)];
}

/** Members that differ between two rows created from the same request, and that reveal nothing about another customer. */
const OF_NEW_ROWS = /"(id|\w+At|\w+Timestamp)":("[^"]*"|\d+)/g;

/** An answer as text, without the values of the probe. */
export function answerText(answer: { status: number; body: unknown }, values: readonly string[]): string {
  let text = `${answer.status} ${JSON.stringify(answer.body)}`;
  for (const value of values) text = text.replaceAll(JSON.stringify(value), '"#"');
  return text.replace(OF_NEW_ROWS, '"$1":"~"');
}
