import type { Tx } from '../../platform/db/session';
import { appendEvents, type NewEvent } from '../../platform/event/outbox';
import { isBlocked, periodOf, type ReadingSubject } from './attribution';
import { readingsRecorded, type RecordedReading } from './reading.events';
import { identityKey, toReading, type ReadingRow } from './reading.row';
import { findStoredReadings, insertReadings } from './recording.repository';

/** A reading to store unless it is already stored. */
export interface BuiltReading {
  /** Among the readings that are stored together. */
  index: number;
  path: readonly string[];
  subject: ReadingSubject;
  row: ReadingRow;
  /** Key of its identity. */
  key: string;
}

interface Stored {
  /** Readings stored by this call. */
  recorded: readonly BuiltReading[];
  /** Readings stored by this call or before, by key. */
  stored: ReadonlyMap<string, ReadingRow>;
}

/**
 * Stores new readings, with the activity of their devices and patients and with events. Of readings with the same identity, only the first
 * is stored.
 *
 * @param built readings in the order that all batches share
 * @param isLast whether nothing else is written in the transaction
 */
export async function storeReadings(tx: Tx, built: readonly BuiltReading[], isLast: boolean): Promise<Stored> {
  const first = new Map<string, BuiltReading>();
  for (const one of built) if (!first.has(one.key)) first.set(one.key, one);
  const different = [...first.values()];
  const fresh = different.filter(({ subject }) => !isBlocked(subject.device));
  // Of several readings, some may be stored already: the events of the others are written after that is known.
  const ids = await insertReadings(tx, rowsOf(fresh), eventsOf(fresh), isLast && built.length === 1);
  const isRecorded = ({ row }: BuiltReading) => ids.has(row.id);
  const recorded = fresh.filter(isRecorded);
  if (recorded.length < fresh.length) appendEvents(tx, ...eventsOf(recorded));
  const stored = await findStored(
    tx,
    different.filter((one) => !isRecorded(one)),
  );
  for (const { key, row } of recorded) stored.set(key, row);
  return { recorded, stored };
}

function eventsOf(recorded: readonly BuiltReading[]): NewEvent[] {
  return readingsRecorded(recorded.map(toRecordedReading));
}

async function findStored(tx: Tx, built: readonly BuiltReading[]): Promise<Map<string, ReadingRow>> {
  if (built.length === 0) return new Map();
  const rows = rowsOf(built);
  const found = await findStoredReadings(tx, rows, periodOf(rows.map(({ takenAt }) => takenAt)));
  return new Map(found.map((row) => [identityKey(row), toReading(row)]));
}

function toRecordedReading({ row, subject: { device, patient } }: BuiltReading): RecordedReading {
  const siteIds = [device?.siteId, patient?.siteId].filter((site) => site != null);
  return { reading: row, siteIds: siteIds[0] === siteIds[1] ? siteIds.slice(0, 1) : siteIds };
}

function rowsOf(built: readonly BuiltReading[]): ReadingRow[] {
  return built.map(({ row }) => row);
}
