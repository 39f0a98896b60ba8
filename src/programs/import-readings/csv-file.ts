import { CsvColumns } from './csv-columns';
import { csvRows, toCsv, type CsvFault, type CsvRow } from './csv-rows';
import { ANNOTATIONS, annotationsOf, unreadable, type FileLine, type Position, type ReadingFile } from './file-line';
import { ImportError } from './import-error';
import type { ReadingContract } from './reading-contract';
import { FILE_START, type SourceFile } from './source-file';

/** What decoding puts where bytes are no UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * Readings as CSV: a header, then a reading on each line.
 *
 * @throws ImportError when the header is not good
 */
export async function openCsvFile(file: SourceFile, contract: ReadingContract): Promise<ReadingFile> {
  const { path } = file;
  for await (const row of csvRows(file, FILE_START)) {
    if ('fault' in row) throw new ImportError(`The header of ${path} cannot be read: ${row.fault}.`);
    if (row.cells.some((name) => name.includes(REPLACEMENT)))
      throw new ImportError(`${path} is no text in UTF-8: save it as such.`);
    const columns = new CsvColumns(row.cells, contract);
    const fault = columns.findFault();
    if (fault !== undefined) throw new ImportError(`${path}: ${fault}`);
    return {
      start: row.end,
      refusedPath: `${path}.refused.csv`,
      refusedHead: toCsv([...columns.originalOf(row.cells), ...ANNOTATIONS]),
      lines: (from) => linesOf(file, columns, from),
    };
  }
  throw new ImportError(`${path} is empty: not even a header is there.`);
}

async function* linesOf(file: SourceFile, columns: CsvColumns, from: Position): AsyncGenerator<FileLine> {
  const { length: width } = columns.header;
  const blanks = columns.header.map(() => '');
  for await (const row of csvRows(file, from, width)) {
    const { number, end } = row;
    const fault = findFault(row, width);
    // Half a line must not pass for a whole one when the file of refused lines is imported as it is: its text is in the reason.
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

/** Why the cells of a line cannot be told. */
function findFault(row: CsvRow | CsvFault, width: number): string | undefined {
  if ('fault' in row) return `The line is no CSV, ${row.fault}: ${row.text}`;
  const { cells } = row;
  const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
  if (cells.length !== width) return `The line has ${count}, the header ${width}: ${toCsv(cells).trimEnd()}`;
  return cells.some((cell) => cell.includes(REPLACEMENT)) ? 'The line holds bytes that are no UTF-8.' : undefined;
}
