import type { List } from '../support/connections';
import type { CallerName } from '../support/test-app';
import { BRIEF, type ReadingInput, type ReadingProgramme } from './reading-programme.harness';
import { SAMPLES } from './reading-samples.harness';

/** What lists of readings go by, of a reading that was recorded. */
export interface ListedReading {
  id: string;
  takenAt: string;
  kind: string;
  deviceId: string | null;
  patientId: string | null;
  manual: boolean;
}

/** Any values of a kind. */
function valuesOf(kind: string): Record<string, unknown> {
  return SAMPLES.find((sample) => sample.kind === kind)!.input;
}

/** What a client sends of a reading that is listed; one with a device does not name its patient. */
function toInput({ takenAt, kind, deviceId, patientId, manual }: Omit<ListedReading, 'id'>): ReadingInput {
  return { ...(deviceId === null ? { patientId } : { deviceId }), takenAt, manual, ...valuesOf(kind) };
}

/** Records readings, all of which must be new, in the order given. */
export async function recordAll(
  programme: ReadingProgramme,
  readings: readonly Omit<ListedReading, 'id'>[],
  caller: CallerName = 'northside',
): Promise<ListedReading[]> {
  const { results } = await programme.record(readings.map(toInput), { caller, fields: BRIEF });
  return readings.map((reading, index) => {
    const { outcome, reading: stored, userErrors } = results[index]!;
    expect({ outcome, userErrors }).toEqual({ outcome: 'RECORDED', userErrors: [] });
    return { ...reading, id: stored!.databaseId };
  });
}

/** The ids in the order of the API: newest first, of one instant the one that was recorded last. */
export function newestFirst(readings: readonly ListedReading[]): string[] {
  return [...readings]
    .sort(
      (one, other) =>
        Date.parse(other.takenAt) - Date.parse(one.takenAt) || (BigInt(one.id) < BigInt(other.id) ? 1 : -1),
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

/** Of a batch, those of one device get their ids in the order of time and kind, so it takes several for any other order. */
const BATCH = 9;

/** Records readings, all of which must be new, in an order that has nothing to do with theirs, nor with that of their ids. */
export async function recordShuffled(
  programme: ReadingProgramme,
  readings: readonly Omit<ListedReading, 'id'>[],
): Promise<ListedReading[]> {
  const shuffled = readings
    .map((reading, index) => ({ reading, place: (index * 48_271 + 11) % 2_147 }))
    .sort((one, other) => one.place - other.place)
    .map(({ reading }) => reading);
  const recorded: ListedReading[] = [];
  for (let from = 0; from < shuffled.length; from += BATCH)
    recorded.push(...(await recordAll(programme, shuffled.slice(from, from + BATCH))));
  return recorded;
}
