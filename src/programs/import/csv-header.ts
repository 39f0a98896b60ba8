import { parse } from 'csv-parse/sync';
import type { CsvFormat } from './csv-rows';
import type { Position } from './file-line';
import { FILE_START, physicalLines, type SourceFile } from './source-file';

/** The first is taken if the header does not decide. */
const DELIMITERS = [',', ';', '\t'];

/** Some exports begin with lines about the patient or the report. */
const MAX_LINES_BEFORE = 30;

/** First line of a file for spreadsheets: `sep=;`. */
const SEPARATOR_LINE = /^"?sep=(.)"?$/i;

/**
 * Finds the header and the separator of a CSV file: of the first lines, the one that has all wanted columns. Without wanted columns, the
 * first line is the header.
 *
 * @param wanted columns of the file that the user named
 * @param known columns of the import
 */
export async function findHeader(
  file: SourceFile,
  wanted: readonly string[],
  known: readonly string[],
): Promise<{ start: Position; format: CsvFormat }> {
  let first: { start: Position; format: CsvFormat } | undefined;
  let start = FILE_START;
  let separator: string | undefined;
  for await (const { bytes, number, end } of physicalLines(file, FILE_START)) {
    const text = bytes.toString().trim();
    separator ??= number === 1 ? SEPARATOR_LINE.exec(text)?.[1] : undefined;
    if (text !== '' && !SEPARATOR_LINE.test(text)) {
      const candidates = DELIMITERS.map((delimiter) => ({ delimiter, cells: cellsOf(text, delimiter) }));
      const best = bestOf(candidates, wanted.length > 0 ? wanted : known);
      const format = { delimiter: separator ?? best.delimiter };
      first ??= { start, format };
      if (wanted.length === 0 || wanted.every((name) => best.cells.includes(name))) return { start, format };
    }
    if (number >= MAX_LINES_BEFORE) break;
    start = end;
  }
  return first ?? { start: FILE_START, format: { delimiter: ',' } };
}

/** The separator with which most cells are columns, and which makes most cells. */
function bestOf<Candidate extends { cells: readonly string[] }>(
  candidates: readonly Candidate[],
  columns: readonly string[],
): Candidate {
  const rank = ({ cells }: Candidate) => cells.filter((cell) => columns.includes(cell)).length * 1_000 + cells.length;
  return candidates.reduce((best, candidate) => (rank(candidate) > rank(best) ? candidate : best));
}

/** Empty if the line is not valid CSV with this separator. */
function cellsOf(text: string, delimiter: string): readonly string[] {
  try {
    const [cells = []] = parse(text, { delimiter, trim: true, relax_column_count: true });
    return cells;
  } catch {
    return [];
  }
}
