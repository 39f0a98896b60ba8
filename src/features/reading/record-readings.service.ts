import { defineEnum, type EnumOf } from '../../platform/base/enum';
import type { Tx } from '../../platform/db/session';
import { appendEvents, type NewEvent } from '../../platform/event/outbox';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import type { RequestContext } from '../../platform/operation/request-context';
import type { Clock } from '../../platform/base/clock';
import { badInput, DomainError, type Problem } from '../../platform/base/errors';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { readingsRecorded, type RecordedReading } from './reading.events';
import { checkReading } from './reading-rules';
import type { ReadingInput } from './record-readings.input';
import {
  isBlocked,
  periodOf,
  Attribution,
  toNamedReading,
  type NamedReading,
  type ReadingSubject,
} from './reading-subjects';
import { hasSameValues, identityKey, toReading, type ReadingRow } from './reading.row';
import {
  findStoredReadings,
  insertReadings,
  noteActivity,
  type Activity,
  type RecordingPatient,
} from './recording.repository';
import type { ZoneOffsets } from './zone-offsets';
import { defineLimit } from '../../platform/base/limit';

/** Readings of one call at the most. */
export const MAX_READINGS = defineLimit('readings of a call', {
  value: 1_000,
  unit: 'readings',
  description: 'Of `recordReadings`; more is BAD_USER_INPUT.',
});

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

export interface RecordReadingsAnswer {
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
  draft: ReadingRow;
}

/** A candidate whose device and patient are known. */
interface AttributedReading {
  index: number;
  path: readonly string[];
  subject: ReadingSubject;
  /** Complete but for its id, which it gets when it is stored. */
  row: ReadingRow;
  key: string;
}

type Answers = (RecordResult | undefined)[];

/** Records what devices measured: each reading once, with the patient who held the device when it was taken. */
export class RecordReadingsService {
  constructor(
    private readonly clock: Clock,
    private readonly offsets: ZoneOffsets,
  ) {}

  /**
   * Records a batch in one transaction, with a number of statements that does not depend on its size.
   *
   * A broken rule refuses its own reading alone. A reading that is stored already is answered and neither stored nor told
   * again, so a batch may be sent again in any order and split, also at the same time.
   *
   * @throws RequestError FORBIDDEN; BAD_USER_INPUT for too many readings, none, or a malformed id
   */
  async record(ctx: RequestContext, requests: readonly ReadingInput[]): Promise<RecordReadingsAnswer> {
    ctx.authorize('reading:record');
    if (requests.length < 1 || requests.length > MAX_READINGS)
      throw badInput('input.readings', `must have 1 to ${MAX_READINGS} readings, has ${requests.length}`);
    const now = this.clock.now();
    const answers: Answers = new Array<undefined>(requests.length).fill(undefined);
    const candidates = check(requests, now, answers);
    if (candidates.length === 0) return toAnswer(answers);
    return ctx.transact(async (tx) => toAnswer(await this.recordCandidates(tx, candidates, now, [...answers])));
  }

  private async recordCandidates(
    tx: Tx,
    candidates: readonly Candidate[],
    receivedAt: Date,
    answers: Answers,
  ): Promise<Answers> {
    const placed = this.place(candidates, await Attribution.lock(tx, candidates), receivedAt, answers);
    const { recorded, stored } = await store(tx, placed);
    for (const { index, row } of recorded) answers[index] = answered(RecordReadingOutcome.RECORDED, row);
    for (const one of placed) answers[one.index] ??= compare(one, stored.get(one.key));
    return answers;
  }

  /** Finds out whose each reading is; refuses those whose references are wrong. */
  private place(
    candidates: readonly Candidate[],
    subjects: Attribution,
    receivedAt: Date,
    answers: Answers,
  ): AttributedReading[] {
    const zoneOf = this.zones();
    return candidates.flatMap((candidate): AttributedReading[] => {
      try {
        const { index, path, draft: row } = candidate;
        const subject = subjects.of(candidate);
        const zone = subject.patient && zoneOf(subject.patient);
        row.customerId = subject.customerId;
        row.deviceId = subject.device?.id ?? null;
        row.patientId = subject.patient?.id ?? null;
        row.receivedAt = receivedAt;
        row.patientTimeZoneOffset = zone === null ? null : this.offsets.at(zone, row.takenAt.getTime());
        return [{ index, path, subject, row, key: identityKey(row) }];
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        answers[candidate.index] = refused(error.problems);
        return [];
      }
    });
  }

