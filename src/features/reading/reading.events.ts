import { toCamelCase } from '../../platform/base/camel-case';
import {
  decoding,
  UnreadableEventError,
  type EventDefinition,
  type EventMessage,
} from '../../platform/event/event-catalog';
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
import { isClockAhead } from './effective-time';
import { ReadingEntity } from './reading.entity';
import { attributionOf, quantityOf, toReading, type ReadingRow } from './reading.row';

export const READINGS_RECORDED = 'reading.recorded';

/** A recorded reading with the sites that subscribers can filter by. */
export interface RecordedReading {
  reading: ReadingRow;
  /** Site of the device at the time of recording, and site of the patient. */
  siteIds: string[];
}

/** About 7 kB of JSON per event, so that pages and queues of events stay small. */
const MAX_READINGS_PER_EVENT = 100;

/**
 * Readings of an event, stored by column: comma-separated values, or a single value that all readings share. An empty string means
 * null; a column of nulls is omitted. Storing a few long strings takes PostgreSQL a third of the time of one value per reading and
 * column.
 */
type ReadingsPayload = { [Column in keyof ReadingEntity | 'siteIds' | 'beforeMeal' | 'afterMeal']?: string };

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  bigint: (text) => text,
  timestamptz: (text) => new Date(Number(text)),
  'double precision': Number,
  integer: Number,
  smallint: Number,
  boolean: (text) => text === 'true',
  text: decodeURIComponent,
};

/** Parser of each column's values. Times are in ms since 1970. */
const COLUMNS = new Map<keyof ReadingEntity, (text: string) => unknown>(
  columnsOf(ReadingEntity).map(({ member, type }) => [member, PARSERS[type]!]),
);

/** One event per customer and 100 readings. It holds everything that consumers need, so they do not read the readings again. */
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
  // Ids are never collapsed into one value: their number is the number of readings.
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

/** Texts are encoded, because commas separate the values of a column. */
function toText(value: string | number | boolean | Date | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return encodeURIComponent(value);
  return String(value instanceof Date ? value.getTime() : value);
}

/** Number of events of this number of readings of one customer. */
export function eventsOf(readings: number): number {
  return Math.ceil(readings / MAX_READINGS_PER_EVENT);
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: eventsOf(items.length) }, (_, index) =>
    items.slice(index * MAX_READINGS_PER_EVENT, (index + 1) * MAX_READINGS_PER_EVENT),
  );
}

/** A reading in an event. Decoded only when it is delivered: filters skip most readings for most subscribers. */
export class EventReading {
  constructor(
    private readonly columns: PayloadColumns,
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

  /** @throws UnreadableEventError for a kind of a later version */
  get kind(): ReadingKind {
    return decoding(READINGS_RECORDED, () => definitionOfNumber(this.member('kindNumber') as number).kind);
  }

  get siteIds(): string[] {
    const text = this.columns.at('siteIds', this.index);
    return text === '' ? [] : text.split(' ');
  }

  /** @throws UnreadableEventError e.g. for a kind of a later version */
  decode(): ReadingRow {
    return decoding(READINGS_RECORDED, () => {
      const members = [...COLUMNS.keys()].map((name) => [name, this.member(name)]);
      return toReading(Object.fromEntries(members) as ReadingEntity);
    });
  }

  private member(name: keyof ReadingEntity): unknown {
    const text = this.columns.at(name, this.index);
    if (text === '' && name === 'sourceId') return '';
    if (text === '' && name === 'mealTiming') return this.formerMealTiming();
    return text === '' ? null : COLUMNS.get(name)!(text);
  }

  /** Events older than `mealTiming` hold two flags. Remove this when event retention has deleted all of them. */
  private formerMealTiming(): ReadingEntity['mealTiming'] {
    if (this.columns.at('beforeMeal', this.index) === 'true') return 'BEFORE_MEAL';
    return this.columns.at('afterMeal', this.index) === 'true' ? 'AFTER_MEAL' : null;
  }
}

/** Columns of an event's payload. Each is split on first use. */
class PayloadColumns {
  private readonly split = new Map<keyof ReadingsPayload, string[]>();

  constructor(private readonly payload: ReadingsPayload) {}

  /** @throws UnreadableEventError when a column has neither one value nor one for each reading */
  at(name: keyof ReadingsPayload, index: number): string {
    const values = this.valuesOf(name);
    const value = values.length === 1 ? values[0] : values[index];
    if (value === undefined) throw new UnreadableEventError(READINGS_RECORDED, `${name} has too few values`);
    return value;
  }

  valuesOf(name: keyof ReadingsPayload): string[] {
    let values = this.split.get(name);
    if (!values) this.split.set(name, (values = (this.payload[name] ?? '').split(',')));
    return values;
  }
}

/**
 * Readings of an event, in the order in which they were recorded. Their members throw UnreadableEventError when they cannot be read.
 *
 * @throws UnreadableEventError when there are none
 */
export function readingsIn(payload: Record<string, unknown>): EventReading[] {
  if (typeof (payload as typeof payload | null)?.id !== 'string' || payload.id === '')
    throw new UnreadableEventError(READINGS_RECORDED, 'id is missing or has another type');
  const columns = new PayloadColumns(payload);
  return columns.valuesOf('id').map((_id, index) => new EventReading(columns, index));
}

/** E.g. `reading.bloodPressure`. */
const typeOf = (kind: ReadingKind): string => `reading.${definitionOf(kind).member}`;

/** Numbers are always in the default unit: a receiver that ignores the unit must not mistake 5.4 mmol/L for mg/dL. */
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
    clockAhead: isClockAhead(reading),
    sourceId: reading.sourceId || null,
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
  sourceId: '',
};

/** One event holds up to 100 readings; each becomes a message with the type of its kind. */
const recorded: EventDefinition = {
  type: READINGS_RECORDED,
  messages: KINDS.map(({ number, kind, noun, shortNoun = noun }) => ({
    type: typeOf(kind),
    description: `${capitalize(shortNoun)} reading was recorded`,
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
