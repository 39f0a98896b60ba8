import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isScalarType,
  type GraphQLEnumType,
  type GraphQLSchema,
} from 'graphql';
import { resultText, meaningOf, triplesOf, type Parties, type Triple } from './probe.harness';
import { callOf, selectionOf, slotsOf, variablesOf, type Field, type Slot } from '../support/schema-walk';
import type { TestApp } from '../support/test-app';
import { READINGS_BY_TYPE } from './own-readings';
import { NOWHERE } from './own-webhook';
import { createOwnRows, type OwnRows } from './two-customers.harness';

export interface WriteProbe {
  /** E.g. `Mutation.associateDevice(input.deviceId)`. */
  path: string;
  document: string;
  foreign: Record<string, unknown>;
  missing: Record<string, unknown>;
  /** Sent first: a valid item that both probes contain has then nothing left to change. */
  first?: Record<string, unknown>;
  values: Triple[];
}

/** Pairs of members that refer to the same row; one of them suffices. */
const TWINS: Readonly<Record<string, string>> = {
  deviceId: 'deviceIdentifier',
  deviceIdentifier: 'deviceId',
  patientId: 'patientExternalIdentifier',
  patientExternalIdentifier: 'patientId',
};

/** Enum values for a valid input, where the first value is not valid. */
const ENUM_VALUES: Readonly<Record<string, string>> = { DeviceStatusOverride: 'LOST' };

/** Texts that must be new for the caller. */
const NEW_VALUES = new Set(['CreatePatientInput.externalIdentifier', 'CreatePatientEntryInput.externalIdentifier']);

/** Mutations that need a device with a holder; all others use the free device. */
const WITH_HELD_DEVICE = new Set(['disassociateDevice', 'disassociateDevices', 'recordReadings']);

/** Values of members that a valid input needs although the schema does not require them, or that must have a certain value. */
const GIVEN: Readonly<Record<string, unknown>> = {
  'WeightInput.value': READINGS_BY_TYPE.WeightReading.weight.value,
  'WeightInput.unit': READINGS_BY_TYPE.WeightReading.weight.unit,
  'CreateWebhookInput.url': NOWHERE,
  'DeviceIdentifierInput.type': 'SERIAL',
};

/** Members that a valid input omits when the others are given: an order is for a patient or for a site, a device with or at one. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  createOrder: ['siteId'],
  // The device is at the site, so nothing changes.
  cancelReturn: ['patientId', 'patientExternalIdentifier'],
};

/** Members that suffice without other references: a reading names its device, and a manual reading may name its patient. */
const ALONE: Readonly<Record<string, Variant>> = {
  'ReadingInput.deviceId': { without: ['deviceIdentifier', 'patientId', 'patientExternalIdentifier'] },
  'ReadingInput.deviceIdentifier': { without: ['deviceId', 'patientId', 'patientExternalIdentifier'] },
  'ReadingInput.patientId': {
    without: ['deviceId', 'deviceIdentifier', 'patientExternalIdentifier'],
    given: { 'ReadingInput.manual': true },
  },
  'ReadingInput.patientExternalIdentifier': {
    without: ['deviceId', 'deviceIdentifier', 'patientId'],
    given: { 'ReadingInput.manual': true },
  },
  'CancelReturnInput.patientId': { without: ['siteId', 'patientExternalIdentifier'] },
  'CancelReturnInput.patientExternalIdentifier': { without: ['siteId', 'patientId'] },
  'CreateOrderInput.siteId': { without: ['patientId', 'patientExternalIdentifier'] },
};

/** The caller's own rows as a mutation needs them. */
export function rowsFor(field: Field, rows: OwnRows): OwnRows {
  if (WITH_HELD_DEVICE.has(field.name)) return rows;
  return {
    ...rows,
    ids: { ...rows.ids, Device: rows.freeDeviceId },
    texts: { ...rows.texts, identifier: rows.texts.freeIdentifier },
  };
}

/** Mutations after which others cannot use the device, order or webhook. */
const CONSUMING = new Set([
  'associateDevice',
  'associateDevices',
  // Otherwise its patient would have the external identifier that createPatient writes.
  'createPatients',
  'associateDeviceWithSite',
  'disassociateDevice',
  'disassociateDevices',
  'updateDeviceIdentifiers',
  'updateDeviceStatus',
  'updateDeviceStatuses',
  'disableDeviceReadings',
  'enableDeviceReadings',
  'replaceDevice',
  'cancelReturn',
  'receiveReturn',
  'cancelOrder',
  'processOrder',
  'shipOrder',
  'markOrderReadyForPickup',
  'deliverOrder',
  'deleteWebhook',
]);

/** The caller's rows for each mutation: a separate set for each consuming mutation, one shared set for all others. */
export async function rowsOfMutations(
  app: TestApp,
  caller: 'northside' | 'lakeview',
  customerId: string,
  zipCode: string,
): Promise<(field: Field) => Promise<OwnRows>> {
  const shared = await createOwnRows(app, caller, customerId, zipCode, 'shared');
  return ({ name }) =>
    CONSUMING.has(name) ? createOwnRows(app, caller, customerId, zipCode, name) : Promise.resolve(shared);
}

export function writeDocument(schema: GraphQLSchema, field: Field, variables: Record<string, unknown>): string {
  const { call, declarations } = callOf(field, variables);
  return `mutation Probe(${declarations.join(', ')}) { ${call} ${selectionOf(schema, getNamedType(field.type))} }`;
}

/** A slot that refers to a row, with the values to try. */
interface Naming {
  slot: Slot;
  triples: Triple[];
}

