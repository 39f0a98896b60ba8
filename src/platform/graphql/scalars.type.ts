import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';

const FIRST_YEAR = 1;
const LAST_YEAR = 9999;

/** PostgreSQL has no year 0, and years of five digits are no RFC 3339. */
function withinYears(date: Date): Date {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < FIRST_YEAR || year > LAST_YEAR) {
    throw new GraphQLError(`DateTime must lie in the years ${FIRST_YEAR} to ${LAST_YEAR}.`);
  }
  return date;
}

const dateTime = GraphQLDateTime.toConfig();

export const DateTime = new GraphQLScalarType<Date, string>({
  ...dateTime,
  name: 'DateTime',
  description:
    'An instant as RFC 3339 text with a zone, e.g. `2026-03-08T07:30:00Z` or `2026-03-08T02:30:00-05:00`. Answered in UTC with milliseconds.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  serialize: (value) => (value instanceof Date ? value : new Date(value as string)).toISOString(),
  parseValue: (value) => withinYears(dateTime.parseValue(value)),
  parseLiteral: (node, variables) => withinYears(dateTime.parseLiteral(node, variables)),
});

const localDate = GraphQLLocalDate.toConfig();

function afterYearZero(date: string): string {
  if (date.startsWith('0000')) throw new GraphQLError(`Date must lie in the years ${FIRST_YEAR} to ${LAST_YEAR}.`);
  return date;
}

export const CalendarDate = new GraphQLScalarType<string, string>({
  ...localDate,
  name: 'Date',
  description: 'A calendar date without a time, as `YYYY-MM-DD`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/local-date.html',
  parseValue: (value) => afterYearZero(localDate.parseValue(value)),
  parseLiteral: (node, variables) => afterYearZero(localDate.parseLiteral(node, variables)),
});

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** The only names of three letters that are in the IANA database. */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));

/** Java's own names, which a formatter knows too; `AST` would be Alaska for whoever means the Atlantic. */
function isForeign(name: string): boolean {
  const upper = name.toUpperCase();
  return (name.length === 3 && !SHORT_NAMES.has(upper)) || upper.startsWith('SYSTEMV/') || upper === 'US/PACIFIC-NEW';
}

/** Tried with a formatter, since the list of Intl.supportedValuesOf lacks names that are good, e.g. America/Indiana/Indianapolis. */
function parseTimeZone(value: unknown): string {
  if (typeof value === 'string' && ZONE_NAME.test(value) && !isForeign(value)) {
    try {
      new Intl.DateTimeFormat('en-US', { timeZone: value });
      return value;
    } catch {
      // falls through to the one message
    }
  }
  throw new GraphQLError('TimeZone must be a name of the IANA time zone database, e.g. America/New_York.');
}

export const TimeZone = new GraphQLScalarType<string, string>({
  name: 'TimeZone',
  description: 'The name of a zone in the IANA time zone database, e.g. `America/New_York`.',
  specifiedByURL: 'https://www.iana.org/time-zones',
  serialize: (value) => String(value),
  parseValue: parseTimeZone,
  parseLiteral: (node) => parseTimeZone('value' in node ? node.value : undefined),
});
