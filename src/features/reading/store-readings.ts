import type { Tx } from '../../platform/db/session';
import { appendEvents, type NewEvent } from '../../platform/event/outbox';
import { noteActivity, type Activity } from '../activity/activity.repository';
import { isBlocked, periodOf, type ReadingSubject } from './attribution';
import { effectiveTimeOf } from './effective-time';
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
 * Stores new readings, updates activity and appends events. Of readings with the same identity, only the first is stored.
 *
 * @param built readings in the order that all batches share
 */
export async function storeReadings(tx: Tx, built: readonly BuiltReading[]): Promise<Stored> {
  const first = new Map<string, BuiltReading>();
  for (const one of built) if (!first.has(one.key)) first.set(one.key, one);
  const different = [...first.values()];
  const fresh = different.filter(({ subject }) => !isBlocked(subject.device));
  const inserting = insertReadings(tx, rowsOf(fresh));
  // Computed while PostgreSQL inserts, as if all readings were new. One that proves to be stored already may have had another
  // patient or effective time, so nothing is written before the ids are known.
  const ofAll = followUpOf(fresh);
  const ids = await inserting;
  const isRecorded = ({ row }: BuiltReading) => ids.has(row.id);
  const recorded = fresh.filter(isRecorded);
  const { ofDevices, ofPatients, events } = recorded.length === fresh.length ? ofAll : followUpOf(recorded);
  const others = different.filter((one) => !isRecorded(one));
  const stored = await findStored(tx, others);
  for (const { key, row } of recorded) stored.set(key, row);
  noteActivity(tx, 'device', ofDevices);
  noteActivity(tx, 'patient', ofPatients);
  appendEvents(tx, ...events);
  return { recorded, stored };
}

/** Activity and events of recorded readings. */
function followUpOf(recorded: readonly BuiltReading[]): Record<'ofDevices' | 'ofPatients', Activity[]> & {
  events: NewEvent[];
} {
  const ofDevices = newest(recorded, ({ deviceId }) => deviceId);
  const ofPatients = newest(recorded, ({ patientId }) => patientId);
  return { ofDevices, ofPatients, events: readingsRecorded(recorded.map(toRecordedReading)) };
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

/** Newest reading of each kind and owner. */
function newest(built: readonly BuiltReading[], ownerOf: (reading: ReadingRow) => string | null): Activity[] {
  const found = new Map<string, Activity>();
  for (const { row } of built) {
    const { customerId, kindNumber } = row;
    const at = effectiveTimeOf(row);
    const id = ownerOf(row);
    if (id === null) continue;
    const key = `${id} ${kindNumber}`;
    const known = found.get(key);
    if (!known || known.at.getTime() < at.getTime()) found.set(key, { customerId, id, kindNumber, at });
  }
  return [...found.values()];
}
