import { columnsOf } from '../db/statement';
import type { NewEvent } from '../event/outbox';
import type { ReadingKind } from '../item/reading-kind';
import { definitionOfNumber } from './reading-kinds';
import { ReadingEntity } from './reading.entity';
import { toReading, type ReadingRow } from './reading.row';

export const READINGS_RECORDED = 'reading.recorded';

/** A reading that was recorded, with what subscribers can filter by. */
export interface RecordedReading {
  reading: ReadingRow;
  /** Where its device was, and the site that looks after its patient. */
  siteIds: string[];
}

/** Readings of one event at the most: about 18 kB of JSON, so that pages and queues of events stay small. */
const READINGS_PER_EVENT = 100;

/** What an event holds of its readings: rows of values under their columns, which are named once. */
interface ReadingsPayload {
  columns: string[];
  /** The values of the columns, and behind them the ids of the sites. */
  rows: unknown[][];
}

/** One event for each hundred readings of a customer: whoever follows the events needs no further read. */
export function readingsRecorded(recorded: readonly RecordedReading[]): NewEvent[] {
  const ofCustomers = new Map<string, RecordedReading[]>();
  for (const one of recorded) {
    const { customerId } = one.reading;
    const ofCustomer = ofCustomers.get(customerId);
    if (ofCustomer) ofCustomer.push(one);
    else ofCustomers.set(customerId, [one]);
  }
  const columns = columnsOf(ReadingEntity).map(({ member }) => member);
  return [...ofCustomers].flatMap(([customerId, ofCustomer]) =>
    chunks(ofCustomer).map((chunk) => {
      const payload: ReadingsPayload = {
        columns,
        rows: chunk.map(({ reading, siteIds }) => [
          ...columns.map((column) => reading[column as keyof ReadingRow]),
          siteIds,
        ]),
      };
      return { customerId, type: READINGS_RECORDED, payload: { ...payload } };
    }),
  );
}

function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / READINGS_PER_EVENT);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * READINGS_PER_EVENT, (index + 1) * READINGS_PER_EVENT),
  );
}

/** A reading as an event holds it. It is decoded when it is told: most are not, to most subscribers. */
export class ToldReading {
  constructor(
    private readonly columns: readonly string[],
    private readonly values: readonly unknown[],
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
    return this.values[this.columns.length] as string[];
  }

  decode(): ReadingRow {
    const members = this.columns.map((column, index) => [column, this.values[index]]);
    const row = Object.fromEntries(members) as ReadingEntity;
    // JSON has made texts of them.
    return toReading({ ...row, takenAt: new Date(row.takenAt), receivedAt: new Date(row.receivedAt) });
  }

  private member(name: keyof ReadingEntity): unknown {
    return this.values[this.columns.indexOf(name)];
  }
}

/** The readings of an event, in the order in which they were told. */
export function toToldReadings(payload: Record<string, unknown>): ToldReading[] {
  const { columns, rows } = payload as unknown as ReadingsPayload;
  return rows.map((values) => new ToldReading(columns, values));
}
