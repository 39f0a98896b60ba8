import type { Clock } from '../../platform/base/clock';
import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { badInput, DomainError, type Problem } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import type { Tx } from '../../platform/db/session';
import { appendEvents, type NewEvent } from '../../platform/event/outbox';
import { useCase } from '../../platform/operation/use-case';
import { noteActivity, type Activity } from '../activity/activity.repository';
import type { Kind } from '../kind/reading-kind';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import {
  Attribution,
  isBlocked,
  periodOf,
  toNamedReading,
  type NamedReading,
  type ReadingSubject,
} from './attribution';
import { readingsRecorded, type RecordedReading } from './reading.events';
import { checkReading, MAX_READINGS } from './reading-rules';
import { hasSameValues, identityKey, newReading, toReading, type ReadingRow } from './reading.row';
import type { RecordReadingsInput } from './record-readings.input';
import { findStoredReadings, insertReadings, type RecordingPatient } from './recording.repository';
import type { ZoneOffsets } from './zone-offsets';

export const RecordReadingOutcome = defineEnum('RecordReadingOutcome', 'What became of a reading.', {
  RECORDED: 'It was stored.',
  DUPLICATE: 'It was stored before, with the same values: the stored one is answered, and nothing changed.',
  CONFLICT:
    'A reading of the same device, or patient, of the same kind and instant was stored before, with other values: that one stays and is answered.',
  REFUSED: 'It broke a rule and was not stored: `userErrors` says which.',
});
export type RecordReadingOutcome = EnumOf<typeof RecordReadingOutcome>;

export interface RecordResult {
  outcome: RecordReadingOutcome;
  /** The stored one; null when the reading was refused. */
  reading: ReadingRow | null;
  userErrors: Problem[];
}

export interface RecordReadingsResult {
  /** In the order of the input. */
  results: RecordResult[];
  recorded: number;
  duplicates: number;
  conflicts: number;
  refused: number;
}

/** A reading that breaks no rule of its own. */
interface Candidate extends NamedReading {
  index: number;
  kind: Kind;
}

/** A candidate whose device and patient are known. */
interface AttributedReading {
  index: number;
  path: readonly string[];
  subject: ReadingSubject;
  row: ReadingRow;
  key: string;
}

type Results = (RecordResult | undefined)[];

/** What recording needs of the process. */
export interface RecordingParts {
  clock: Clock;
  offsets: ZoneOffsets;
}

/**
 * Records what devices measured: each reading once, with the patient who held the device when it was taken. A batch is one
 * transaction, with a number of statements that does not depend on its size.
 *
 * A broken rule refuses its own reading alone. A reading that is stored already is returned and neither stored nor emitted
 * again, so a batch may be sent again in any order and split, also at the same time.
 *
 * @throws RequestError BAD_USER_INPUT for too many readings, none, or a malformed id
 */
export const recordReadings = useCase(
  { name: 'recordReadings', action: 'reading:record' },
  async (
    _ctx,
    tx,
    { readings }: RecordReadingsInput,
    { clock, offsets }: RecordingParts,
  ): Promise<RecordReadingsResult> => {
    if (readings.length < 1 || readings.length > MAX_READINGS)
      throw badInput('input.readings', `must have 1 to ${MAX_READINGS} readings, has ${readings.length}`);
    const now = clock.now();
    const results: Results = readings.map(() => undefined);
    const candidates = check(readings, now, results);
    if (candidates.length > 0) {
      const { attribution, readingIds } = await Attribution.lock(tx, candidates);
      const attributed = attribute(candidates, readingIds, attribution, now, offsets, results);
      const { recorded, stored } = await store(tx, attributed);
      for (const { index, row } of recorded) results[index] = accepted(RecordReadingOutcome.RECORDED, row);
      for (const one of attributed) results[one.index] ??= compare(one, stored.get(one.key));
    }
    return summarize(results as RecordResult[]);
  },
);

/** Refuses the readings that break a rule of their own. @returns the others in the order of time, in which they get their ids */
function check(readings: RecordReadingsInput['readings'], now: Date, results: Results): Candidate[] {
  const candidates = readings.flatMap((request, index): Candidate[] => {
    const path = ['input', 'readings', String(index)];
    const { deviceId, patientId } = toNamedReading(request, path);
    const checked = checkReading(request, now, path);
    if ('kind' in checked) return [{ request, path, deviceId, patientId, index, kind: checked.kind }];
    results[index] = refused(checked.problems);
    return [];
  });
  return candidates.sort((one, other) => one.request.takenAt.getTime() - other.request.takenAt.getTime());
}

/** Finds out whose each reading is; refuses those whose references are wrong. */
function attribute(
  candidates: readonly Candidate[],
  ids: readonly string[],
  attribution: Attribution,
  receivedAt: Date,
  offsets: ZoneOffsets,
  results: Results,
): AttributedReading[] {
  const zoneOf = zones();
  return candidates.flatMap((candidate, position): AttributedReading[] => {
    const { index, path, request, kind } = candidate;
    try {
      const subject = attribution.of(candidate);
      const zone = subject.patient && zoneOf(subject.patient);
      const row = newReading(request, kind, {
        customerId: subject.customerId,
        id: ids[position]!,
        receivedAt,
        deviceId: subject.device?.id ?? null,
        patientId: subject.patient?.id ?? null,
        patientTimeZoneOffset: zone === null ? null : offsets.at(zone, request.takenAt.getTime()),
      });
      return [{ index, path, subject, row, key: identityKey(row) }];
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      results[index] = refused(error.problems);
      return [];
    }
  });
}