/** How an input differs from one with all references. */
interface Variant {
  /** Members to omit. */
  without?: readonly string[];
  /** Values of additional members, by input type and member. */
  given?: Readonly<Record<string, unknown>>;
}

/** An input in which every reference is to the caller's own rows, with values for all other required members. */
export function validInput(
  parties: Parties,
  field: Field,
  { without = [], given = {} }: Variant = {},
): Map<Slot, unknown> {
  const values = new Map<Slot, unknown>();
  for (const slot of slotsOf(field.args)) {
    const name = slot.path.at(-1)!;
    const full = `${slot.owner}.${name}`;
    if (without.includes(name) || LEFT_OUT[field.name]?.includes(name)) continue;
    const meaning = meaningOf(parties.schema, field, slot);
    if (meaning.kind === 'public') values.set(slot, slot.isList ? ['1'] : '1');
    else if (meaning.kind !== 'nothing') {
      const { own } = triplesOf(parties, `Mutation.${field.name}`, field, slot)[0]!;
      values.set(slot, NEW_VALUES.has(full) ? `${own}-new` : own);
    } else if (full === 'DeviceIdentifierInput.value') values.set(slot, `${parties.own.texts.identifier}-new`);
    else if (full in given || full in GIVEN) values.set(slot, given[full] ?? GIVEN[full]);
    else if (slot.isRequired) values.set(slot, slot.isList ? [filler(slot, parties.own)] : filler(slot, parties.own));
  }
  return values;
}

function filler(slot: Slot, own: OwnRows): unknown {
  if (isEnumType(slot.type)) return enumValue(slot.type);
  if (isScalarType(slot.type) && slot.type.name === 'String') return 'Probe';
  if (isScalarType(slot.type) && slot.type.name === 'DateTime') return own.takenAt;
  if (isScalarType(slot.type) && slot.type.name === 'Int') return 1;
  if (isInputObjectType(slot.type)) throw new Error('Input objects have slots of their own.');
  throw new Error(`The isolation probe does not know a value for ${slot.path.join('.')}: ${slot.type.name}.`);
}

function enumValue(type: GraphQLEnumType): string {
  return ENUM_VALUES[type.name] ?? type.getValues()[0]!.name;
}

/**
 * Probes with the other customer's value for each reference in an otherwise valid input: with its twin, without it, alone where that
 * is allowed, and all references at once. In a list of inputs, also before a valid item.
 */
export function writeProbes(parties: Parties, field: Field): WriteProbe[] {
  const own = { ...parties, own: rowsFor(field, parties.own) };
  const place = `Mutation.${field.name}`;
  const naming = slotsOf(field.args)
    .map((slot): Naming => ({ slot, triples: triplesOf(own, place, field, slot) }))
    .filter(({ triples }) => triples.length > 0);
  const valid = variablesOf(field.args, validInput(own, field));
  const make = (path: string, changed: { slot: Slot; triple: Triple }[], variant: Variant = {}): WriteProbe[] => {
    const side = (name: 'foreign' | 'missing') => {
      const input = new Map(
        [...validInput(own, field, variant)].map(([slot, value]) => [slot.path.join('.'), { slot, value }]),
      );
      for (const { slot, triple } of changed) {
        input.set(slot.path.join('.'), { slot, value: slot.isList ? [triple[name]] : triple[name] });
      }
      return variablesOf(field.args, new Map([...input.values()].map(({ slot, value }) => [slot, value])));
    };
    const [foreign, missing] = [side('foreign'), side('missing')];
    const document = writeDocument(parties.schema, field, foreign);
    const values = changed.map(({ triple }) => triple);
    const alone = { path, document, foreign, missing, values };
    if (!hasListOfInputs(foreign)) return [alone];
    return [
      alone,
      { ...alone, foreign: withItemsOf(foreign, valid), missing: withItemsOf(missing, valid), first: valid },
    ];
  };
  const single = naming.flatMap(({ slot, triples }) => {
    const name = slot.path.at(-1)!;
    const path = `${place}(${slot.path.join('.')})`;
    const twin = TWINS[name];
    const alone = ALONE[`${slot.owner}.${name}`];
    return triples.flatMap((triple) => [
      ...make(path, [{ slot, triple }]),
      ...(twin === undefined ? [] : make(path, [{ slot, triple }], { without: [twin] })),
      ...(alone === undefined ? [] : make(path, [{ slot, triple }], alone)),
    ]);
  });
  if (naming.length < 2) return single;
  const all = naming.map(({ slot, triples }) => ({ slot, triple: triples[0]! }));
  return [...single, ...make(`${place}(all)`, all)];
}

type Values = Record<string, unknown>;

function isInput(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasListOfInputs(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isInput);
  return isInput(value) && Object.values(value).some(hasListOfInputs);
}

/** Variables whose lists of inputs also contain the items of `others`. */
function withItemsOf(variables: Values, others: Values): Values {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const other = others[name];
      if (Array.isArray(value) && value.some(isInput))
        return [name, [...(value as unknown[]), ...(other as unknown[])]];
      return [name, isInput(value) ? withItemsOf(value, other as Values) : value];
    }),
  );
}

/** Members that differ between two rows created from the same input, and that reveal nothing about another customer. */
const OF_NEW_ROWS =
  /"(id|databaseId|createdAt|updatedAt|statusChangedAt|occurredAt|startedAt|cursor|startCursor|endCursor)":"[^"]*"/g;

export function writeResultText(result: unknown, values: readonly Triple[]): string {
  return resultText(
    result,
    values.flatMap(({ foreign, missing }) => [foreign, missing]),
  ).replace(OF_NEW_ROWS, '"$1":"~"');
}
