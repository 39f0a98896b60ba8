import { CsvColumns } from './csv-columns';
import { csvRows, toCsv, type CsvFault, type CsvRow } from './csv-rows';
import {
  ANNOTATIONS,
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

/** Readings as CSV: a header, then a reading on each line. */
export class CsvFile implements ReadingFile {
  private constructor(
    private readonly file: SourceFile,
    private readonly columns: CsvColumns,
    private readonly contract: ReadingContract,
    readonly start: Position,
  ) {}

  /** @throws ImportError when the header is not good */
  static async open(file: SourceFile, contract: ReadingContract): Promise<CsvFile> {
    for await (const row of csvRows(file, FILE_START)) {
      if ('fault' in row) throw new ImportError(`The header of ${file.path} cannot be read: ${row.fault}.`);
      return new CsvFile(file, columnsOf(file, row.cells, contract), contract, row.end);
    }
    throw new ImportError(`${file.path} is empty: not even a header is there.`);
  }

  get refusedHead(): string {
    return toCsv([...this.columns.original, ...ANNOTATIONS]);
  }

  async *lines(from: Position): AsyncGenerator<FileLine> {
    const { columns, contract } = this;
    for await (const row of csvRows(this.file, from, columns.width))
      yield 'fault' in row ? faultyLine(row, columns) : toLine(row, columns, contract);
  }
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

function toLine({ cells, number, end }: CsvRow, columns: CsvColumns, contract: ReadingContract): FileLine {
  const whole = cells.length === columns.width ? cells : undefined;
  return {
    number,
    end,
    content: contentOf(cells, columns, contract),
    toRefused: (problems) => refusedRow(columns, whole, number, problems),
  };
}

function contentOf(cells: readonly string[], columns: CsvColumns, contract: ReadingContract): FileLine['content'] {
  if (cells.length !== columns.width) {
    const count = cells.length === 1 ? '1 cell' : `${cells.length} cells`;
    return { problems: [unreadable(`The line has ${count}, the header ${columns.width}: ${toCsv(cells).trimEnd()}`)] };
  }
  if (cells.some((cell) => cell.includes(REPLACEMENT)))
    return { problems: [unreadable('The line holds bytes that are no UTF-8.')] };
  const found = columns.toReading(cells);
  return 'problems' in found ? found : contract.check(found.reading);
}

function faultyLine({ fault, line: { bytes, number, end } }: CsvFault, columns: CsvColumns): FileLine {
  return {
    number,
    end,
    content: { problems: [unreadable(`The line is no CSV, ${fault}: ${bytes.toString('utf8', 0, MAX_QUOTED_BYTES)}`)] },
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
  const original = cells ? columns.originalOf(cells) : columns.original.map(() => '');
  const codes = [...new Set(problems.map(({ code }) => code))];
  return toCsv([...original, line, codes.join(' '), problems.map(reasonOf).join(' ')]);
}
