import type { List } from '../support/connections';
import type { CallerName } from '../support/test-app';
import { BRIEF, effectiveAtNow, type ReadingInput, type ReadingFixture } from './reading-fixture.harness';
import { SAMPLES } from './reading-samples.harness';

/** A recorded reading with the values that lists sort and filter by. */
export interface ListedReading {
  id: string;
  takenAt: string;
  kind: string;
  deviceId: string | null;
  patientId: string | null;
  manual: boolean;
}

/** Valid values of each kind. */
function valuesOf(kind: string): Record<string, unknown> {
  return SAMPLES.find((sample) => sample.kind === kind)!.input;
}

/** Input for a listed reading. If it names a device, it does not name a patient. */
function toInput({ takenAt, kind, deviceId, patientId, manual }: Omit<ListedReading, 'id'>): ReadingInput {
  return { ...(deviceId === null ? { patientId } : { deviceId }), takenAt, manual, ...valuesOf(kind) };
}

/** Records new readings in the given order. */
export async function recordAll(
  fixture: ReadingFixture,
  readings: readonly Omit<ListedReading, 'id'>[],
  caller: CallerName = 'northside',
): Promise<ListedReading[]> {
  const { results } = await fixture.record(readings.map(toInput), { caller, fields: BRIEF });
  return readings.map((reading, index) => {
    const { outcome, reading: stored, userErrors } = results[index]!;
    expect({ outcome, userErrors }).toEqual({ outcome: 'RECORDED', userErrors: [] });
    return { ...reading, id: stored!.databaseId };
  });
}

/** Ids in the order of the API, of readings received at NOW: newest first, and for equal times the one recorded last. */
export function newestFirst(readings: readonly ListedReading[]): string[] {
  return [...readings]
    .sort(
      (one, other) =>
        Date.parse(effectiveAtNow(other.takenAt)) - Date.parse(effectiveAtNow(one.takenAt)) ||
        (BigInt(one.id) < BigInt(other.id) ? 1 : -1),
    )
    .map(({ id }) => id);
}

export function readingsOf(
  parent: 'Device' | 'Patient',
  parentId: string,
  filter?: Record<string, unknown>,
  caller: CallerName = 'northside',
): List {
  return { caller, parent, parentId, field: 'readings', isCounted: false, ...(filter && { filter }) };
}

/** Within a batch, readings of a device get ids in order of time and kind, so another order needs several batches. */
const BATCH = 9;

/** Records new readings in an order unrelated to their times and ids. */
export async function recordShuffled(
  fixture: ReadingFixture,
  readings: readonly Omit<ListedReading, 'id'>[],
): Promise<ListedReading[]> {
  const shuffled = readings
    .map((reading, index) => ({ reading, place: (index * 48_271 + 11) % 2_147 }))
    .sort((one, other) => one.place - other.place)
    .map(({ reading }) => reading);
  const recorded: ListedReading[] = [];
  for (let from = 0; from < shuffled.length; from += BATCH)
    recorded.push(...(await recordAll(fixture, shuffled.slice(from, from + BATCH))));
  return recorded;
}
