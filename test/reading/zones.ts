import { timeZoneOfAddress } from '../../src/features/patient/patient-time-zone';

/** All zones of ZIP codes. */
export function zonesOfZipCodes(): string[] {
  const zones = new Set<string>();
  for (let code = 0; code < 100_000; code += 1) {
    const zone = timeZoneOfAddress({ zipCode: String(code).padStart(5, '0') });
    if (zone !== null) zones.add(zone);
  }
  return [...zones].sort();
}

/** Zones with offsets that are not whole hours, with clock changes at midnight, by half an hour or for Ramadan, or with none. */
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
 * UTC offset of a zone: the difference between its wall clock and UTC. A second implementation, also based on Node's time zone
 * data, to compare the gateway's with.
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

/** Clock changes of a zone in a year, to the millisecond. Assumes that no two are within a few days. */
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
