/** A position between two lines of a file. */
export interface Position {
  /** Number of bytes before it. */
  readonly offset: number;
  /** Number of the line that starts there, from 1. */
  readonly line: number;
}

/** Why an entry was not imported, whether found by the gateway or by this command. */
export interface LineProblem {
  /** Code of the gateway, e.g. `INVALID_READING`, or `INVALID_LINE` for a line that could not be parsed. */
  readonly code: string;
  readonly message: string;
  /** Path within the entry, e.g. `['bloodPressure', 'systolic']`. Empty for the whole entry. */
  readonly path: readonly string[];
}

/** A name in a column of names, such as `sku`. Its id is found before the entry is sent. */
export interface GivenName {
  readonly column: string;
  readonly name: string;
}

/** An entry as JSON for the gateway, with placeholders for the ids of names. */
export interface ReadyEntry {
  readonly json: string;
  readonly names?: readonly GivenName[];
}

/**
 * What a line of the file is: its entries, or why it cannot be sent. A line with measurements of several kinds has several readings. One
 * without a measurement, such as a line of a diary with a note only, has none.
 */
export type LineContent = { readonly entries: readonly ReadyEntry[] } | { readonly problems: readonly LineProblem[] };

/** One line of the file. In CSV, a quoted cell can span several physical lines. */
export interface FileLine {
  /** Number of its first physical line. */
  readonly number: number;
  readonly end: Position;
  readonly content: LineContent;
  /** The line for the file of refused lines, with its line ending. */
  toRefused(problems: readonly LineProblem[]): string;
}

/** An open file of entries, e.g. with a valid header. */
export interface EntryFile {
  /** Position of the first entry. */
  readonly start: Position;
  readonly refusedPath: string;
  /** Header of the file of refused lines, with its line ending. Empty if it needs none. */
  readonly refusedHead: string;
  /** Columns of the file that are not imported. */
  readonly ignoredColumns: readonly string[];
  /** Reads lazily, so that memory is bounded by one chunk of the file. */
  lines(from: Position): AsyncIterable<FileLine>;
}

/** Longer lines are refused. A normal line has 200 bytes; with an unclosed quotation mark, a line could be the rest of the file. */
export const MAX_LINE_BYTES = 16_384;

/** Columns added to a refused line. They are ignored when the file of refused lines is imported. */
export const ANNOTATIONS: readonly string[] = ['line', 'codes', 'reasons'];

/** Content of a line with one entry. */
export function oneEntry(checked: ReadyEntry | { readonly problems: readonly LineProblem[] }): LineContent {
  return 'problems' in checked ? checked : { entries: [checked] };
}

/** Problem of a line that cannot be parsed. */
export function unreadable(reason: string): LineProblem {
  return { code: 'INVALID_LINE', message: reason, path: [] };
}

/** Values of the ANNOTATIONS of a line. */
export function annotationsOf(line: number, problems: readonly LineProblem[]) {
  return { line, codes: [...new Set(problems.map(({ code }) => code))], reasons: problems.map(reasonOf) };
}

/** The message of a problem, preceded by the path if the message does not name the field. */
function reasonOf({ message, path }: LineProblem): string {
  const member = path.at(-1);
  return member === undefined || message.includes(member) ? message : `${path.join('.')}: ${message}`;
}

/** @returns undefined if the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
