import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { MAX_LINE_BYTES, type Position } from './file-line';
import { ImportError, systemCode } from './import-error';

export const FILE_START: Position = { offset: 0, line: 1 };
const NEW_LINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';
const UTF16_MARKS = ['fffe', 'feff'];
const SAMPLE_BYTES = 4_096;

/** A file on disk as it was when the import began. */
export interface SourceFile {
  readonly path: string;
  /** Bytes; what is appended later is not read. */
  readonly size: number;
  /** Milliseconds since 1970. With the size it tells whether a later import means the same file. */
  readonly modifiedAt: number;
}

/** A line as the file has it, whatever it means. */
export interface PhysicalLine {
  /** Without line end and byte-order mark; the beginning of a line that is too long. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
  readonly number: number;
  readonly end: Position;
}

/** @throws ImportError when there is no file of text to read */
export async function openSourceFile(path: string): Promise<SourceFile> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new ImportError(`${path} is a folder: name a file.`);
    if (!found.isFile())
      throw new ImportError(`${path} is no ordinary file: it could not be read from a place within.`);
    await assertText(path);
    return { path, size: found.size, modifiedAt: found.mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new ImportError(`There is no file ${path}.`);
    if (systemCode(error) === 'EACCES') throw new ImportError(`${path} may not be read by this user.`);
    throw error;
  }
}

/** @throws ImportError when the file is not what it was when it was opened */
export async function assertUnchanged({ path, size, modifiedAt }: SourceFile): Promise<void> {
  const now = await openSourceFile(path);
  if (now.size === size && now.modifiedAt === modifiedAt) return;
  throw new ImportError(`${path} was changed while it was read: import it again from its beginning, with --restart.`);
}

/** Spreadsheets, archives and UTF-16 hold zero bytes, and no text in UTF-8 that means a reading does. */
async function assertText(path: string): Promise<void> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    const sample = buffer.subarray(0, bytesRead);
    if (sample.includes(0) || UTF16_MARKS.includes(sample.toString('hex', 0, 2)))
      throw new ImportError(`${path} is no text in UTF-8: save it as such.`);
  } finally {
    await handle.close();
  }
}

/** Pieces of a file from a position to the end that it had when it was opened. */
export function bytesFrom({ path, size }: SourceFile, { offset }: Position): AsyncIterable<Buffer> {
  return offset < size ? createReadStream(path, { start: offset, end: size - 1 }) : noBytes();
}

async function* noBytes(): AsyncGenerator<Buffer> {}

/** The lines of a file from a position on, empty ones too. Ends are LF or CRLF; the last line needs none. */
export async function* physicalLines(file: SourceFile, from: Position): AsyncGenerator<PhysicalLine> {
  let { offset, line } = from;
  let begun = new LineBuffer(offset === 0);
  for await (const piece of bytesFrom(file, from)) {
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, start)) {
      begun.append(piece.subarray(start, end));
      offset += begun.length + 1;
      yield begun.toLine(line, { offset, line: line + 1 });
      begun = new LineBuffer(false);
      line += 1;
      start = end + 1;
    }
    begun.append(piece.subarray(start));
  }
  if (begun.length > 0) yield begun.toLine(line, { offset: offset + begun.length, line: line + 1 });
}

/** A line on its way in. Of one that is too long the rest is counted, not kept. */
class LineBuffer {
  length = 0;
  private parts: Buffer[] = [];

  constructor(private readonly isFirst: boolean) {}

  append(part: Buffer): void {
    if (this.length <= MAX_LINE_BYTES) this.parts.push(part.subarray(0, MAX_LINE_BYTES + 1 - this.length));
    this.length += part.length;
  }

  toLine(number: number, end: Position): PhysicalLine {
    let bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    if (bytes.at(-1) === 0x0d) bytes = bytes.subarray(0, -1);
    if (this.isFirst && bytes.toString('utf8', 0, 3) === BYTE_ORDER_MARK) bytes = bytes.subarray(3);
    return { bytes, isTooLong: this.length > MAX_LINE_BYTES, number, end };
  }
}
