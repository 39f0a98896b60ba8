import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** data/zip-zones.json. Made by `npm run zip-zones`, see docs/decisions/time-zones.md. */
interface Table {
  madeOn: string;
  /** Three digits, a zone, and the last two digits of its ZIP codes: `374 America/New_York 01-12 14`. */
  zones: string[];
}

/** Names of the zones. The first is that of ZIP codes without a zone. */
const names: (string | null)[] = [null];

/** Index of the name of each of the 100,000 ZIP codes. */
const indexes = new Uint8Array(100_000);

/** The ZIP codes of a zone that begin with the same three digits. */
interface ZoneOfZips {
  readonly prefix: string;
  readonly zone: string;
  /** Numbers of the first and the last ZIP code of each run. */
  readonly runs: readonly (readonly [first: number, last: number])[];
}

const table = JSON.parse(readFileSync(join(__dirname, 'data/zip-zones.json'), 'utf8')) as Table;

export const ZIP_ZONES: readonly ZoneOfZips[] = table.zones.map((line) => {
  const [prefix, zone, ...runs] = line.split(' ') as [string, string, ...string[]];
  return {
    prefix,
    zone,
    runs: runs.map((run) => {
      const [first, last = first] = run.split('-') as [string, string | undefined];
      return [Number(prefix + first), Number(prefix + last)];
    }),
  };
});

/** Edition of the table: the day on which it was made. */
export const ZIP_ZONES_EDITION = table.madeOn;

for (const { zone, runs } of ZIP_ZONES) {
  if (!names.includes(zone)) names.push(zone);
  for (const [first, last] of runs) indexes.fill(names.indexOf(zone), first, last + 1);
}

/**
 * @param zip five digits
 * @returns null when it has no zone: it is unknown, or has no fixed place, as that of military mail
 */
export function zoneOfZip(zip: string): string | null {
  return names[indexes[Number(zip)]!]!;
}
