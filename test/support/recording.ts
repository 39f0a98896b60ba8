/** What a gateway of a test has logged and sent so far; shown when a test fails. */
export interface Recording {
  /** Lines of the log, JSON. */
  readonly log: string;
  /** Statements that it sent, oldest first; a process of its own does not show them. */
  readonly statements?: readonly { readonly text: string }[];
}

/** How far each recording had got, in characters. */
export type RecordingPosition = ReadonlyMap<Recording, number>;

/** Requests that were answered as they should be: what a log has most of. */
const SUCCEEDED = /"status":2\d\d\}.*"request completed"/;

/** More of a log hides the failure above it. */
const MAX_LINES = 80;

// jest's environment and the tests load this file each on its own: what they share has to be global.
const shared = globalThis as { gatewayRecordings?: Set<Recording> };
const recordings = (shared.gatewayRecordings ??= new Set());

/** Shows this gateway's log with each test that fails from now on. */
export function record(recording: Recording): void {
  recordings.add(recording);
}

export function forget(recording: Recording): void {
  recordings.delete(recording);
}

/** What was recorded since `from`, for people, and the position up to which it was. */
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
  const head = `The gateway's log of this test${left > 0 ? `, without its first ${left} lines` : ''}:`;
  return [head, ...shown.map((line) => `  ${withStatement(line, statements)}`)].join('\n');
}

/** The line, and below it the text of the statement that failed, where it names one. */
function withStatement(line: string, statements: NonNullable<Recording['statements']>): string {
  const name = /"statement":"(\w+)"/.exec(line)?.[1];
  const statement = name && statements.findLast(({ text }) => text.startsWith(`/* ${name} */`));
  return statement ? `${line}\n    the statement that failed: ${statement.text}` : line;
}
