import { parse, type CsvError, type Parser } from 'csv-parse';
import { MAX_LINE_BYTES, type Position } from './file-line';
import { bytesFrom, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/** Trimmed cells of a row. A row spans several physical lines if a quoted cell contains line breaks. */
export interface CsvRow {
  readonly cells: readonly string[];
  readonly number: number;
  readonly end: Position;
}

/** A physical line that is not valid CSV, e.g. with an unclosed quotation mark. */
export interface CsvFault {
  readonly fault: string;
  /** The beginning of the line. */
  readonly text: string;
  readonly number: number;
  readonly end: Position;
}

/** How a file separates its cells. */
export interface CsvFormat {
  readonly delimiter: string;
}

const MAX_QUOTED_BYTES = 500;

const REASONS: Record<string, string> = {
  CSV_INVALID_CLOSING_QUOTE: 'there is text after a closing quotation mark',
  CSV_MAX_RECORD_SIZE: 'a quotation mark is not closed',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'there is text after a closing quotation mark',
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is not closed',
  INVALID_OPENING_QUOTE: 'there is a quotation mark within a cell; quote the cell and double the mark',
};
const SPREAD = 'a quotation mark is not closed, or the number of cells is wrong';

/**
 * Rows of a CSV file from a position, without empty lines.
 *
 * A wrong quotation mark affects only its own line: parsing restarts on the next line. The parser alone would take everything up to
 * the next quotation mark as one cell.
 *
 * @param width expected number of cells. A row with another number is a fault only if it spans several lines
 */
export async function* csvRows(
  file: SourceFile,
  from: Position,
  format: CsvFormat,
  width?: number,
): AsyncGenerator<CsvRow | CsvFault> {
  let position = from;
  for (;;) {
    const run = new CsvRun(position, format, width);
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
  throw new Error('The file has no line where the parser found one.');
}

/** One run of the parser, from a position to the end of the file or to a fault. */
class CsvRun {
  /** End of the last valid row. */
  position: Position;
  fault: string | undefined;
  private readonly parser: Parser;
  private readonly rows: CsvRow[] = [];
  private emptyLines = 0;

  constructor(
    private readonly from: Position,
    { delimiter }: CsvFormat,
    private readonly width: number | undefined,
  ) {
    this.position = from;
    this.parser = parse({
      delimiter,
      bom: from.offset === 0,
      // Both, since files may be concatenated. By default the parser uses the delimiter of the first line.
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_LINE_BYTES,
      // Rows are collected here: the stream of rows would lose those before a fault.
      on_record: (cells: string[], { bytes, empty_lines }) => {
        this.take(cells, bytes, empty_lines);
        return null;
      },
    });
    this.parser.on('error', () => undefined); // reported by the callbacks of write and end
  }

  async *rowsOf(file: SourceFile): AsyncGenerator<CsvRow> {
    for await (const piece of bytesFrom(file, this.from)) {
      yield* await this.parsed((done) => this.parser.write(piece, done));
      if (this.fault !== undefined) return;
    }
    yield* await this.parsed((done) => this.parser.end(done));
  }

  /** Rows completed by a step, up to a fault. */
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

/** A row that spans several lines and has the wrong number of cells, so its opening quotation mark is probably a mistake. */
class SpreadRow extends Error {}

/** Formats a row as CSV, with a line ending. */
export function toCsv(cells: readonly (string | number)[], { delimiter }: CsvFormat): string {
  return `${cells.map((cell) => toCell(String(cell), delimiter)).join(delimiter)}\n`;
}

function toCell(text: string, delimiter: string): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}
