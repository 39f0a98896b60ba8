import { isUtf8 } from 'node:buffer';
import {
  ANNOTATIONS,
  MAX_LINE_BYTES,
  reasonOf,
  unreadable,
  type FileLine,
  type LineProblem,
  type Position,
  type ReadingFile,
} from './file-line';
import { ImportError } from './import-error';
import { checkShape } from './reading-shape';
import { FILE_START, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/** Readings as NDJSON: one `ReadingInput` of the API on each line. */
export class NdjsonFile implements ReadingFile {
  readonly start = FILE_START;
  readonly refusedHead = '';

  private constructor(private readonly file: SourceFile) {}

  /** @throws ImportError when there is no line in it */
  static async open(file: SourceFile): Promise<NdjsonFile> {
    const opened = new NdjsonFile(file);
    for await (const _line of opened.lines(FILE_START)) return opened;
    throw new ImportError(`${file.path} is empty.`);
  }

  async *lines(from: Position): AsyncGenerator<FileLine> {
    for await (const line of physicalLines(this.file, from)) {
      const text = line.bytes.toString();
      if (text.trim() !== '') yield new NdjsonLine(line, text);
    }
  }
}

class NdjsonLine implements FileLine {
  readonly number: number;
  readonly end: Position;
  readonly content: FileLine['content'];
  /** What the line has besides its number and problems. */
  private readonly original: object;

  constructor(line: PhysicalLine, text: string) {
    this.number = line.number;
    this.end = line.end;
    const found = readingOf(line, text);
    this.original = typeof found === 'string' ? { text } : found;
    this.content = typeof found === 'string' ? { problems: [unreadable(found)] } : checkShape(found);
  }

  toRefused(problems: readonly LineProblem[]): string {
    const codes = [...new Set(problems.map(({ code }) => code))];
    return `${JSON.stringify({ line: this.number, codes, reasons: problems.map(reasonOf), ...this.original })}\n`;
  }
}

/** @returns the reading, its shape not checked, or why the line holds none */
function readingOf({ bytes, isTooLong }: PhysicalLine, text: string): object | string {
  if (isTooLong) return `The line is longer than ${MAX_LINE_BYTES} bytes.`;
  if (!isUtf8(bytes)) return 'The line holds bytes that are no UTF-8.';
  const found = parseObject(text);
  if (!found) return 'The line is not one object of JSON.';
  // What an earlier import wrote beside a reading that it refused is no part of it.
  return Object.fromEntries(Object.entries(found).filter(([name]) => !ANNOTATIONS.includes(name)));
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
