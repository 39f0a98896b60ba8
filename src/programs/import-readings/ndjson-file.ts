import { isUtf8 } from 'node:buffer';
import {
  ANNOTATIONS,
  MAX_LINE_BYTES,
  reasonOf,
  unreadable,
  type FileLine,
  type Position,
  type ReadingFile,
} from './file-line';
import { ImportError } from './import-error';
import type { ReadingContract } from './reading-contract';
import { FILE_START, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/** Readings as NDJSON: one `ReadingInput` of the API on each line. */
export class NdjsonFile implements ReadingFile {
  readonly start = FILE_START;
  readonly refusedHead = '';

  private constructor(
    private readonly file: SourceFile,
    private readonly contract: ReadingContract,
  ) {}

  /** @throws ImportError when there is no line in it */
  static async open(file: SourceFile, contract: ReadingContract): Promise<NdjsonFile> {
    const opened = new NdjsonFile(file, contract);
    for await (const _line of opened.lines(FILE_START)) return opened;
    throw new ImportError(`${file.path} is empty.`);
  }

  async *lines(from: Position): AsyncGenerator<FileLine> {
    for await (const line of physicalLines(this.file, from)) {
      const text = line.bytes.toString();
      if (text.trim() !== '') yield toLine(line, text, this.contract);
    }
  }
}

function toLine(line: PhysicalLine, text: string, contract: ReadingContract): FileLine {
  const { number, end } = line;
  const found = readingOf(line, text);
  const isReading = typeof found !== 'string';
  return {
    number,
    end,
    content: isReading ? contract.check(found) : { problems: [unreadable(found)] },
    toRefused: (problems) => {
      const codes = [...new Set(problems.map(({ code }) => code))];
      return `${JSON.stringify({ line: number, codes, reasons: problems.map(reasonOf), ...(isReading ? found : { text }) })}\n`;
    },
  };
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
