import { toCamelCase } from '../../platform/base/camel-case';
import type { EventDefinition, EventMessage } from '../../platform/event/event-catalog';
import { columnsOf } from '../../platform/db/table';
import type { NewEvent } from '../../platform/event/outbox';
import { capitalize } from '../kind/kind-definition';
import {
  definitionOf,
  definitionOfNumber,
  KINDS,
  VALUES,
  type ReadingKind,
  type ReadingValues,
} from '../kind/reading-kind';
import { inUnit } from '../kind/unit-conversion';
import { ReadingEntity } from './reading.entity';
import { attributionOf, quantityOf, toReading, type ReadingRow } from './reading.row';

export const READINGS_RECORDED = 'reading.recorded';

/** A reading that was recorded, with what subscribers can filter by. */
export interface RecordedReading {
  reading: ReadingRow;
  /** Where its device was, and the site that looks after its patient. */
  siteIds: string[];
}

/** Readings of one event at the most: about 7 kB of JSON, so that pages and queues of events stay small. */
const READINGS_PER_EVENT = 100;

/**
 * What an event holds of its readings, column by column: the values with commas between them, or a single one that all have.
 * Nothing stands for null, and a column of nulls is left out. PostgreSQL takes a few long texts in a third of the time of a value
 * for each member of each reading.
 */
type ReadingsPayload = { [Column in keyof ReadingEntity | 'siteIds' | 'beforeMeal' | 'afterMeal']?: string };

const READ_AS: Readonly<Record<string, (text: string) => unknown>> = {
  bigint: (text) => text,
  timestamptz: (text) => new Date(Number(text)),
  'double precision': Number,
  integer: Number,
  smallint: Number,
  boolean: (text) => text === 'true',
  text: (text) => text,
};

/** The columns with what their values are read back as. Times are in ms since 1970. */
const COLUMNS = new Map<keyof ReadingEntity, (text: string) => unknown>(
  columnsOf(ReadingEntity).map(({ member, type }) => [member, READ_AS[type]!]),
);

/** One event for each hundred readings of a customer: whoever follows the events needs no further read. */
export function readingsRecorded(recorded: readonly RecordedReading[]): NewEvent[] {
  const ofCustomers = new Map<string, RecordedReading[]>();
  for (const one of recorded) {
    const { customerId } = one.reading;
    const ofCustomer = ofCustomers.get(customerId);
    if (ofCustomer) ofCustomer.push(one);
    else ofCustomers.set(customerId, [one]);
  }
  return [...ofCustomers].flatMap(([customerId, ofCustomer]) =>
    chunks(ofCustomer).map((chunk) => ({ customerId, type: READINGS_RECORDED, payload: write(chunk) })),
  );
}

function write(chunk: readonly RecordedReading[]): ReadingsPayload {
  // An event has as many readings as ids, also where there is one.
  const payload: ReadingsPayload = { id: chunk.map(({ reading }) => reading.id).join(',') };
  const add = (name: keyof ReadingsPayload, texts: readonly string[]) => {
    const [first] = texts as [string];
    const text = texts.every((one) => one === first) ? first : texts.join(',');
    if (text !== '') payload[name] = text;
  };
  for (const name of COLUMNS.keys()) {
    if (name === 'id') continue;
    const texts = chunk.map(({ reading }) => toText(reading[name]));
    add(name, texts);
  }
  const sites = chunk.map(({ siteIds }) => siteIds.join(' '));
  add('siteIds', sites);
  return payload;
}

function toText(value: string | number | boolean | Date | null): string {
  if (value === null) return '';
  return String(value instanceof Date ? value.getTime() : value);
}

function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / READINGS_PER_EVENT);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * READINGS_PER_EVENT, (index + 1) * READINGS_PER_EVENT),
  );
}

/** A reading as an event holds it. It is decoded when it is told: most are not, to most subscribers. */
export class EventReading {
  constructor(
    private readonly columns: ToldColumns,
    private readonly index: number,
  ) {}

  get deviceId(): string | null {
    return this.member('deviceId') as string | null;
  }

  get patientId(): string | null {
    return this.member('patientId') as string | null;
  }

  get customerId(): string {
    return this.member('customerId') as string;
  }

  get kind(): ReadingKind {
    return definitionOfNumber(this.member('kindNumber') as number).kind;
  }

  get siteIds(): string[] {
    const text = this.columns.at('siteIds', this.index);
    return text === '' ? [] : text.split(' ');
  }

