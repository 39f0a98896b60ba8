import { buildDemoData } from '../../src/programs/demo/demo-data';
import type { DemoData, StatusChangeRow } from '../../src/programs/demo/demo-rows';
import type { ReadingRow } from '../../src/programs/demo/reading-rows';
import type { ReadingKind } from '../../src/features/kind/reading-kind';
import { definitionOf } from '../../src/features/kind/reading-kind';
import { groupBy } from '../support/group-by';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The tour's device, whose earlier holder's readings are older. */
export const ABC123 = 1;

export interface World {
  now: Date;
  /** The Saturday at which the data end. */
  endMs: number;
  data: DemoData;
}

export function createWorld(now: string, end: string): World {
  return { now: new Date(now), endMs: Date.parse(end), data: buildDemoData(new Date(now)) };
}

/** The rows of all tables but the readings as texts, with times as their distance to the end of the data. */
export function textsOf(data: Partial<DemoData>, endMs = 0): Record<string, string[]> {
  const toText = (row: object) =>
    JSON.stringify(row, (_key, value: unknown) =>
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? Date.parse(value) - endMs : value,
    );
  const tables = Object.entries<readonly object[]>(data).filter(([table]) => table !== 'reading');
  return Object.fromEntries(tables.map(([table, rows]) => [table, rows.map(toText)]));
}

/** Asserts that the data lie in the fourteen months before `now`. */
export function expectRecent(data: Omit<DemoData, 'reading'>, now: Date): void {
  const times = data.device_status_change.map((row) => row.changed_at.getTime());
  expect(Math.max(...times)).toBeLessThanOrEqual(now.getTime());
  expect(Math.max(...times)).toBeGreaterThan(now.getTime() - 12 * DAY_MS);
  expect(Math.min(...times)).toBeGreaterThan(now.getTime() - 434 * DAY_MS);
  expect(Math.min(...times)).toBeLessThan(now.getTime() - 420 * DAY_MS);
  const rows = [...data.patient, ...data.device_order, ...data.device, ...data.site];
  expect(rows.filter((row) => !(row.created_at <= row.updated_at && row.updated_at <= now))).toEqual([]);
}

export function ofKind(rows: readonly ReadingRow[], kind: ReadingKind): ReadingRow[] {
  return rows.filter((row) => row.kind === definitionOf(kind).number);
}

/** Answers by the rows themselves, not by the code that made the readings. */
export function lookUp(data: DemoData) {
  const histories = groupBy(data.device_status_change, (row) => row.device_id);
  const associations = groupBy(data.device_association, (row) => row.device_id);
  return {
    patients: new Map(data.patient.map((row) => [row.id, row])),
    devices: new Map(data.device.map((row) => [row.id, row])),
    items: new Map(data.item.map((row) => [row.id, row])),
    historyOf: (deviceId: number): StatusChangeRow[] => histories.get(deviceId)!,
    holderAt: (deviceId: number, instant: Date): number | null =>
      associations
        .get(deviceId)
        ?.find((row) => row.started_at <= instant && (row.ended_at === null || instant < row.ended_at))?.patient_id ??
      null,
    stateAt: (deviceId: number, instant: Date): StatusChangeRow =>
      histories.get(deviceId)!.findLast((row) => row.changed_at <= instant)!,
  };
}
