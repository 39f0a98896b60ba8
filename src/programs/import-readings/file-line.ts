/** A position between two lines of a file. */
export interface Position {
  /** Bytes before it. */
  readonly offset: number;
  /** The number of the line that begins there, from 1. */
  readonly line: number;
}

/** Why a reading was not recorded, the same whether the gateway found it or this command. */
export interface LineProblem {
  /** One of the gateway's codes, e.g. `INVALID_READING`; `INVALID_LINE` when a line could not be read at all. */
  readonly code: string;
  readonly message: string;
  /** The member of the reading, e.g. `['bloodPressure', 'systolic']`; empty for all of it. */
  readonly path: readonly string[];
}

/** One line of a file that may hold a reading; in CSV a quoted cell can spread it over several. */
export interface FileLine {
  /** Where it begins. */
  readonly number: number;
  readonly end: Position;
  /** The reading as JSON for the gateway, or why it cannot be sent. */
  readonly content: { readonly json: string } | { readonly problems: LineProblem[] };
  /** As it stands in the file of refused lines, with its line end. */
  toRefused(problems: readonly LineProblem[]): string;
}

/** A file whose beginning was found to be good. */
export interface ReadingFile {
  /** Where its readings begin. */
  readonly start: Position;
  readonly refusedPath: string;
  /** The first line of the file of refused lines, with its line end; empty when there is none. */
  readonly refusedHead: string;
  /** Reads on only as fast as it is asked to; memory is bounded by a piece of the file. */
  lines(from: Position): AsyncIterable<FileLine>;
}

/** A line longer than this, in bytes, is refused: an ordinary one has 200, and an unclosed quotation mark has no end. */
export const MAX_LINE_BYTES = 16_384;

/** What a refused line has besides its reading; read again, it is no part of that. */
export const ANNOTATIONS: readonly string[] = ['line', 'codes', 'reasons'];

/** A line that cannot be taken for a reading at all. */
export function unreadable(reason: string): LineProblem {
  return { code: 'INVALID_LINE', message: reason, path: [] };
}

/** The ANNOTATIONS of a line; each code once. */
export function annotationsOf(line: number, problems: readonly LineProblem[]) {
  return { line, codes: [...new Set(problems.map(({ code }) => code))], reasons: problems.map(reasonOf) };
}

/** A problem in words, with the member it is about where the message does not name it. */
function reasonOf({ message, path }: LineProblem): string {
  const member = path.at(-1);
  return member === undefined || message.includes(member) ? message : `${path.join('.')}: ${message}`;
}

/** @returns undefined for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
