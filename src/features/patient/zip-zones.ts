import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** data/zip-zones.json. Made by `npm run zip-zones`, see docs/decisions/time-zones.md. */
interface Table {
  /** Three digits, a zone, and the last two digits of its ZIP codes: `374 America/New_York 01-12 14`. */
  zones: string[];
}

/** Names of the zones. The first is that of ZIP codes without a zone. */
const names: (string | null)[] = [null];

/** Index of the name of each of the 100,000 ZIP codes. */
const indexes = new Uint8Array(100_000);

const table = JSON.parse(readFileSync(join(__dirname, 'data/zip-zones.json'), 'utf8')) as Table;
for (const line of table.zones) {
  const [prefix, name, ...runs] = line.split(' ') as [string, string, ...string[]];
  if (!names.includes(name)) names.push(name);
  for (const run of runs) {
    const [from, to = from] = run.split('-') as [string, string | undefined];
    indexes.fill(names.indexOf(name), Number(prefix + from), Number(prefix + to) + 1);
  }
}

/**
 * @param zip five digits
 * @returns null when it has no zone: it is unknown, or has no fixed place, as that of military mail
 */
export function zoneOfZip(zip: string): string | null {
  return names[indexes[Number(zip)]!]!;
}
