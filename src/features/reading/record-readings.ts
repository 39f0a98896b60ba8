import { z } from 'zod';
import type { Clock } from '../../platform/base/clock';
import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { DomainError, problemsOf, type Problem } from '../../platform/base/errors';
import { invalidValuesIn } from '../../platform/base/invalid-value';
import type { Tx } from '../../platform/db/session';
import { JoinedCalls } from '../../platform/operation/joined-calls';
import { useCase } from '../../platform/operation/use-case';
import type { Kind, ValuesOfKind } from '../kind/reading-kind';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import { Attribution, isBlocked, toNamedReading, type NamedReading, type ReadingSubject } from './attribution';
import { toReadingId } from './reading-id';
import { eventsOf } from './reading.events';
import { checkReading, MAX_READINGS, MAX_SOURCE_ID } from './reading-rules';
import { hasSameValues, identityKey, newReading, type ReadingIdentity, type ReadingRow } from './reading.row';
import type { ReadingInput, RecordReadingsInput } from './record-readings.input';
import { nextReadingNumbers, type RecordingPatient } from './recording.repository';
import { storeReadings, type BuiltReading } from './store-readings';
import type { ZoneOffsets } from './zone-offsets';

export const RecordReadingOutcome = defineEnum('RecordReadingOutcome', 'Outcome of recording one reading.', {
  RECORDED: 'The reading was stored.',
  DUPLICATE: 'The reading was already stored with the same values. The stored reading is returned; nothing changed.',
  CONFLICT:
    'A reading of the same device (or patient, if it names no device), kind, `takenAt` and `sourceId` is stored with other values. The stored reading is kept and returned.',
  REFUSED: 'The reading broke a rule and was not stored. `userErrors` says which rule.',
});
export type RecordReadingOutcome = EnumOf<typeof RecordReadingOutcome>;

export interface RecordResult {
  outcome: RecordReadingOutcome;
  /** The stored reading. Null when it was refused. */
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

/** A reading that passed the checks that need no database. */
interface Candidate extends NamedReading {
  /** Among the readings of all calls. */
  index: number;
  kind: Kind;
  values: ValuesOfKind;
}

/** A candidate with its device and patient. */
interface AttributedReading {
  candidate: Candidate;
  subject: ReadingSubject;
  identity: ReadingIdentity;
  key: string;
  /** Order within the same time. */
  order: string;
}

type Results = (RecordResult | undefined)[];

interface Recording {
  readonly clock: Clock;
  readonly offsets: ZoneOffsets;
}

export interface RecordingParts extends Recording {
  readonly joined: JoinedCalls<RecordReadingsInput, RecordReadingsResult>;
}

/** Of small calls, such as those of devices and of REST. A larger one gains little, and would delay the others. */
const LARGEST_CALL = { items: 100, bytes: 100_000 };
const LARGEST_GROUP = { items: MAX_READINGS, bytes: 1_000_000 };

/** @param slowMs see `JoinedCalls` */
export function recordingParts(recording: Recording, slowMs?: number): RecordingParts {
  const joined = new JoinedCalls<RecordReadingsInput, RecordReadingsResult>(
    {
      largestCall: LARGEST_CALL,
      largestGroup: LARGEST_GROUP,
      sizeOf: ({ readings }) => ({
        items: readings.length,
        bytes: readings.reduce((sum, one) => sum + bytesOf(one), 0),
      }),
      work: async (tx, inputs) => {
        const results = await recordAll(tx, inputs, recording, true);
        return results.map((result) => ({ result, writes: eventsOf(result.recorded) }));
      },
    },
    slowMs,
  );
  return { ...recording, joined };
}

/** Characters of what a client may make long. */
function bytesOf({ deviceIdentifier, patientExternalIdentifier, sourceId }: ReadingInput): number {
  return [deviceIdentifier, patientExternalIdentifier, sourceId].reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? text.length : 0),
    0,
  );
}

/**
 * Records a batch of readings, each once, and attributes it to the holder of the device at that time. A batch is one transaction
 * with a fixed number of statements. Small batches of a customer that arrive at the same time share one, see `JoinedCalls`.
 *
 * A reading that breaks a rule is refused on its own. A reading that is already stored is returned, but neither stored nor emitted
 * again. So clients may retry in any order, in smaller batches and concurrently.
 */
export const recordReadings = useCase<RecordReadingsInput, RecordReadingsResult, RecordingParts>(
  {
    name: 'recordReadings',
    action: 'reading:record',
    input: {
      readings: z
        .custom<ReadingInput[]>()
        .refine(isBatch, `must have 1 to ${MAX_READINGS.toLocaleString('en-US')} readings`),
    },
    itemwise: 'readings',
    codes: [
      'INVALID_READING',
      'REFERENCE_MISSING',
      'DEVICE_NOT_FOUND',
      'PATIENT_NOT_FOUND',
      'REFERENCE_MISMATCH',
      'READING_EXPIRED',
      'READINGS_DISABLED',
      'READING_CONFLICT',
    ],
  },
  async (_ctx, tx, input, recording) => (await recordAll(tx, [input], recording, false))[0]!,
  (call) => call.parts.joined.join(call),
);

/**
 * Records the readings of calls as if they were one batch.
 *
 * @param isLast whether nothing else is written in the transaction
 * @returns the result of each call
 */
