import { openEntryFile, type FileOptions } from './entry-file';
import type { LineProblem } from './file-line';
import { shownLines, shownNumber } from './shown';

const MAX_LISTED = 10;

/**
 * Reads a whole file as an import does, and reports what can be known without the gateway. Sends and writes nothing.
 *
 * @returns the report, and whether lines would be refused
 */
export async function dryRun(name: string, options: FileOptions): Promise<{ report: string; hasRefused: boolean }> {
  const { file } = await openEntryFile(options);
  let lines = 0;
  let first: { number: number; json: string } | undefined;
  const refused: string[] = [];
  let refusedCount = 0;
  const codes = new Map<string, number>();
  let entries = 0;
  let empty = 0;
  for await (const { number, content } of file.lines(file.start)) {
    lines += 1;
    if ('entries' in content) {
      entries += content.entries.length;
      if (content.entries.length === 0) empty += 1;
      else first ??= { number, json: content.entries.map(({ json }) => json).join(' and ') };
      continue;
    }
    refusedCount += 1;
    for (const code of new Set(content.problems.map((problem) => problem.code)))
      codes.set(code, (codes.get(code) ?? 0) + 1);
    if (refused.length < MAX_LISTED) refused.push(`  line ${number}: ${reasonsOf(content.problems)}`);
  }
  const more = refusedCount - refused.length;
  const report = [
    `Dry run of ${name}: ${shownLines(lines)}. Nothing was sent.`,
    `  to send    ${shownNumber(entries)}`,
    `  refused    ${shownNumber(refusedCount)}${refusedCount > 0 ? ` (${countsOf(codes)})` : ''}`,
    ...(empty > 0 ? [`  empty      ${shownNumber(empty)}`] : []),
    ...(file.ignoredColumns.length > 0 ? [`Ignored columns: ${file.ignoredColumns.join(', ')}`] : []),
    ...(first ? [`Line ${first.number} would be sent as ${first.json}`] : []),
    ...(refused.length > 0 ? ['These lines would be refused:', ...refused] : []),
    ...(more > 0 ? [`  and ${shownNumber(more)} more`] : []),
    'Only the gateway knows whether devices, patients, sites and items exist, and which values it accepts.',
    '',
  ].join('\n');
  return { report, hasRefused: refusedCount > 0 };
}

function reasonsOf(problems: readonly LineProblem[]): string {
  return problems.map(({ message }) => message).join(' ');
}

function countsOf(codes: ReadonlyMap<string, number>): string {
  return [...codes].map(([code, count]) => `${code} ${shownNumber(count)}`).join(', ');
}