/** The zone of each patient, looked up once. */
function zones(): (patient: RecordingPatient) => string | null {
  const known = new Map<string, string | null>();
  return (patient) => {
    let zone = known.get(patient.id);
    if (zone === undefined) {
      zone = timeZoneOfPatient({ timeZoneOverride: patient.timeZoneOverride, address: patient });
      known.set(patient.id, zone);
    }
    return zone;
  };
}

interface Stored {
  /** Those that were stored just now. */
  recorded: readonly AttributedReading[];
  /** What is stored, by key: now or before. */
  stored: ReadonlyMap<string, ReadingRow>;
}

/** Stores what is new, the first of those that are the same reading, with all that follows from it. */
async function store(tx: Tx, attributed: readonly AttributedReading[]): Promise<Stored> {
  const first = new Map<string, AttributedReading>();
  for (const one of attributed) if (!first.has(one.key)) first.set(one.key, one);
  const blocked = [...first.values()].filter(({ subject }) => isBlocked(subject.device));
  // In one order for all batches: two that have readings in common wait for each other at most, and never both. By time, as
  // ids are: the index of the ids then grows at its end, and is a third smaller.
  const fresh = [...first.values()].filter(({ subject }) => !isBlocked(subject.device)).sort(byTimeAndKey);
  const inserting = insertReadings(tx, rowsOf(fresh));
  // What has to follow is worked out and sent while PostgreSQL inserts. It is right too for readings that prove to be stored
  // already: those were noted then, with the same device; their patients may have been others.
  noteActivity(
    tx,
    'device',
    newest(fresh, ({ deviceId }) => deviceId),
  );
  const ofAll = followUpOf(fresh);
  const ids = await inserting;
  const areAllNew = ids.size === fresh.length;
  const recorded = areAllNew ? fresh : fresh.filter(({ row }) => ids.has(row.id));
  const { ofPatients, events } = areAllNew ? ofAll : followUpOf(recorded);
  const stored = await findStored(
    tx,
    areAllNew ? blocked : [...fresh.filter(({ row }) => !ids.has(row.id)), ...blocked],
  );
  for (const { key, row } of recorded) stored.set(key, row);
  noteActivity(tx, 'patient', ofPatients);
  await appendEvents(tx, ...events);
  return { recorded, stored };
}

/** What follows when all of these are recorded. */
function followUpOf(recorded: readonly AttributedReading[]): { ofPatients: Activity[]; events: NewEvent[] } {
  const ofPatients = newest(recorded, ({ patientId }) => patientId);
  return { ofPatients, events: readingsRecorded(recorded.map(toRecordedReading)) };
}

async function findStored(tx: Tx, attributed: readonly AttributedReading[]): Promise<Map<string, ReadingRow>> {
  if (attributed.length === 0) return new Map();
  const rows = rowsOf(attributed);
  const found = await findStoredReadings(tx, rows, periodOf(rows));
  return new Map(found.map((row) => [identityKey(row), toReading(row)]));
}

function toRecordedReading({ row, subject: { device, patient } }: AttributedReading): RecordedReading {
  const siteIds = [device?.siteId, patient?.siteId].filter((site) => site != null);
  return { reading: row, siteIds: siteIds[0] === siteIds[1] ? siteIds.slice(0, 1) : siteIds };
}

function rowsOf(attributed: readonly AttributedReading[]): ReadingRow[] {
  return attributed.map(({ row }) => row);
}

function byTimeAndKey(one: AttributedReading, other: AttributedReading): number {
  return one.row.takenAt.getTime() - other.row.takenAt.getTime() || (one.key < other.key ? -1 : 1);
}

/** The newest reading of each kind of each owner. */
function newest(attributed: readonly AttributedReading[], ownerOf: (reading: ReadingRow) => string | null): Activity[] {
  const found = new Map<string, Activity>();
  for (const { row } of attributed) {
    const { customerId, kindNumber, takenAt } = row;
    const id = ownerOf(row);
    if (id === null) continue;
    const key = `${id} ${kindNumber}`;
    const known = found.get(key);
    if (!known || known.takenAt.getTime() < takenAt.getTime()) found.set(key, { customerId, id, kindNumber, takenAt });
  }
  return [...found.values()];
}

/** A reading that was not recorded: stored before, or blocked. */
function compare({ row, subject, path }: AttributedReading, stored: ReadingRow | undefined): RecordResult {
  if (stored && hasSameValues(stored, row)) return accepted(RecordReadingOutcome.DUPLICATE, stored);
  if (isBlocked(subject.device)) {
    const message = 'The device is decommissioned: its readings are refused.';
    return refused([{ code: UserErrorCode.READINGS_DISABLED, message, path: [...path] }]);
  }
  if (!stored) throw new Error('A reading was neither stored nor found.');
  const message = 'This reading is stored with other values; the stored one stays.';
  return {
    outcome: RecordReadingOutcome.CONFLICT,
    reading: stored,
    userErrors: [{ code: UserErrorCode.READING_CONFLICT, message, path: [...path] }],
  };
}

function accepted(outcome: RecordReadingOutcome, reading: ReadingRow): RecordResult {
  return { outcome, reading, userErrors: [] };
}

function refused(problems: Problem[]): RecordResult {
  return { outcome: RecordReadingOutcome.REFUSED, reading: null, userErrors: problems };
}

function summarize(results: RecordResult[]): RecordReadingsResult {
  const count = (outcome: RecordReadingOutcome) => results.filter((result) => result.outcome === outcome).length;
  return {
    results,
    recorded: count(RecordReadingOutcome.RECORDED),
    duplicates: count(RecordReadingOutcome.DUPLICATE),
    conflicts: count(RecordReadingOutcome.CONFLICT),
    refused: count(RecordReadingOutcome.REFUSED),
  };
}