async function recordAll(
  tx: Tx,
  calls: readonly RecordReadingsInput[],
  { clock, offsets }: Recording,
  isLast: boolean,
): Promise<RecordReadingsResult[]> {
  const now = clock.now();
  const results: Results = [];
  const candidates = check(calls, now, results);
  if (candidates.length > 0) {
    const [numbers, attribution] = await Promise.all([
      nextReadingNumbers(tx, candidates.length),
      Attribution.lock(tx, candidates, clock),
    ]);
    const zoneOf = zones();
    const built = attribute(candidates, attribution, results).map((one, position): BuiltReading => {
      const { candidate, subject, identity, key } = one;
      const zone = subject.patient && zoneOf(subject.patient);
      const row = newReading(candidate, identity, {
        id: toReadingId(identity.takenAt, numbers[position]!),
        receivedAt: attribution.receivedAt,
        patientTimeZoneOffset: zone === null ? null : offsets.at(zone, identity.takenAt.getTime()),
      });
      return { index: candidate.index, path: candidate.path, subject, key, row };
    });
    const { recorded, stored } = await storeReadings(tx, built, isLast);
    for (const { index, row } of recorded) results[index] = accepted(RecordReadingOutcome.RECORDED, row);
    for (const one of built) results[one.index] ??= compare(one, stored.get(one.key));
  }
  let from = 0;
  return calls.map(({ readings }) => summarize(results.slice(from, (from += readings.length)) as RecordResult[]));
}

function isBatch({ length }: readonly ReadingInput[]): boolean {
  return length >= 1 && length <= MAX_READINGS;
}

/**
 * Runs the checks that need no database. Writes refusals to `results` and returns the other readings. Their paths are those in their
 * call.
 */
function check(calls: readonly RecordReadingsInput[], now: Date, results: Results): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { readings } of calls) {
    for (const [position, request] of readings.entries()) {
      const index = results.push(undefined) - 1;
      const path = ['input', 'readings', String(position)];
      try {
        const invalid = invalidValuesIn(request, path);
        if (invalid.length > 0) throw new DomainError(invalid.map((value) => value.toProblem(path.length)));
        const { deviceId, patientId } = toNamedReading(request, path);
        const checked = checkReading(request, now, path);
        if ('kind' in checked) {
          const { kind, values } = checked;
          candidates.push({ request, path, deviceId, patientId, index, kind, values });
        } else results[index] = refused(checked.problems);
      } catch (error) {
        results[index] = refusedFor(error, path);
      }
    }
  }
  return candidates;
}

/**
 * Attributes each reading to a device and a patient. Writes refusals of wrong references to `results`.
 *
 * @returns the other readings in an order that all batches share, so that two batches with common readings cannot deadlock. The
 *   order is by time, like ids: the index on ids then grows at its end and is a third smaller.
 */
function attribute(candidates: readonly Candidate[], attribution: Attribution, results: Results): AttributedReading[] {
  const attributed: AttributedReading[] = [];
  for (const candidate of candidates) {
    try {
      const subject = attribution.subjectOf(candidate);
      assertKept(candidate, subject);
      const identity: ReadingIdentity = {
        customerId: subject.customerId,
        deviceId: subject.device?.id ?? null,
        patientId: subject.patient?.id ?? null,
        kindNumber: candidate.kind.number,
        takenAt: candidate.request.takenAt,
        sourceId: candidate.request.sourceId ?? '',
      };
      attributed.push({ candidate, subject, identity, key: identityKey(identity), order: orderOf(identity) });
    } catch (error) {
      results[candidate.index] = refusedFor(error, candidate.path);
    }
  }
  return attributed.sort(byTimeAndKey);
}

/** @throws DomainError READING_EXPIRED */
function assertKept({ request: { takenAt }, path }: Candidate, { keptFrom }: ReadingSubject): void {
  if (keptFrom === null || takenAt >= keptFrom) return;
  const message = `takenAt is before ${keptFrom.toISOString()}: the customer does not keep readings that are so old.`;
  throw new DomainError('READING_EXPIRED', message, [...path, 'takenAt']);
}

function byTimeAndKey(one: AttributedReading, other: AttributedReading): number {
  return (
    one.identity.takenAt.getTime() - other.identity.takenAt.getTime() ||
    compareTexts(one.order, other.order) ||
    compareTexts(one.key, other.key)
  );
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Numbers in it have the same length, so that the tenth reading of a minute is after the ninth. */
function orderOf({ sourceId }: ReadingIdentity): string {
  return sourceId === '' ? '' : sourceId.replace(/\d+/g, (digits) => digits.padStart(MAX_SOURCE_ID, '0'));
}

/** Time zone of a patient, computed once per patient. */
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

const CONFLICT =
  'This reading is already stored with other values. The stored reading is kept. If both were measured at this time, send this one with a sourceId: the number that the device gave it.';
const CONFLICT_OF_SOURCE =
  'The reading with this time and sourceId is already stored with other values. The stored reading is kept. If both were measured, send this one with the sourceId that the device gave it.';

/** Result of a reading that was not inserted: it was stored before, or its device is DECOMMISSIONED. */
function compare({ row, subject, path }: BuiltReading, stored: ReadingRow | undefined): RecordResult {
  if (stored && hasSameValues(stored, row)) return accepted(RecordReadingOutcome.DUPLICATE, stored);
  if (isBlocked(subject.device)) {
    const message = 'The device is DECOMMISSIONED, so its readings are refused. Enable its readings first.';
    return refused([{ code: 'READINGS_DISABLED', message, path: [...path] }]);
  }
  if (!stored) throw new Error('A reading was neither stored nor found.');
  const message = row.sourceId === '' ? CONFLICT : CONFLICT_OF_SOURCE;
  return {
    outcome: RecordReadingOutcome.CONFLICT,
    reading: stored,
    userErrors: [{ code: 'READING_CONFLICT', message, path: [...path] }],
  };
}

function accepted(outcome: RecordReadingOutcome, reading: ReadingRow): RecordResult {
  return { outcome, reading, userErrors: [] };
}

/** @throws the error itself unless it is a refusal */
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
