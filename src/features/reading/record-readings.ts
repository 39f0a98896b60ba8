import { z } from 'zod';
import type { Clock } from '../../platform/base/clock';
import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { DomainError, problemsOf, type Problem } from '../../platform/base/errors';
import { invalidValuesIn } from '../../platform/base/invalid-value';
import { useCase } from '../../platform/operation/use-case';
import type { Kind, ValuesOfKind } from '../kind/reading-kind';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import { Attribution, isBlocked, toNamedReading, type NamedReading, type ReadingSubject } from './attribution';
import { toReadingId } from './reading-id';
import { checkReading, MAX_READINGS } from './reading-rules';
import { hasSameValues, identityKey, newReading, type ReadingIdentity, type ReadingRow } from './reading.row';
import type { ReadingInput, RecordReadingsInput } from './record-readings.input';
import { drawReadingNumbers, type RecordingPatient } from './recording.repository';
import { storeReadings, type BuiltReading } from './store-readings';
import type { ZoneOffsets } from './zone-offsets';

export const RecordReadingOutcome = defineEnum('RecordReadingOutcome', 'What became of a reading.', {
  RECORDED: 'It was stored.',
  DUPLICATE: 'It was stored before, with the same values: the stored one is returned, and nothing changed.',
  CONFLICT:
    'A reading of the same device, or patient, of the same kind and instant was stored before, with other values: that one stays and is returned.',
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
  values: ValuesOfKind;
}

/** A candidate whose device and patient are known. */
interface AttributedReading {
  candidate: Candidate;
  subject: ReadingSubject;
  identity: ReadingIdentity;
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
 */
export const recordReadings = useCase<RecordReadingsInput, RecordReadingsResult, RecordingParts>(
  {
    name: 'recordReadings',
    action: 'reading:record',
    input: { readings: z.custom<ReadingInput[]>().refine(isBatch, `must have 1 to ${MAX_READINGS} readings`) },
    itemwise: 'readings',
    codes: [
      'INVALID_READING',
      'REFERENCE_MISSING',
      'DEVICE_NOT_FOUND',
      'PATIENT_NOT_FOUND',
      'REFERENCE_MISMATCH',
      'READINGS_DISABLED',
      'READING_CONFLICT',
    ],
  },
  async (_ctx, tx, { readings }, { clock, offsets }) => {
    const now = clock.now();
    const results: Results = readings.map(() => undefined);
    const candidates = check(readings, now, results);
    if (candidates.length > 0) {
      const [numbers, attribution] = await Promise.all([
        drawReadingNumbers(tx, candidates.length),
        Attribution.lock(tx, candidates),
      ]);
      const zoneOf = zones();
      const built = attribute(candidates, attribution, results).map((one, position): BuiltReading => {
        const { candidate, subject, identity, key } = one;
        const zone = subject.patient && zoneOf(subject.patient);
        const row = newReading(candidate, identity, {
          id: toReadingId(identity.takenAt, numbers[position]!),
          receivedAt: now,
          patientTimeZoneOffset: zone === null ? null : offsets.at(zone, identity.takenAt.getTime()),
        });
        return { index: candidate.index, path: candidate.path, subject, key, row };
      });
      const { recorded, stored } = await storeReadings(tx, built);
      for (const { index, row } of recorded) results[index] = accepted(RecordReadingOutcome.RECORDED, row);
      for (const one of built) results[one.index] ??= compare(one, stored.get(one.key));
    }
    return summarize(results as RecordResult[]);
  },
);

function isBatch({ length }: readonly ReadingInput[]): boolean {
  return length >= 1 && length <= MAX_READINGS;
}

/** Refuses the readings that break a rule of their own. */
function check(readings: RecordReadingsInput['readings'], now: Date, results: Results): Candidate[] {
  return readings.flatMap((request, index): Candidate[] => {
    const path = ['input', 'readings', String(index)];
    try {
      const invalid = invalidValuesIn(request, path);
      if (invalid.length > 0) throw new DomainError(invalid.map((value) => value.toProblem(path.length)));
      const { deviceId, patientId } = toNamedReading(request, path);
      const checked = checkReading(request, now, path);
      if ('kind' in checked) return [{ request, path, deviceId, patientId, index, ...checked }];
      results[index] = refused(checked.problems);
    } catch (error) {
      results[index] = refusedFor(error, path);
    }
    return [];
  });
}

/**
 * Finds out whose each reading is; refuses those whose references are wrong.
 *
 * @returns the others in one order for all batches: two that have readings in common wait for each other at most, and never both.
 *   By time, as ids are: the index of the ids then grows at its end, and is a third smaller.
 */
function attribute(candidates: readonly Candidate[], attribution: Attribution, results: Results): AttributedReading[] {
  const attributed = candidates.flatMap((candidate): AttributedReading[] => {
    try {
      const subject = attribution.of(candidate);
      const identity: ReadingIdentity = {
        customerId: subject.customerId,
        deviceId: subject.device?.id ?? null,
        patientId: subject.patient?.id ?? null,
        kindNumber: candidate.kind.number,
        takenAt: candidate.request.takenAt,
      };
      return [{ candidate, subject, identity, key: identityKey(identity) }];
    } catch (error) {
      results[candidate.index] = refusedFor(error, candidate.path);
      return [];
    }
  });
  return attributed.sort(byTimeAndKey);
}

function byTimeAndKey(one: AttributedReading, other: AttributedReading): number {
  return (
    one.identity.takenAt.getTime() - other.identity.takenAt.getTime() ||
    (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)
  );
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

/** A reading that was not recorded: stored before, or blocked. */
function compare({ row, subject, path }: BuiltReading, stored: ReadingRow | undefined): RecordResult {
  if (stored && hasSameValues(stored, row)) return accepted(RecordReadingOutcome.DUPLICATE, stored);
  if (isBlocked(subject.device)) {
    const message = 'The device is decommissioned: its readings are refused.';
    return refused([{ code: 'READINGS_DISABLED', message, path: [...path] }]);
  }
  if (!stored) throw new Error('A reading was neither stored nor found.');
  const message = 'This reading is stored with other values; the stored one stays.';
  return {
    outcome: RecordReadingOutcome.CONFLICT,
    reading: stored,
    userErrors: [{ code: 'READING_CONFLICT', message, path: [...path] }],
  };
}

function accepted(outcome: RecordReadingOutcome, reading: ReadingRow): RecordResult {
  return { outcome, reading, userErrors: [] };
}

/** @throws the error itself when it is no refusal */
function refusedFor(error: unknown, path: readonly string[]): RecordResult {
  const problems = problemsOf(error, path.length);
  if (!problems) throw error;
  return refused(problems);
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
