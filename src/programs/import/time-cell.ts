import { DateTime } from 'luxon';

/** How the times of a file are written, as far as the file does not say. */
export interface TimeOptions {
  /** IANA name of the zone of times without a UTC offset. */
  readonly zone?: string | undefined;
  /** Luxon's tokens. Without hours, it is for the date only, and the time is written as usual. */
  readonly dateFormat?: string | undefined;
}

/** Sent as it is: the gateway accepts it, or says why not. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const OFFSET = /(Z|[+-]\d\d(:?\d\d)?)$/;
/** A time at the end: `17:30`, `5:30:00 PM`, `17:30:00.000 +0100`. */
const TIME_AT_END =
  /^(.*?)(?:\s*,\s*|[\sT]+)(\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d+)?))?\s*(?:([ap])\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;

const LOCAL = "yyyy-MM-dd'T'HH:mm:ss.SSS";
const ENGLISH = { locale: 'en-US', zone: 'utc' };

/**
 * Converts the writing of a time to RFC 3339. Never guesses: a time that may be two different times is refused.
 *
 * @returns why the text is not one time: a sentence without its subject
 */
export function toTime(cell: string, options: TimeOptions): { readonly time: string } | { readonly problem: string } {
  const text = cell
    .replaceAll('\u2212', '-')
    .replace(/[\s\u202f]+/g, ' ')
    .trim();
  if (RFC_3339.test(text)) return { time: text };
  const iso = toIso(text, options.dateFormat);
  if ('problem' in iso) return iso;
  if (OFFSET.test(iso.text.slice(iso.text.indexOf('T')))) {
    const parsed = DateTime.fromISO(iso.text, { setZone: true });
    return parsed.isValid ? { time: shownTime(parsed) } : { problem: `is not a time that exists: ${quoted(cell)}` };
  }
  return toTimeIn(options.zone, iso.text, cell);
}

/** Converts a date to `YYYY-MM-DD`. Returns what is not a date of the format unchanged, which the gateway refuses. */
export function toDate(cell: string, { dateFormat }: TimeOptions): string {
  if (dateFormat === undefined) return cell;
  return DateTime.fromFormat(cell, dateFormat, ENGLISH).toISODate() ?? cell;
}

/** @returns the time in ISO 8601, with or without an offset */
function toIso(text: string, format: string | undefined): { readonly text: string } | { readonly problem: string } {
  if (format !== undefined && hasHours(format)) {
    const parsed = DateTime.fromFormat(text, format, { ...ENGLISH, setZone: true });
    if (!parsed.isValid) return { problem: `must be written like the --date-format ${format}, not ${quoted(text)}` };
    return { text: hasZone(format) ? parsed.toISO() : parsed.toFormat(LOCAL) };
  }
  const [, date, hour, minute, second = '00', half, offset = ''] = TIME_AT_END.exec(text) ?? [];
  if (date === undefined || hour === undefined) return format === undefined ? wholeIso(text) : noTime(text);
  const day = format === undefined ? DateTime.fromISO(date, ENGLISH) : DateTime.fromFormat(date, format, ENGLISH);
  if (!day.isValid) return notADate(date, format);
  const hours = toHours(Number(hour), half?.toLowerCase());
  if (hours === undefined) return { problem: `has a time of day that does not exist: ${quoted(text)}` };
  const time = `${String(hours).padStart(2, '0')}:${minute}:${second.replace(',', '.')}`;
  return { text: `${day.toISODate()}T${time}${/^(utc|gmt|z)$/i.test(offset) ? 'Z' : offset}` };
}

/** Other writings of ISO 8601, such as `20260610T173000Z`. */
function wholeIso(text: string): { readonly text: string } | { readonly problem: string } {
  const iso = text.toUpperCase();
  if (!DateTime.fromISO(iso).isValid) return notADate(text, undefined);
  return iso.includes('T') ? { text: iso } : noTime(text);
}

function noTime(text: string): { readonly problem: string } {
  return { problem: `must have a date and a time of day, not ${quoted(text)}` };
}

function notADate(text: string, format: string | undefined): { readonly problem: string } {
  return format === undefined
    ? {
        problem: `is not written as in ISO 8601: ${quoted(text)}. Say with --date-format how it is written, like --date-format MM/dd/yyyy`,
      }
    : { problem: `must have a date like the --date-format ${format}, not ${quoted(text)}` };
}

/** @param half `a` or `p` in a time of twelve hours */
function toHours(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

/** A local time. One that a change of daylight saving time skips or repeats is refused. */
function toTimeIn(
  zone: string | undefined,
  local: string,
  cell: string,
): { readonly time: string } | { readonly problem: string } {
  if (zone === undefined)
    return {
      problem: `has no UTC offset: ${quoted(cell)}. Say with --zone in which zone the times are, like --zone America/Chicago`,
    };
  const wanted = DateTime.fromISO(local, { zone: 'utc' });
  if (!wanted.isValid) return { problem: `is not a time that exists: ${quoted(cell)}` };
  const found = DateTime.fromISO(local, { zone });
  if (found.toFormat(LOCAL) !== wanted.toFormat(LOCAL))
    return {
      problem: `does not exist in ${zone}: ${quoted(cell)}. The clocks were set forward over it. Write it with its UTC offset`,
    };
  const possible = found.getPossibleOffsets();
  if (possible.length > 1)
    return {
      problem: `occurs twice in ${zone}: ${quoted(cell)}. The clocks were set back over it. Write ${possible.map(shownTime).join(' or ')}`,
    };
  return { time: shownTime(found) };
}

function shownTime(time: DateTime): string {
  return time.toISO({ suppressMilliseconds: true })!;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Tokens outside of quoted text. */
function tokensOf(format: string): string {
  return format.replace(/'[^']*'/g, '');
}

function hasHours(format: string): boolean {
  return /[Hh]/.test(tokensOf(format));
}

function hasZone(format: string): boolean {
  return /[Zz]/.test(tokensOf(format));
}

/** @returns what is wrong with a format, or the format with Luxon's tokens: `YYYY`, `DD` and `A` are accepted for `yyyy`, `dd` and `a` */
export function parseDateFormat(text: string): { readonly format: string } | { readonly fault: string } {
  const format = text
    .split(/('[^']*')/)
    .map((part) => (part.startsWith("'") ? part : part.replaceAll('Y', 'y').replaceAll('D', 'd').replaceAll('A', 'a')))
    .join('');
  const tokens = tokensOf(format);
  if (!/y/.test(tokens) || !/[ML]/.test(tokens) || !/d/.test(tokens))
    return { fault: 'It must have a year (yyyy), a month (MM) and a day (dd), like MM/dd/yyyy or dd.MM.yyyy HH:mm.' };
  if (/h/.test(tokens) && !/a/.test(tokens)) return { fault: 'Hours of 12 (h) need AM or PM (a), hours of 24 are H.' };
  return { format };
}
