import type { EntryFile, LineProblem } from './file-line';

/** If so many lines at the beginning of a file are refused for the same reason, something is wrong with the whole file. */
export const ALIKE_LINES = 100;

/**
 * @param problems of each line; undefined or empty for a line without a problem
 * @returns the reason of the first line, if all lines have the same one, apart from their values
 */
export function commonReason(problems: readonly (readonly LineProblem[] | undefined)[]): string | undefined {
  const [first] = problems;
  if (first === undefined || first.length === 0) return undefined;
  const form = formOf(first);
  if (!problems.every((ofLine) => ofLine !== undefined && formOf(ofLine) === form)) return undefined;
  return first.map(({ message }) => message).join(' ');
}

/** @returns the reason if the first lines cannot be sent for the same reason */
export async function reasonOfFirstLines(file: EntryFile): Promise<string | undefined> {
  const problems: (readonly LineProblem[])[] = [];
  for await (const { content } of file.lines(file.start)) {
    if (!('problems' in content)) return undefined;
    problems.push(content.problems);
    if (problems.length === ALIKE_LINES) return commonReason(problems);
  }
  return undefined;
}

/** What the import says when it stops. */
export function stoppedBy(lines: number, reason: string): string {
  return `The first ${lines.toLocaleString('en-US')} lines were refused for the same reason. ${reason} Nothing was imported. Correct the file or the options, and try a --dry-run.`;
}

/** Problems without the values in their messages: quoted texts and numbers. */
function formOf(problems: readonly LineProblem[]): string {
  return problems
    .map(({ code, path, message }) => [code, path.join('.'), message.replace(/"(?:[^"\\]|\\.)*"|\d+/g, '')].join(' '))
    .join(' ');
}
