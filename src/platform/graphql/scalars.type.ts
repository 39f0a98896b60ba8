import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars';
import { InvalidValue } from '../base/invalid-value';

const FIRST_YEAR = 1;
const LAST_YEAR = 9999;

interface TextScalarOptions<Value> {
  name: string;
  description: string;
  specifiedByURL: string;
  /** What the text must be; follows the name of the argument or member in messages. */
  rule: string;
  /** Throws for an invalid text. */
  parse: (text: string) => Value;
  serialize: (value: unknown) => string;
}

/**
 * A scalar whose text people type. An invalid text becomes an InvalidValue, which is refused with its path: as a userError by a
 * mutation, as BAD_USER_INPUT by any other field. A value that is not a string is a programming error and fails the operation.
 */
function textScalar<Value>(options: TextScalarOptions<Value>): GraphQLScalarType<Value, string> {
  const { rule, parse, ...config } = options;
  const read = (value: unknown): Value => {
    if (typeof value !== 'string') throw new GraphQLError(`${config.name} must be a string.`);
    try {
      return parse(value);
    } catch {
      return new InvalidValue(rule) as Value;
    }
  };
  return new GraphQLScalarType<Value, string>({
    ...config,
    parseValue: read,
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined),
    extensions: { isTextScalar: true, rule },
  });
}

export function isTextScalar(type: unknown): boolean {
  return type instanceof GraphQLScalarType && type.extensions.isTextScalar === true;
}

/** What the text of a text scalar must be. Undefined for other scalars. */
export function ruleOfTextScalar(type: GraphQLScalarType): string | undefined {
  return type.extensions.rule as string | undefined;
}

const CANONICAL_LENGTH = '2026-03-08T07:30:00.000Z'.length;

/** A time as most programs write it, which needs no further check if it is written the same again. */
function canonicalTime(text: string): Date | undefined {
  if (text.length !== CANONICAL_LENGTH) return undefined;
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text ? date : undefined;
}

/** PostgreSQL has no year 0, and RFC 3339 has no five-digit years. */
function parseDateTime(text: string): Date {
  const date = canonicalTime(text) ?? GraphQLDateTime.parseValue(text);
  const year = date.getUTCFullYear();
  if (year >= FIRST_YEAR && year <= LAST_YEAR) return date;
  throw new Error('The year cannot be stored.');
}

export const DateTime = textScalar<Date>({
  name: 'DateTime',
  description:
    'A point in time in RFC 3339 format with a UTC offset, e.g. `2026-03-08T07:30:00Z` or `2026-03-08T02:30:00-05:00`. Returned in UTC with milliseconds.',
  rule: `must be a date and time with a UTC offset, e.g. 2026-03-08T07:30:00Z, in the years ${FIRST_YEAR} to ${LAST_YEAR}`,
  parse: parseDateTime,
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  serialize: (value) => (value instanceof Date ? value : new Date(value as string)).toISOString(),
});

function parseDate(text: string): string {
  if (text.startsWith('0000')) throw new Error('PostgreSQL has no year 0.');
  return GraphQLLocalDate.parseValue(text);
}

export const CalendarDate = textScalar<string>({
  name: 'Date',
  description: 'A calendar date without a time, as `YYYY-MM-DD`.',
  rule: `must be a date in the format YYYY-MM-DD, in the years ${FIRST_YEAR} to ${LAST_YEAR}`,
  parse: parseDate,
  serialize: (value) => GraphQLLocalDate.serialize(value),
  specifiedByURL: 'https://scalars.graphql.org/andimarek/local-date.html',
});

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** The only three-letter names in the IANA database. */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));

/** Java's own names, which Intl also accepts. Its `AST` is Alaska, although most people mean Atlantic time. */
function isJavaName(name: string): boolean {
  const upper = name.toUpperCase();
  return (name.length === 3 && !SHORT_NAMES.has(upper)) || upper.startsWith('SYSTEMV/') || upper === 'US/PACIFIC-NEW';
}

/** Checked with a formatter: Intl.supportedValuesOf lacks valid names, e.g. America/Indiana/Indianapolis. */
function parseTimeZone(text: string): string {
  if (!ZONE_NAME.test(text) || isJavaName(text)) throw new Error('Not a time zone name.');
  new Intl.DateTimeFormat('en-US', { timeZone: text });
  return text;
}

export const TimeZone = textScalar<string>({
  name: 'TimeZone',
  description: 'Name of a time zone in the IANA time zone database, e.g. `America/New_York`.',
  rule: 'must be an IANA time zone name, e.g. America/New_York',
  parse: parseTimeZone,
  serialize: String,
  specifiedByURL: 'https://www.iana.org/time-zones',
});
