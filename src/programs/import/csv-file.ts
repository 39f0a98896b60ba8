import { CsvColumns, type ColumnMapping } from './csv-columns';
import { findHeader } from './csv-header';
import { csvRows, toCsv, type CsvFault, type CsvFormat, type CsvRow } from './csv-rows';
import { ANNOTATIONS, annotationsOf, unreadable, type FileLine, type Position, type EntryFile } from './file-line';
import { ImportError } from './import-error';
import type { ImportKind } from './import-kind';
import type { EntryContract } from './entry-contract';
import type { SourceFile } from './source-file';

/** A file with units in its cells has one in the first lines. */
const SAMPLE_LINES = 50;

/** Decoding replaces invalid UTF-8 with this character. */
const REPLACEMENT = '\ufffd';

/**
 * Opens a CSV file: a header, then one entry per line.
 *
 * @throws ImportError when the header is invalid
 */
export async function openCsvFile(
  file: SourceFile,
  kind: ImportKind,
  contract: EntryContract,
  mapping: ColumnMapping,
): Promise<EntryFile> {
  const { path } = file;
  const set = kind.columnsOf(contract, mapping.cells);
  const { start, format } = await findHeader(file, [...mapping.columns.keys()], set.known);
  for await (const row of csvRows(file, start, format)) {
    if ('fault' in row) throw new ImportError(`The header of ${path} is not valid CSV: ${row.fault}.`);
    if (row.cells.some((name) => name.includes(REPLACEMENT)))
      throw new ImportError(`${path} is not UTF-8 text. Save it as UTF-8.`);
    const columns = new CsvColumns(row.cells, set, mapping, format.delimiter !== ',');
    const fault = columns.findFault(await sampleOf(file, row.end, format));
    if (fault !== undefined) throw new ImportError(`${path}: ${fault}`);
    return {
      start: row.end,
      refusedPath: `${path}.refused.csv`,
      refusedHead: toCsv([...columns.originalOf(row.cells), ...ANNOTATIONS], format),
      ignoredColumns: columns.ignored,
      lines: (from) => linesOf(file, columns, format, from),
    };
  }
  throw new ImportError(`${path} is empty. Its first line must be a header.`);
}

/** Cells of the first lines. */
async function sampleOf(file: SourceFile, from: Position, format: CsvFormat): Promise<(readonly string[])[]> {
  const sample: (readonly string[])[] = [];
  for await (const row of csvRows(file, from, format)) {
    if ('cells' in row) sample.push(row.cells);
    if (sample.length === SAMPLE_LINES || 'fault' in row) break;
  }
  return sample;
}

async function* linesOf(
  file: SourceFile,
  columns: CsvColumns,
  format: CsvFormat,
  from: Position,
): AsyncGenerator<FileLine> {
  const { length: width } = columns.header;
  const blanks = columns.header.map(() => '');
  for await (const row of csvRows(file, from, format, width)) {
    const { number, end } = row;
    const fault = findFault(row, width, format);
    // A line with missing cells is written as blanks, and its text in the reason. Otherwise importing the file of refused lines could
    // mistake a part of an entry for a whole one.
    const cells = 'cells' in row && hasWidth(row.cells, width) ? row.cells.slice(0, width) : blanks;
    yield {
      number,
      end,
      content: fault === undefined ? columns.toContent(cells) : { problems: [unreadable(fault)] },
      toRefused: (problems) => {
        const { line, codes, reasons } = annotationsOf(number, problems);
        return toCsv([...columns.originalOf(cells), line, codes.join(' '), reasons.join(' ')], format);
      },
    };
  }
}

/** Why a line cannot be split into the cells of the header. */
function findFault(row: CsvRow | CsvFault, width: number, format: CsvFormat): string | undefined {
  if ('fault' in row) return `The line is not valid CSV (${row.fault}): ${row.text}`;
  const { cells } = row;
  const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
  if (!hasWidth(cells, width))
    return `The line has ${count} but the header has ${width}: ${toCsv(cells, format).trimEnd()}`;
  return cells.some((cell) => cell.includes(REPLACEMENT))
    ? 'The line contains bytes that are not valid UTF-8.'
    : undefined;
}

/** Some exports end each line with a separator that the header does not have. */
function hasWidth(cells: readonly string[], width: number): boolean {
  return cells.length >= width && cells.slice(width).every((cell) => cell === '');
}
