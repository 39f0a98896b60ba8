import { CsvColumns } from './csv-columns';
import { csvRows, toCsv, type CsvFault, type CsvRow } from './csv-rows';
import {
  ANNOTATIONS,
  codesOf,
  reasonOf,
  unreadable,
  type FileLine,
  type LineProblem,
  type Position,
  type ReadingFile,
} from './file-line';
import { ImportError } from './import-error';
import type { ReadingContract } from './reading-contract';
import { FILE_START, type SourceFile } from './source-file';

/** What decoding puts where bytes are no UTF-8. */
const REPLACEMENT = '\ufffd';
const MAX_QUOTED_BYTES = 500;

/**
 * Readings as CSV: a header, then a reading on each line.
 *
 * @throws ImportError when the header is not good
 */
export async function openCsvFile(file: SourceFile, contract: ReadingContract): Promise<ReadingFile> {
  for await (const row of csvRows(file, FILE_START)) {
    if ('fault' in row) throw new ImportError(`The header of ${file.path} cannot be read: ${row.fault}.`);
    const columns = columnsOf(file, row.cells, contract);
    return {
      start: row.end,
      refusedPath: `${file.path}.refused.csv`,
      refusedHead: toCsv([...columns.originalOf(row.cells), ...ANNOTATIONS]),
      lines: (from) => linesOf(file, columns, from),
    };
  }
  throw new ImportError(`${file.path} is empty: not even a header is there.`);
}

function columnsOf({ path }: SourceFile, header: readonly string[], contract: ReadingContract): CsvColumns {
  if (header.some((name) => name.includes(REPLACEMENT)))
    throw new ImportError(`${path} is no text in UTF-8: save it as such.`);
  try {
    return new CsvColumns(header, contract);
  } catch (error) {
    if (error instanceof ImportError) throw new ImportError(`${path}: ${error.message}`);
    throw error;
  }
}

async function* linesOf(file: SourceFile, columns: CsvColumns, from: Position): AsyncGenerator<FileLine> {
  for await (const row of csvRows(file, from, columns.header.length))
    yield 'fault' in row ? faultyLine(row, columns) : toLine(row, columns);
}

function toLine({ cells, number, end }: CsvRow, columns: CsvColumns): FileLine {
  const whole = cells.length === columns.header.length ? cells : undefined;
  return {
    number,
    end,
    content: contentOf(cells, columns),
    toRefused: (problems) => refusedRow(columns, whole, number, problems),
  };
}

function contentOf(cells: readonly string[], columns: CsvColumns): FileLine['content'] {
  const width = columns.header.length;
  if (cells.length !== width) {
    const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
    return { problems: [unreadable(`The line has ${count}, the header ${width}: ${toCsv(cells).trimEnd()}`)] };
  }
  if (cells.some((cell) => cell.includes(REPLACEMENT)))
    return { problems: [unreadable('The line holds bytes that are no UTF-8.')] };
  return columns.toContent(cells);
}

function faultyLine({ fault, line: { bytes, number, end } }: CsvFault, columns: CsvColumns): FileLine {
  const reason = `The line is no CSV, ${fault}: ${bytes.toString('utf8', 0, MAX_QUOTED_BYTES)}`;
  return {
    number,
    end,
    content: { problems: [unreadable(reason)] },
    toRefused: (problems) => refusedRow(columns, undefined, number, problems),
  };
}

/**
 * @param cells of a line that could be read. Else its cells stay empty and its text is in the reason: half a line must not
 *   pass for a whole one when somebody imports the file of refused lines as it is
 */
function refusedRow(
  columns: CsvColumns,
  cells: readonly string[] | undefined,
  line: number,
  problems: readonly LineProblem[],
): string {
  const original = columns.originalOf(cells ?? columns.header.map(() => ''));
  return toCsv([...original, line, codesOf(problems).join(' '), problems.map(reasonOf).join(' ')]);
}
