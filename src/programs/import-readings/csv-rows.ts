import { parse, type CsvError, type Parser } from 'csv-parse';
import { MAX_LINE_BYTES, type Position } from './file-line';
import { bytesFrom, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/** The cells of a line, trimmed; several physical lines when a quoted cell holds line ends. */
export interface CsvRow {
  readonly cells: readonly string[];
  readonly number: number;
  readonly end: Position;
}

/** A physical line that is no CSV, e.g. with a quotation mark that is never closed. */
export interface CsvFault {
  readonly fault: string;
  /** Its beginning. */
  readonly text: string;
  readonly number: number;
  readonly end: Position;
}

const MAX_QUOTED_BYTES = 500;

const REASONS: Record<string, string> = {
  CSV_INVALID_CLOSING_QUOTE: 'text stands behind a closing quotation mark',
  CSV_MAX_RECORD_SIZE: 'a quotation mark is not closed',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'text stands behind a closing quotation mark',
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is not closed',
  INVALID_OPENING_QUOTE: 'a quotation mark stands within a cell (double it, and quote the cell)',
};
const SPREAD = 'a quotation mark is not closed, or a cell is missing or too much';

/**
 * The rows of a CSV file from a position on; lines with nothing in them are left out.
 *
 * A quotation mark too few or too many costs the one line that it stands in: reading begins anew on the next one, where
 * the parser by itself would take everything up to the next quotation mark for one cell.
 *
 * @param width how many cells a row is to have; a row that has others is yielded as it is, unless it spreads over several lines
 */
export async function* csvRows(file: SourceFile, from: Position, width?: number): AsyncGenerator<CsvRow | CsvFault> {
  let position = from;
  for (;;) {
    const run = new CsvRun(position, width);
    yield* run.rowsOf(file);
    if (run.fault === undefined) return;
    const { bytes, isTooLong, number, end } = await firstLine(file, run.position);
    const fault = isTooLong ? `it is longer than ${MAX_LINE_BYTES} bytes` : run.fault;
    yield { fault, text: bytes.toString('utf8', 0, MAX_QUOTED_BYTES), number, end };
    position = end;
  }
}

async function firstLine(file: SourceFile, from: Position): Promise<PhysicalLine> {
  for await (const line of physicalLines(file, from)) if (line.bytes.toString().trim() !== '') return line;
  throw new Error('The file has no line where the parser met one.');
}

/** The parser from one position up to the end of the file or a fault. */
class CsvRun {
  /** Behind the last row that was read well. */
  position: Position;
  fault: string | undefined;
  private readonly parser: Parser;
  private readonly rows: CsvRow[] = [];
  private emptyLines = 0;

  constructor(
    private readonly from: Position,
    private readonly width: number | undefined,
  ) {
    this.position = from;
    this.parser = parse({
      bom: from.offset === 0,
      // Both, since files are put together from several; the parser alone would settle on that of the first line.
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_LINE_BYTES,
      // Taken here, not from the stream of rows: that loses the rows before a fault.
      on_record: (cells: string[], { bytes, empty_lines }) => {
        this.take(cells, bytes, empty_lines);
        return null;
      },
    });
    this.parser.on('error', () => undefined); // the callbacks of write and end report it
  }

  async *rowsOf(file: SourceFile): AsyncGenerator<CsvRow> {
    for await (const piece of bytesFrom(file, this.from)) {
      yield* await this.parsed((done) => this.parser.write(piece, done));
      if (this.fault !== undefined) return;
    }
    yield* await this.parsed((done) => this.parser.end(done));
  }

  /** The rows that a step has completed, up to a fault. */
  private async parsed(step: (done: (error?: Error | null) => void) => void): Promise<CsvRow[]> {
    const error = await new Promise<Error | null | undefined>(step);
    if (error != null)
      this.fault = error instanceof SpreadRow ? SPREAD : (REASONS[(error as CsvError).code] ?? error.message);
    return this.rows.splice(0);
  }

  private take(cells: string[], bytes: number, emptyLines: number): void {
    const lineEnds = cells.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
    if (lineEnds > 0 && this.width !== undefined && cells.length !== this.width) throw new SpreadRow();
    const number = this.position.line + emptyLines - this.emptyLines;
    this.emptyLines = emptyLines;
    this.position = { offset: this.from.offset + bytes, line: number + lineEnds + 1 };
    if (cells.some((cell) => cell !== '')) this.rows.push({ cells, number, end: this.position });
  }
}

/** A row over several lines without the right number of cells: the quotation mark that opened it is not to be trusted. */
class SpreadRow extends Error {}

/** A row as CSV, with its line end. */
export function toCsv(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => toCell(String(cell))).join(',')}\n`;
}

function toCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
