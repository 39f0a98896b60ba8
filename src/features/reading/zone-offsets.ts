import { LRUCache } from 'lru-cache';

const HOUR_MS = 3_600_000;

/** One clock hour of UTC in one zone. */
interface HourOffsets {
  before: number;
  after: number;
  /** `after` applies from here on. The end of the hour when nothing changes in it. */
  changesAtMs: number;
}

/** About 20 zones for a year. An entry takes about 100 bytes. */
const MAX_HOURS = 200_000;

/** ZIP codes have 41 zones, but overrides can spell any zone in many ways. A format takes about 33 kB. */
const MAX_FORMATS = 200;

/**
 * UTC offsets of time zones, from Node's time zone data.
 *
 * Computed once per zone and UTC hour, and cached for all batches. Handles changes within a UTC hour, e.g. on Lord Howe Island at
 * 15:30 UTC.
 */
export class ZoneOffsets {
  /** By zone and number of the hour since 1970. */
  private readonly zones = new Map<string, Map<number, HourOffsets>>();
  private hours = 0;
  private readonly formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS });

  /** @param maxHours that are kept, of all zones */
  constructor(private readonly maxHours = MAX_HOURS) {}

  /**
   * @param zone IANA name
   * @returns seconds east of UTC
   */
  at(zone: string, instantMs: number): number {
    const hour = Math.floor(instantMs / HOUR_MS);
    const known = this.zones.get(zone)?.get(hour) ?? this.add(zone, hour);
    return instantMs < known.changesAtMs ? known.before : known.after;
  }

  /**
   * Name by which PostgreSQL finds the same zone. It reads a name without a slash as an abbreviation first, so CET would have no
   * daylight saving time, and some such names it does not know.
   */
  fullName(zone: string): string {
    return zone.includes('/') ? zone : this.formatOf(zone).resolvedOptions().timeZone;
  }

  private add(zone: string, hour: number): HourOffsets {
    if (this.hours >= this.maxHours) {
      this.zones.clear();
      this.hours = 0;
    }
    const offsets = this.compute(zone, hour * HOUR_MS);
    let ofZone = this.zones.get(zone);
    if (!ofZone) this.zones.set(zone, (ofZone = new Map<number, HourOffsets>()));
    ofZone.set(hour, offsets);
    this.hours += 1;
    return offsets;
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

  /** Parses `GMT`, `GMT-05:00` or, for historical local times, `GMT-00:44:30`. */
  private read(zone: string, instantMs: number): number {
    const name = this.formatOf(zone)
      .formatToParts(instantMs)
      .find(({ type }) => type === 'timeZoneName')!.value;
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
    if (!match) throw new Error(`Node returns no UTC offset for ${zone}: ${name}`);
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
