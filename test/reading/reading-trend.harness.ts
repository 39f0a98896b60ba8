import type { GraphqlResponse } from '../support/test-app';
import type { Caller } from '../support/device-fixture';
import { ReadingFixture, type ReadingInput } from './reading-fixture.harness';

/** After the end of daylight saving time in the United States, 2026-11-01. */
export const NOVEMBER = new Date('2026-11-20T12:00:00.000Z');

export interface Trend {
  kind: string;
  from: string;
  to: string;
  bucket: 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';
}

export interface Point {
  startsAt: string;
  endsAt: string;
  count: number;
  measurements: { name: string; unit: string; min: number; max: number; mean: number }[];
}

export const POINT = 'startsAt endsAt count measurements { name unit min max mean }';

/** Arguments of a trend, as literals. */
export function trendField({ kind, from, to, bucket }: Trend, selection = POINT): string {
  return `readingTrend(kind: ${kind}, period: { from: "${from}", to: "${to}" }, bucket: ${bucket}) { ${selection} }`;
}

/** Patients in any time zone, with manual readings. */
export class TrendFixture {
  private constructor(readonly fixture: ReadingFixture) {}

  static async start(): Promise<TrendFixture> {
    return new TrendFixture(await ReadingFixture.start({ clock: { now: () => NOVEMBER } }));
  }

  stop(): Promise<void> {
    return this.fixture.stop();
  }

  /** A patient with a ZIP code and a time zone override. */
  async patient({ zip = null as string | null, zone = null as string | null, customerId = '1' } = {}): Promise<string> {
    const id = await this.fixture.devices.patient({ customerId });
    await this.fixture.sql(
      `update patient set time_zone = $2, address = jsonb_build_object('zipCode', $3::text) where id = $1`,
      [id, zone, zip],
    );
    return id;
  }

  /** Records weights of 100, 101, … at these times. */
  async weigh(patientId: string, times: readonly string[]): Promise<void> {
    await this.record(
      times.map((takenAt, index) => ({ patientId, takenAt, weight: { value: 100 + index, unit: 'POUND' } })),
    );
  }

  /** Records manual readings. */
  async record(readings: readonly ReadingInput[]): Promise<void> {
    const entered = readings.map((reading) => ({ ...reading, manual: true }));
    const { recorded } = await this.fixture.record(entered, { caller: 'operator', fields: 'id' });
    expect(recorded).toBe(readings.length);
  }

  send(
    patientId: string,
    trend: Trend,
    caller: Caller = 'northside',
  ): Promise<GraphqlResponse<{ patient: { readingTrend: Point[] } | null }>> {
    return this.fixture.app.query(caller, `{ patient(id: ${patientId}) { ${trendField(trend)} } }`);
  }

  /** Points of a trend that must not fail. */
  async trend(patientId: string, trend: Trend, caller: Caller = 'northside'): Promise<Point[]> {
    const { data, errors } = await this.send(patientId, trend, caller);
    if (errors) throw new Error(`readingTrend failed: ${JSON.stringify(errors)}`);
    return data.patient!.readingTrend;
  }

  /** Points without measurements. */
  async counts(patientId: string, trend: Trend): Promise<Record<string, number>> {
    const points = await this.trend(patientId, trend);
    return Object.fromEntries(points.map(({ startsAt, count }) => [startsAt, count]));
  }
}

/** Times at an interval of some minutes, from the first (inclusive) to the last (exclusive). */
export function every(minutes: number, from: string, to: string): string[] {
  const times: string[] = [];
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += minutes * 60_000) times.push(new Date(ms).toISOString());
  return times;
}