  decode(): ReadingRow {
    const members = [...COLUMNS.keys()].map((name) => [name, this.member(name)]);
    return toReading(Object.fromEntries(members) as ReadingEntity);
  }

  private member(name: keyof ReadingEntity): unknown {
    const text = this.columns.at(name, this.index);
    if (text === '' && name === 'mealTiming') return this.formerMealTiming();
    return text === '' ? null : COLUMNS.get(name)!(text);
  }

  /** Events that were written before there was `mealTiming` hold two flags; they are kept for as long as streams can go back. */
  private formerMealTiming(): ReadingEntity['mealTiming'] {
    if (this.columns.at('beforeMeal', this.index) === 'true') return 'BEFORE_MEAL';
    return this.columns.at('afterMeal', this.index) === 'true' ? 'AFTER_MEAL' : null;
  }
}

/** The columns of an event; one is taken apart when it is first looked at. */
class ToldColumns {
  private readonly split = new Map<keyof ReadingsPayload, string[]>();

  constructor(private readonly payload: ReadingsPayload) {}

  at(name: keyof ReadingsPayload, index: number): string {
    const values = this.valuesOf(name);
    return values.length === 1 ? values[0]! : values[index]!;
  }

  valuesOf(name: keyof ReadingsPayload): string[] {
    let values = this.split.get(name);
    if (!values) this.split.set(name, (values = (this.payload[name] ?? '').split(',')));
    return values;
  }
}

/** The readings of an event, in the order in which they were told. */
export function readingsIn(payload: Record<string, unknown>): EventReading[] {
  const columns = new ToldColumns(payload);
  return columns.valuesOf('id').map((_id, index) => new EventReading(columns, index));
}

/** The type is that of the kind, e.g. `reading.bloodPressure`. */
const typeOf = (kind: ReadingKind): string => `reading.${definitionOf(kind).member}`;

/** A reading with the values of its kind, always in the same units: a receiver that overlooks them must not take 5.4 mmol/L for mg/dL. */
function toPayload(reading: ReadingRow): EventMessage['payload'] {
  const { kind, values, quantities } = definitionOf(reading.kind);
  const numbers = quantities.flatMap((quantity): [string, unknown][] => {
    const { member, unit, units } = quantity;
    const stored = quantityOf(reading, quantity);
    const number: [string, unknown] = [member, stored && inUnit(stored, unit)];
    return units ? [number, [`${member}Unit`, stored && toCamelCase(unit)]] : [number];
  });
  const choices = values.flatMap(({ type, member }) =>
    type === 'choice' ? [[member, camelCaseOrNull(reading[member] as string | null)]] : [],
  );
  return {
    id: reading.id,
    kind: toCamelCase(kind),
    takenAt: reading.takenAt.toISOString(),
    receivedAt: reading.receivedAt.toISOString(),
    deviceId: reading.deviceId,
    patientId: reading.patientId,
    attribution: toCamelCase(attributionOf(reading)),
    manual: reading.manual,
    deviceTimeZoneOffset: reading.deviceTimeZoneOffset,
    patientTimeZoneOffset: reading.patientTimeZoneOffset,
    ...(Object.fromEntries([...numbers, ...choices]) as object),
  };
}

function camelCaseOrNull(choice: string | null): string | null {
  return choice && toCamelCase(choice);
}

const SAMPLE_VALUES = Object.fromEntries(VALUES.map(({ member, sample }) => [member, sample])) as ReadingValues;

const SAMPLE: Omit<ReadingEntity, 'kindNumber'> = {
  ...SAMPLE_VALUES,
  customerId: '0',
  id: '1',
  takenAt: new Date('2026-01-02T15:04:05.000Z'),
  receivedAt: new Date('2026-01-02T15:04:09.000Z'),
  deviceId: '1',
  patientId: '1',
  deviceTimeZoneOffset: null,
  patientTimeZoneOffset: -18_000,
  manual: false,
  sentUnit: null,
};

/** One event holds up to a hundred readings; each becomes a message of its kind. */
const recorded: EventDefinition = {
  type: READINGS_RECORDED,
  messages: KINDS.map(({ number, kind, noun, shortNoun = noun }) => ({
    type: typeOf(kind),
    description: `${capitalize(shortNoun)} was recorded`,
    sample: toPayload(toReading({ ...SAMPLE, kindNumber: number })),
  })),
  toMessages: (payload) =>
    readingsIn(payload).map((reading) => ({
      type: typeOf(reading.kind),
      get payload() {
        return toPayload(reading.decode());
      },
    })),
};

export const READING_EVENTS = { recorded };
