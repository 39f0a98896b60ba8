import type { GraphqlResponse } from '../support/test-app';
import type { Caller } from '../support/device-programme';
import { ReadingProgramme, type ReadingInput } from './reading-programme.harness';

/** Behind the end of summer time in the United States, 2026-11-01. */
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

/** The arguments of a trend, as literals. */
export function trendField({ kind, from, to, bucket }: Trend, selection = POINT): string {
  return `readingTrend(kind: ${kind}, period: { from: "${from}", to: "${to}" }, bucket: ${bucket}) { ${selection} }`;
}

/** Patients in any zone, whose readings are entered by hand. */
export class TrendProgramme {
  private constructor(readonly programme: ReadingProgramme) {}

  static async start(): Promise<TrendProgramme> {
    return new TrendProgramme(await ReadingProgramme.start({ clock: { now: () => NOVEMBER } }));
  }

  stop(): Promise<void> {
    return this.programme.stop();
  }

  /** A patient, with a ZIP code and a zone that overrides the ZIP code's. */
  async patient({ zip = null as string | null, zone = null as string | null, customerId = '1' } = {}): Promise<string> {
    const id = await this.programme.devices.patient({ customerId });
    await this.programme.sql(
      `update patient set time_zone = $2, address = jsonb_build_object('zipCode', $3::text) where id = $1`,
      [id, zone, zip],
    );
    return id;
  }

  /** Weights of 100 and more, one more for each, at these times. */
  async weigh(patientId: string, times: readonly string[]): Promise<void> {
    await this.record(
      times.map((takenAt, index) => ({ patientId, takenAt, weight: { value: 100 + index, unit: 'POUND' } })),
    );
  }

  /** Readings that somebody enters. */
  async record(readings: readonly ReadingInput[]): Promise<void> {
    const entered = readings.map((reading) => ({ ...reading, manual: true }));
    const { recorded } = await this.programme.record(entered, { caller: 'operator', fields: 'id' });
    expect(recorded).toBe(readings.length);
  }

  send(
    patientId: string,
    trend: Trend,
    caller: Caller = 'northside',
  ): Promise<GraphqlResponse<{ patient: { readingTrend: Point[] } | null }>> {
    return this.programme.app.query(caller, `{ patient(id: ${patientId}) { ${trendField(trend)} } }`);
  }

  /** The points of a trend that must not be refused. */
  async trend(patientId: string, trend: Trend, caller: Caller = 'northside'): Promise<Point[]> {
    const { data, errors } = await this.send(patientId, trend, caller);
    if (errors) throw new Error(`readingTrend failed: ${JSON.stringify(errors)}`);
    return data.patient!.readingTrend;
  }

  /** The points without their measurements. */
  async counts(patientId: string, trend: Trend): Promise<Record<string, number>> {
    const points = await this.trend(patientId, trend);
    return Object.fromEntries(points.map(({ startsAt, count }) => [startsAt, count]));
  }
}

/** Times apart by some minutes, from the first up to the last, which is not one of them. */
export function every(minutes: number, from: string, to: string): string[] {
  const times: string[] = [];
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += minutes * 60_000) times.push(new Date(ms).toISOString());
  return times;
}
