import type { ZoneOffsets } from '../../features/reading/zone-offsets';
import { DAY_MS } from './timeline';

export const HOUR_MS = 3_600_000;

/** How many days of readings there are; they are numbered from 0, a Sunday. */
export const READING_DAYS = 90;

export const isWeekend = (day: number) => weekdayOf(day) === 0 || weekdayOf(day) === 6;

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return ((day % 7) + 7) % 7;
}

export interface LocalInstant {
  ms: number;
  /** The same hour of the wall clock without daylight saving: up to an hour later, and on the same day every year. */
  standardMs: number;
  /** Seconds east of UTC. */
  offset: number;
}

/** The clock on the wall of somebody's home. */
export class LocalClock {
  /** Seconds east of UTC without daylight saving, which only ever adds to them. */
  private readonly standard: number;

  constructor(
    private readonly offsets: ZoneOffsets,
    private readonly zone: string,
    private readonly endMs: number,
  ) {
    const year = new Date(endMs).getUTCFullYear();
    this.standard = Math.min(offsets.at(zone, Date.UTC(year, 0, 1)), offsets.at(zone, Date.UTC(year, 6, 1)));
  }

  /**
   * @param day of the calendar there, before the first one below 0
   * @param hour between 3 and 24: clocks change at night, so that one look at noon's offset is enough for a day
   */
  at(day: number, hour: number): LocalInstant {
    const midnightMs = this.endMs + (day - READING_DAYS) * DAY_MS - this.standard * 1000;
    const offset = this.offsets.at(this.zone, midnightMs + DAY_MS / 2);
    // Devices tell whole seconds.
    const standardMs = midnightMs + Math.floor(hour * 3600) * 1000;
    return { standardMs, ms: standardMs - (offset - this.standard) * 1000, offset };
  }
}
