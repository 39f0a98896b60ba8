/** Log and statements of a gateway in a test, shown when a test fails. */
export interface Recording {
  /** Lines of the log, JSON. */
  readonly log: string;
  /** Statements, oldest first. Unknown for a gateway in a separate process. */
  readonly statements?: readonly { readonly text: string }[];
}

/** Length of each log at one time, in characters. */
export type RecordingPosition = ReadonlyMap<Recording, number>;

/** Successful requests, which make up most of a log. */
const SUCCEEDED = /"status":2\d\d\}.*"request completed"|"outcome":"OK".*"operation completed"|"msg":"subscription /;

/** A longer log would hide the failure above it. */
const MAX_LINES = 80;

// jest's environment and the tests load this file separately, so shared state is global.
const shared = globalThis as { gatewayRecordings?: Set<Recording> };
const recordings = (shared.gatewayRecordings ??= new Set());

/** Shows this gateway's log with each test that fails from now on. */
export function record(recording: Recording): void {
  recordings.add(recording);
}

export function forget(recording: Recording): void {
  recordings.delete(recording);
}

/** The recorded text since `from`, and the current position. */
export function readRecordings(from: RecordingPosition = new Map()): { text: string; position: RecordingPosition } {
  const position = new Map([...recordings].map((recording) => [recording, recording.log.length]));
  const logs = [...recordings].map((recording) => readable(recording, from.get(recording) ?? 0)).filter(Boolean);
  return { text: logs.join('\n\n'), position };
}

function readable({ log, statements = [] }: Recording, from: number): string {
  const lines = log
    .slice(from)
    .split('\n')
    .filter((line) => line && !SUCCEEDED.test(line));
  if (lines.length === 0) return '';
  const shown = lines.slice(-MAX_LINES);
  const left = lines.length - shown.length;
  const head = `The gateway's log during this test${left > 0 ? `, without its first ${left} lines` : ''}:`;
  return [head, ...shown.map((line) => `  ${withStatement(line, statements)}`)].join('\n');
}

/** The line, followed by the text of the failed statement if the line names one. */
function withStatement(line: string, statements: NonNullable<Recording['statements']>): string {
  const name = /"statement":"(\w+)"/.exec(line)?.[1];
  const statement = name && statements.findLast(({ text }) => text.startsWith(`/* ${name} */`));
  return statement ? `${line}\n    The failed statement: ${statement.text}` : line;
}
