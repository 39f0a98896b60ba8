import { getNamedType, isEnumType, isInputObjectType, isScalarType, type GraphQLEnumType } from 'graphql';
import { answerText, meaningOf, triplesOf, type Parties, type Triple } from './probe.harness';
import { callOf, selectionOf, slotsOf, variablesOf, type Field, type Slot } from '../support/schema-walk';
import type { OwnRows } from './two-customers.harness';

export interface WriteProbe {
  /** E.g. `Mutation.associateDevice(input.deviceId)`. */
  path: string;
  document: string;
  foreign: Record<string, unknown>;
  missing: Record<string, unknown>;
  values: Triple[];
}

/** Two members that name one thing; one suffices. */
const TWINS: Readonly<Record<string, string>> = {
  deviceId: 'deviceIdentifier',
  deviceIdentifier: 'deviceId',
  patientId: 'patientExternalIdentifier',
  patientExternalIdentifier: 'patientId',
};

/** Which value of an enum makes a valid input where the first one does not. */
const ENUM_VALUES: Readonly<Record<string, string>> = { DeviceStatus: 'LOST' };

/** Texts that must not be in use by the caller. */
const NEW_VALUES = new Set(['CreatePatientInput.externalIdentifier']);

/** An operation that ends an association needs the device that has one; all others take the free one. */
const WITH_HELD_DEVICE = new Set(['disassociateDevice']);

/** The caller's own rows as a mutation needs them. */
export function rowsFor(field: Field, rows: OwnRows): OwnRows {
  if (WITH_HELD_DEVICE.has(field.name)) return rows;
  return {
    ...rows,
    ids: { ...rows.ids, Device: rows.freeDeviceId },
    texts: { ...rows.texts, identifier: rows.texts.freeIdentifier },
  };
}

export function writeDocument(field: Field, variables: Record<string, unknown>): string {
  const { call, declarations } = callOf(field, variables);
  return `mutation Probe(${declarations.join(', ')}) { ${call} ${selectionOf(getNamedType(field.type))} }`;
}

/** A slot that names a row, with the values to try. */
interface Naming {
  slot: Slot;
  triples: Triple[];
}

/**
 * An input in which every member that names a row names the caller's own and whatever else is required has a value.
 *
 * @param leaveOut members that are not given
 */
export function validInput(
  parties: Parties,
  field: Field,
  leaveOut: ReadonlySet<string> = new Set(),
): Map<Slot, unknown> {
  const values = new Map<Slot, unknown>();
  for (const slot of slotsOf(field.args)) {
    const name = slot.path.at(-1)!;
    if (leaveOut.has(name)) continue;
    const meaning = meaningOf(parties.schema, field, slot);
    if (meaning.kind === 'public') values.set(slot, slot.isList ? ['1'] : '1');
    else if (meaning.kind !== 'nothing') {
      const { own } = triplesOf(parties, `Mutation.${field.name}`, field, slot)[0]!;
      values.set(slot, NEW_VALUES.has(`${slot.owner}.${name}`) ? `${own}-new` : own);
    } else if (slot.isRequired) values.set(slot, filler(slot));
  }
  return values;
}

function filler(slot: Slot): unknown {
  if (isEnumType(slot.type)) return enumValue(slot.type);
  if (isScalarType(slot.type) && slot.type.name === 'String') return 'Probe';
  if (isInputObjectType(slot.type)) throw new Error('Inputs are walked, not filled.');
  throw new Error(`The isolation probe does not know a value for ${slot.path.join('.')}: ${slot.type.name}.`);
}

function enumValue(type: GraphQLEnumType): string {
  return ENUM_VALUES[type.name] ?? type.getValues()[0]!.name;
}

/**
 * Each member that names a row with the other customer's value in an input that is valid otherwise: beside its twin, without
 * it, and all members at once.
 */
export function writeProbes(parties: Parties, field: Field): WriteProbe[] {
  const own = { ...parties, own: rowsFor(field, parties.own) };
  const place = `Mutation.${field.name}`;
  const naming = slotsOf(field.args)
    .map((slot): Naming => ({ slot, triples: triplesOf(own, place, field, slot) }))
    .filter(({ triples }) => triples.length > 0);
  const make = (path: string, changed: { slot: Slot; triple: Triple }[], leaveOut: ReadonlySet<string>): WriteProbe => {
    const side = (name: 'foreign' | 'missing') => {
      const input = new Map(
        [...validInput(own, field, leaveOut)].map(([slot, value]) => [slot.path.join('.'), { slot, value }]),
      );
      for (const { slot, triple } of changed) {
        input.set(slot.path.join('.'), { slot, value: slot.isList ? [triple[name]] : triple[name] });
      }
      return variablesOf(field.args, new Map([...input.values()].map(({ slot, value }) => [slot, value])));
    };
    const foreign = side('foreign');
    return {
      path,
      document: writeDocument(field, foreign),
      foreign,
      missing: side('missing'),
      values: changed.map(({ triple }) => triple),
    };
  };
  const single = naming.flatMap(({ slot, triples }) => {
    const name = slot.path.at(-1)!;
    const path = `${place}(${slot.path.join('.')})`;
    return triples.flatMap((triple) => {
      const beside = make(path, [{ slot, triple }], new Set());
      return TWINS[name] === undefined ? [beside] : [beside, make(path, [{ slot, triple }], new Set([TWINS[name]]))];
    });
  });
  if (naming.length < 2) return single;
  const all = make(
    `${place}(all)`,
    naming.map(({ slot, triples }) => ({ slot, triple: triples[0]! })),
    new Set(),
  );
  return [...single, all];
}

/** What differs between two rows that the same input makes, and tells nothing of another customer's. */
const OF_NEW_ROWS =
  /"(id|databaseId|createdAt|updatedAt|statusChangedAt|changedAt|startedAt|cursor|startCursor|endCursor)":"[^"]*"/g;

export function writeAnswerText(answer: unknown, values: readonly Triple[]): string {
  return answerText(
    answer,
    values.flatMap(({ foreign, missing }) => [foreign, missing]),
  ).replace(OF_NEW_ROWS, '"$1":"~"');
}
