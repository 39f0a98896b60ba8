import { readingsIn } from '../../src/features/reading/reading.events';
import { systemClock, type Clock } from '../../src/platform/base/clock';
import { DeviceProgramme } from '../support/device-programme';
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

export { BRIEF, type AnsweredReading, type ReadingInput, type Recorded, type Result } from '../support/record-readings';

/** What the gateway's clock shows in tests that do not ask for the time of day. */
export const NOW = new Date('2026-06-15T12:00:00.000Z');

/** A time before or after `NOW`. */
export const hoursFromNow = (hours: number, ms = 0): string =>
  new Date(NOW.getTime() + hours * 3_600_000 + ms).toISOString();

/** The scalar fields of every kind, and the members that only some have. */
export const SCALARS = `__typename id databaseId kind takenAt receivedAt attribution manual deviceTimeZoneOffset patientTimeZoneOffset
  measurements { name value unit } ${FIELDS_OF_TYPES}`;
export const WHOLE = `${SCALARS} device { databaseId } patient { databaseId }`;

/** All that recording may write, and what it must leave alone. */
const WATCHED = {
  reading: 'select * from reading',
  device_activity: 'select * from device_activity',
  patient_activity: 'select * from patient_activity',
};

/** A period in which a patient holds a device; one without an end is open. */
export interface Period {
  patientId: string;
  from: string;
  to?: string;
}

/** `recordReadings` for the two customers of DeviceProgramme. */
export class ReadingProgramme {
  private constructor(readonly devices: DeviceProgramme) {}

  /** @param clock of the gateway; it stands at NOW unless told otherwise */
  static async start({
    instances = 1,
    clock = { now: () => NOW },
  }: { instances?: number; clock?: Clock } = {}): Promise<ReadingProgramme> {
    return new ReadingProgramme(await DeviceProgramme.start({ instances, clock }));
  }

  /** On two instances, by the time of day. */
  static race(): Promise<ReadingProgramme> {
    return ReadingProgramme.start({ instances: 2, clock: systemClock });
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

  /** A device that these patients held, one after the other; the last period may be open. */
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

  /** A device that Ann has had since long before NOW. */
  heldDevice(): Promise<{ id: string; serial: string }> {
    return this.device({ patientId: this.devices.patients.ann, from: '2020-01-01T00:00:00Z' });
  }

  /** The whole response of one call; it asks for all that readings have, by default. */
  send(readings: unknown, options?: SendOptions): ReturnType<typeof sendReadings> {
    return sendReadings(this.app, readings, { fields: WHOLE, ...options });
  }

  /** The answer of a call that must not fail. */
  record(readings: readonly ReadingInput[], options?: SendOptions): Promise<Recorded> {
    return recordReadings(this.app, readings, { fields: WHOLE, ...options });
  }

  /** The tables' numbers of rows, and a digest of what they say: devices and events too. */
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

  /** Asserts that `work` writes and emits nothing; its result. */
  async expectNothingWritten<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const before = await this.written();
    const answer = await work();
    expect(await this.written()).toEqual(before);
    return answer;
  }

  /** Asserts that a reading alone is refused for this one reason, and that nothing is written. */
  async expectRefused(reading: ReadingInput, code: string, message: string, member: string): Promise<void> {
    const { results } = await this.expectNothingWritten(() => this.record([reading]));
    expect(results).toEqual([
      { outcome: 'REFUSED', reading: null, userErrors: [{ code, message, path: ['input', 'readings', '0', member] }] },
    ]);
  }

  /** Waits until this many statements of the gateways wait for a lock; not those that they send now and then by themselves. */
  async untilWaiting(count: number): Promise<void> {
    const query = `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name like 'device-gateway%'
        and query !~ '^/\\* (ensure_reading_partitions|lock_event_head_to_prune) '`;
    await eventually(async () => (await this.sql<{ count: number }>(query))[0]!.count >= count);
  }

  /** Waits until a query counts this many. */
  async untilCount(expected: number, query: string, values: unknown[] = []): Promise<void> {
    await eventually(async () => (await this.sql<{ count: number }>(query, values))[0]!.count === expected);
  }

  /** The stored readings of a device, oldest first. */
  stored(deviceId: string): Promise<Record<string, unknown>[]> {
    return this.sql('select * from reading where device_id = $1 order by taken_at, kind', [deviceId]);
  }

  /** The readings of each event since `afterId`, as rows of the table with their sites; times are texts. */
  async told(afterId: string): Promise<Record<string, unknown>[][]> {
    const events = await this.sql<{ payload: Record<string, unknown> }>(
      `select payload from event where type = 'reading.recorded' and id > $1 order by id`,
      [afterId],
    );
    return events.map(({ payload }) =>
      readingsIn(payload).map((told) => {
        const { kind: _kind, __typename: _type, ...row } = told.decode();
        return JSON.parse(JSON.stringify({ ...row, siteIds: told.siteIds })) as Record<string, unknown>;
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
