import { readingsIn } from '../../src/features/reading/reading.events';
import { systemClock, type Clock } from '../../src/platform/base/clock';
import { DeviceFixture } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import {
  recordReadings,
  sendReadings,
  type ReadingInput,
  type Recorded,
  type SendOptions,
} from '../support/record-readings';
import type { TestApp } from '../support/test-app';
import { FIELDS_OF_TYPES } from './reading-samples.harness';

export { BRIEF, type ReturnedReading, type ReadingInput, type Recorded, type Result } from '../support/record-readings';

/** Time of the gateway's clock by default. */
export const NOW = new Date('2026-06-15T12:00:00.000Z');

/** A time before or after `NOW`. */
export const hoursFromNow = (hours: number, ms = 0): string =>
  new Date(NOW.getTime() + hours * 3_600_000 + ms).toISOString();

/** Time at which a reading counts that was received at NOW. */
export const effectiveAtNow = (takenAt: string): string =>
  new Date(Math.min(Date.parse(takenAt), NOW.getTime())).toISOString();

/** The scalar fields of every kind, and the members that only some have. */
export const SCALARS = `__typename id databaseId kind takenAt receivedAt clockAhead sourceId attribution manual deviceTimeZoneOffset patientTimeZoneOffset
  measurements { name value unit } ${FIELDS_OF_TYPES}`;
export const WHOLE = `${SCALARS} device { databaseId } patient { databaseId }`;

/** Tables that recording writes, and tables that it must not change. */
const WATCHED = {
  reading: 'select * from reading',
  device_activity: 'select * from device_activity',
  patient_activity: 'select * from patient_activity',
};

/** A period in which a patient holds a device. Without `to` it is open. */
export interface Period {
  patientId: string;
  from: string;
  to?: string;
}

/** `recordReadings` for the two customers of DeviceFixture. */
export class ReadingFixture {
  private constructor(readonly devices: DeviceFixture) {}

  /** @param clock clock of the gateway, by default fixed at NOW */
  static async start({
    instances = 1,
    clock = { now: () => NOW },
    ...others
  }: { instances?: number; clock?: Clock; slowGroupMs?: number } = {}): Promise<ReadingFixture> {
    return new ReadingFixture(await DeviceFixture.start({ instances, clock, ...others }));
  }

  /** With two instances and the real time. */
  static race(): Promise<ReadingFixture> {
    return ReadingFixture.start({ instances: 2, clock: systemClock });
  }

  get app(): TestApp {
    return this.devices.app;
  }

  stop(): Promise<void> {
    return this.devices.stop();
  }

  sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.devices.sql<Row>(text, values);
  }

  /** A device with these holders, one after another. The last period may be open. */
  async device(...periods: Period[]): Promise<{ id: string; serial: string }> {
    const open = periods.find(({ to }) => to === undefined);
    const device = open
      ? await this.devices.device({
          status: 'WITH_PATIENT',
          holderId: open.patientId,
          siteId: this.devices.sites.clinic,
        })
      : await this.devices.freeDevice();
    if (open)
      await this.sql('update device_association set started_at = $2 where device_id = $1', [device.id, open.from]);
    for (const { patientId, from, to } of periods.filter((period) => period.to !== undefined)) {
      await this.sql(
        `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label,
           ended_at, ended_by_kind, ended_by_label)
         select customer_id, id, $2, $3, 'SYSTEM', 'test', $4, 'SYSTEM', 'test' from device where id = $1`,
        [device.id, patientId, from, to],
      );
    }
    return device;
  }

  /** A device that Ann has held since long before NOW. */
  heldDevice(): Promise<{ id: string; serial: string }> {
    return this.device({ patientId: this.devices.patients.ann, from: '2020-01-01T00:00:00Z' });
  }

  /** Response of one call. By default it selects all fields of the readings. */
  send(readings: unknown, options?: SendOptions): ReturnType<typeof sendReadings> {
    return sendReadings(this.app, readings, { fields: WHOLE, ...options });
  }

  /** Result of a call that must not fail. */
  record(readings: readonly ReadingInput[], options?: SendOptions): Promise<Recorded> {
    return recordReadings(this.app, readings, { fields: WHOLE, ...options });
  }

  /** Number of rows and a digest of each table. */
  async written(): Promise<Record<string, { rows: number; digest: string }>> {
    const queries = Object.entries(WATCHED).map(
      ([table, rows]) =>
        `select '${table}' as "table", count(*)::int as rows, sum(hashtextextended(r::text, 0))::text as digest from (${rows}) r`,
    );
    const tables = await this.sql<{ table: string; rows: number; digest: string }>(queries.join(' union all '));
    return {
      ...(await this.devices.written()),
      ...Object.fromEntries(tables.map(({ table, rows, digest }) => [table, { rows, digest }])),
    };
  }

  /** Asserts that `work` writes and emits nothing. @returns its result */
  async expectNothingWritten<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = await this.written();
    const response = await work();
    expect(await this.written()).toEqual(before);
    return response;
  }

  /** Asserts that a single reading is refused with only this error, and that nothing is written. */
  async expectRefused(reading: ReadingInput, code: string, message: string, member: string): Promise<void> {
    const { results } = await this.expectNothingWritten(() => this.record([reading]));
    expect(results).toEqual([
      { outcome: 'REFUSED', reading: null, userErrors: [{ code, message, path: ['input', 'readings', '0', member] }] },
    ]);
  }

  /** Waits until this many statements of the gateways wait for a lock, apart from those of background loops. */
  async untilWaiting(count: number): Promise<void> {
    const query = `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'
        and query !~ '^/\\* (ensure_reading_partitions|lock_event_head_to_prune) '`;
    await eventually(async () => (await this.sql<{ count: number }>(query))[0]!.count >= count);
  }

  /** Waits until a query returns this count. */
  async untilCount(expected: number, query: string, values: unknown[] = []): Promise<void> {
    await eventually(async () => (await this.sql<{ count: number }>(query, values))[0]!.count === expected);
  }

  /** The stored readings of a device, oldest first. */
  stored(deviceId: string): Promise<Record<string, unknown>[]> {
    return this.sql('select * from reading where device_id = $1 order by taken_at, kind', [deviceId]);
  }

  /** Readings of each event after `afterId`, as rows of the table with their sites. Times are strings. */
  async eventReadings(afterId: string): Promise<Record<string, unknown>[][]> {
    const events = await this.sql<{ payload: Record<string, unknown> }>(
      `select payload from event where type = 'reading.recorded' and id > $1 order by id`,
      [afterId],
    );
    return events.map(({ payload }) =>
      readingsIn(payload).map((reading) => {
        const { kind: _kind, __typename: _type, ...row } = reading.decode();
        return JSON.parse(JSON.stringify({ ...row, siteIds: reading.siteIds })) as Record<string, unknown>;
      }),
    );
  }

  async lastEventId(): Promise<string> {
    const [row] = await this.sql<{ id: string }>('select coalesce(max(id), 0) as id from event');
    return row!.id;
  }
}

export const outcomesOf = ({ results }: Recorded): string[] => results.map(({ outcome }) => outcome);

export const codesOf = ({ results }: Recorded): string[] =>
  results.map(({ outcome, userErrors }) => userErrors.map(({ code }) => code).join() || outcome);