  /** The zone of each patient, looked up once. */
  private zones(): (patient: RecordingPatient) => string | null {
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
}

/** Refuses the readings that break a rule of their own. */
function check(requests: readonly ReadingInput[], now: Date, answers: Answers): Candidate[] {
  return requests.flatMap((request, index): Candidate[] => {
    const path = ['input', 'readings', String(index)];
    const named = toNamedReading(request, path);
    const checked = checkReading(request, now, path);
    if ('draft' in checked) {
      const { deviceId, patientId } = named;
      return [{ request, path, deviceId, patientId, index, draft: checked.draft }];
    }
    answers[index] = refused(checked.problems);
    return [];
  });
}

interface Stored {
  /** Those that were stored just now. */
  recorded: readonly AttributedReading[];
  /** What is stored, by key: now or before. */
  stored: ReadonlyMap<string, ReadingRow>;
}

/** Stores what is new, the first of those that are the same reading, with all that follows from it. */
async function store(tx: Tx, placed: readonly AttributedReading[]): Promise<Stored> {
  const first = new Map<string, AttributedReading>();
  for (const one of placed) if (!first.has(one.key)) first.set(one.key, one);
  const blocked = [...first.values()].filter(({ subject }) => isBlocked(subject.device));
  // In one order for all batches: two that have readings in common wait for each other at most, and never both. By time, as
  // ids are: the index of the ids then grows at its end, and is a third smaller.
  const fresh = [...first.values()].filter(({ subject }) => !isBlocked(subject.device)).sort(byTimeAndKey);
  const inserting = insertReadings(tx, rowsOf(fresh));
  // What has to follow is worked out and sent while PostgreSQL inserts. It is right too for readings that prove to be stored
  // already: those were noted then, with the same device; their patients may have been others.
  const ofDevices = newest(fresh, ({ deviceId }) => deviceId);
  noteActivity(tx, 'device', ofDevices);
  const all = followUpOf(fresh);
  const ids = await inserting;
  const areAllNew = ids.length === fresh.length;
  if (areAllNew) for (const [index, { row }] of fresh.entries()) row.id = ids[index]!;

  const stored = await findStored(tx, areAllNew ? blocked : [...fresh, ...blocked]);
  const recorded = areAllNew ? fresh : newOf(fresh, stored, new Set(ids));
  for (const { key, row } of recorded) stored.set(key, row);
  const { ofPatients, events } = areAllNew ? all : followUpOf(recorded);
  noteActivity(tx, 'patient', ofPatients);
  await appendEvents(tx, ...events);
  return { recorded, stored };
}

/** What follows when all of these are recorded; they may get their ids later. */
function followUpOf(placed: readonly AttributedReading[]): { ofPatients: Activity[]; events: NewEvent[] } {
  const ofPatients = newest(placed, ({ patientId }) => patientId);
  return { ofPatients, events: readingsRecorded(placed.map(toRecordedReading)) };
}

async function findStored(tx: Tx, placed: readonly AttributedReading[]): Promise<Map<string, ReadingRow>> {
  if (placed.length === 0) return new Map();
  const rows = rowsOf(placed);
  const found = await findStoredReadings(tx, rows, periodOf(rows));
  return new Map(found.map((row) => [identityKey(row), toReading(row)]));
}

/** Those that were stored with one of the ids; they get theirs. */
function newOf(
  fresh: readonly AttributedReading[],
  stored: ReadonlyMap<string, ReadingRow>,
  ids: ReadonlySet<string>,
): readonly AttributedReading[] {
  return fresh.filter(({ key, row }) => {
    const id = stored.get(key)?.id;
    if (id === undefined || !ids.has(id)) return false;
    row.id = id;
    return true;
  });
}

function toRecordedReading({ row, subject: { device, patient } }: AttributedReading): RecordedReading {
  const siteIds = [device?.siteId, patient?.siteId].filter((site) => site != null);
  return { reading: row, siteIds: siteIds[0] === siteIds[1] ? siteIds.slice(0, 1) : siteIds };
}

function rowsOf(placed: readonly AttributedReading[]): ReadingRow[] {
  return placed.map(({ row }) => row);
}

function byTimeAndKey(one: AttributedReading, other: AttributedReading): number {
  return one.row.takenAt.getTime() - other.row.takenAt.getTime() || (one.key < other.key ? -1 : 1);
}

/** The newest reading of each kind of each owner. */
function newest(placed: readonly AttributedReading[], ownerOf: (reading: ReadingRow) => string | null): Activity[] {
  const found = new Map<string, Activity>();
  for (const { row } of placed) {
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
  if (stored && hasSameValues(stored, row)) return answered(RecordReadingOutcome.DUPLICATE, stored);
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

function answered(outcome: RecordReadingOutcome, reading: ReadingRow): RecordResult {
  return { outcome, reading, userErrors: [] };
}

function refused(problems: Problem[]): RecordResult {
  return { outcome: RecordReadingOutcome.REFUSED, reading: null, userErrors: problems };
}

function toAnswer(answers: Answers): RecordReadingsAnswer {
  const results = answers as RecordResult[];
  const count = (outcome: RecordReadingOutcome) => results.filter((result) => result.outcome === outcome).length;
  return {
    results,
    recorded: count(RecordReadingOutcome.RECORDED),
    duplicates: count(RecordReadingOutcome.DUPLICATE),
    conflicts: count(RecordReadingOutcome.CONFLICT),
    refused: count(RecordReadingOutcome.REFUSED),
  };
}
