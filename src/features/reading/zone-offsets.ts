import { LRUCache } from 'lru-cache';

const HOUR_MS = 3_600_000;

/** One clock hour of UTC in one zone. */
interface HourOffsets {
  before: number;
  after: number;
  /** From here on `after` holds; the hour's end when nothing changes in it. */
  changesAtMs: number;
}

/** About 20 zones for a year; an entry takes some 150 bytes. */
const MAX_HOURS = 200_000;

/** ZIP codes have 41 zones, but overrides may spell any zone in many ways; a format takes some 33 kB. */
const MAX_FORMATS = 200;

/**
 * How far the clocks of a zone are from UTC at an instant, by the zone data of Node.
 *
 * Computed once per zone and hour: a batch of readings shares it, and so do the next ones. Clocks that change within an hour of
 * UTC are right too, e.g. those of Lord Howe Island at 15:30 UTC.
 */
export class ZoneOffsets {
  // By size, not by number: for that lru-cache would make arrays of this length at once, 30 ms of each start.
  private readonly hours = new LRUCache<string, HourOffsets>({ maxSize: MAX_HOURS, sizeCalculation: () => 1 });
  private readonly formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS });

  /**
   * @param zone an IANA name
   * @returns seconds east of UTC
   */
  at(zone: string, instantMs: number): number {
    const hour = Math.floor(instantMs / HOUR_MS);
    const key = `${zone} ${hour}`;
    let known = this.hours.get(key);
    if (!known) this.hours.set(key, (known = this.compute(zone, hour * HOUR_MS)));
    return instantMs < known.changesAtMs ? known.before : known.after;
  }

  /**
   * The zone by a name that PostgreSQL takes for this zone: one without a slash it takes for an abbreviation first, so that CET
   * has no summer time, and some it does not know.
   */
  fullName(zone: string): string {
    return zone.includes('/') ? zone : this.formatOf(zone).resolvedOptions().timeZone;
  }

  private compute(zone: string, startMs: number): HourOffsets {
    const endMs = startMs + HOUR_MS;
    const before = this.read(zone, startMs);
    const after = this.read(zone, endMs - 1);
    if (before === after) return { before, after, changesAtMs: endMs };
    let [low, high] = [startMs, endMs - 1];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.read(zone, middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, changesAtMs: high };
  }

  /** `GMT`, `GMT-05:00` or, for old local times, `GMT-00:44:30`. */
  private read(zone: string, instantMs: number): number {
    const name = this.formatOf(zone)
      .formatToParts(instantMs)
      .find(({ type }) => type === 'timeZoneName')!.value;
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
    if (!match) throw new Error(`Node does not tell the offset of ${zone}: ${name}`);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  }

  private formatOf(zone: string): Intl.DateTimeFormat {
    let format = this.formats.get(zone);
    if (!format) {
      format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
      this.formats.set(zone, format);
    }
    return format;
  }
}
