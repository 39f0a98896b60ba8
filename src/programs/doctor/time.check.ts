import type { DatabaseSession } from './database-session';
import { failed, ok, warning, type Finding } from './finding';

/** Tokens are accepted with a difference of 5 s. */
const MAX_DIFFERENCE_MS = 2_000;
const TOO_FAR_MS = 60_000;

/** Compares the clock of this machine with that of the database. Half of the round trip is the uncertainty. */
export async function checkClock({ rows }: DatabaseSession): Promise<Finding> {
  await rows('select 1'); // the first statement of a connection is slower
  const sent = Date.now();
  const [clock] = await rows<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  const received = Date.now();
  const ahead = clock!.ms - (sent + received) / 2;
  const difference = Math.max(0, Math.abs(ahead) - (received - sent) / 2);
  const found =
    difference < 1_000
      ? 'this machine and the database agree'
      : `the database is ${(difference / 1_000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine`;
  const advice = 'Synchronize both clocks with NTP.';
  if (difference > TOO_FAR_MS) return failed('clock', found, advice);
  return difference > MAX_DIFFERENCE_MS ? warning('clock', found, advice) : ok('clock', found);
}

/** Zones with and without daylight saving, and one that changed its rules often. */
const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'America/Anchorage',
  'America/Indiana/Indianapolis',
  'America/Puerto_Rico',
  'Pacific/Honolulu',
  'Pacific/Guam',
];

/** Compares the time zone data of PostgreSQL, which cuts charts, with that of Node, which dates readings. */
export async function checkTimeZones({ rows }: DatabaseSession, now = new Date()): Promise<Finding> {
  const year = now.getUTCFullYear();
  const instants = [year - 1, year, year + 1].flatMap((each) => [`${each}-01-15T12:00:00Z`, `${each}-07-15T12:00:00Z`]);
  const offsets = await rows<{ zone: string; instant: string; minutes: number }>(
    `select n.name as zone, i.instant,
       (extract(epoch from (i.instant::timestamptz at time zone n.name) - (i.instant::timestamptz at time zone 'UTC')) / 60)::int
         as minutes
     from pg_timezone_names n cross join unnest($2::text[]) i(instant) where n.name = any($1::text[])`,
    [ZONES, instants],
  );
  const differing = ZONES.filter((zone) => {
    const ofZone = offsets.filter((row) => row.zone === zone);
    return ofZone.length === 0 || ofZone.some(({ instant, minutes }) => minutes !== offsetOf(zone, new Date(instant)));
  });
  return differing.length === 0
    ? ok('time zones', `PostgreSQL and Node agree for ${ZONES.length} zones`)
    : warning(
        'time zones',
        `PostgreSQL and Node differ for ${differing.join(', ')}`,
        'Update PostgreSQL or its tzdata, and Node. Otherwise charts and readings can be on different days.',
      );
}

/** Minutes east of UTC, from Node's time zone data. */
function offsetOf(zone: string, instant: Date): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const text = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')!.value;
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text)!;
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
