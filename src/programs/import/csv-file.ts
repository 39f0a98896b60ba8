import { CsvColumns, type ColumnMapping } from './csv-columns';
import { csvRows, toCsv, type CsvFault, type CsvRow } from './csv-rows';
import { ANNOTATIONS, annotationsOf, unreadable, type FileLine, type Position, type EntryFile } from './file-line';
import { ImportError } from './import-error';
import type { ImportKind } from './import-kind';
import type { EntryContract } from './entry-contract';
import { FILE_START, type SourceFile } from './source-file';

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
  for await (const row of csvRows(file, FILE_START)) {
    if ('fault' in row) throw new ImportError(`The header of ${path} is not valid CSV: ${row.fault}.`);
    if (row.cells.some((name) => name.includes(REPLACEMENT)))
      throw new ImportError(`${path} is not UTF-8 text. Save it as UTF-8.`);
    const columns = new CsvColumns(row.cells, kind.columnsOf(contract), mapping);
    const fault = columns.findFault();
    if (fault !== undefined) throw new ImportError(`${path}: ${fault}`);
    return {
      start: row.end,
      refusedPath: `${path}.refused.csv`,
      refusedHead: toCsv([...columns.originalOf(row.cells), ...ANNOTATIONS]),
      ignoredColumns: columns.ignored,
      lines: (from) => linesOf(file, columns, from),
    };
  }
  throw new ImportError(`${path} is empty. Its first line must be a header.`);
}

async function* linesOf(file: SourceFile, columns: CsvColumns, from: Position): AsyncGenerator<FileLine> {
  const { length: width } = columns.header;
  const blanks = columns.header.map(() => '');
  for await (const row of csvRows(file, from, width)) {
    const { number, end } = row;
    const fault = findFault(row, width);
    // A line with missing cells is written as blanks, and its text in the reason. Otherwise importing the file of refused lines could
    // mistake a part of an entry for a whole one.
    const cells = 'cells' in row && row.cells.length === width ? row.cells : blanks;
    yield {
      number,
      end,
      content: fault === undefined ? columns.toContent(cells) : { problems: [unreadable(fault)] },
      toRefused: (problems) => {
        const { line, codes, reasons } = annotationsOf(number, problems);
        return toCsv([...columns.originalOf(cells), line, codes.join(' '), reasons.join(' ')]);
      },
    };
  }
}

/** Why a line cannot be split into the cells of the header. */
function findFault(row: CsvRow | CsvFault, width: number): string | undefined {
  if ('fault' in row) return `The line is not valid CSV (${row.fault}): ${row.text}`;
  const { cells } = row;
  const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
  if (cells.length !== width) return `The line has ${count} but the header has ${width}: ${toCsv(cells).trimEnd()}`;
  return cells.some((cell) => cell.includes(REPLACEMENT))
    ? 'The line contains bytes that are not valid UTF-8.'
    : undefined;
}
