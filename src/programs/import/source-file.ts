import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { MAX_LINE_BYTES, type Position } from './file-line';
import { ImportError, systemCode } from './import-error';

export const FILE_START: Position = { offset: 0, line: 1 };
const NEW_LINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';
const UTF16_MARKS = ['fffe', 'feff'];
const SAMPLE_BYTES = 4_096;

/** A file as it was when the import started. */
export interface SourceFile {
  readonly path: string;
  /** In bytes. What is appended later is not read. */
  readonly size: number;
  /** Milliseconds since 1970. Together with the size, it identifies the file when an import resumes. */
  readonly modifiedAt: number;
}

export interface PhysicalLine {
  /** Without line ending and byte-order mark. Only the beginning of a line that is too long. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
  readonly number: number;
  readonly end: Position;
}

/** @throws ImportError when the path is not a readable text file */
export async function openSourceFile(path: string): Promise<SourceFile> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new ImportError(`${path} is a folder. Give the path of a file.`);
    if (!found.isFile())
      throw new ImportError(
        `${path} is not a regular file. Write its contents to a file first, so that the import can resume.`,
      );
    await assertText(path);
    return { path, size: found.size, modifiedAt: found.mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new ImportError(`The file ${path} does not exist.`);
    if (systemCode(error) === 'EACCES') throw new ImportError(`This user is not allowed to read ${path}.`);
    throw error;
  }
}

/** @throws ImportError when the file has changed since it was opened */
export async function assertUnchanged({ path, size, modifiedAt }: SourceFile): Promise<void> {
  const now = await openSourceFile(path);
  if (now.size === size && now.modifiedAt === modifiedAt) return;
  throw new ImportError(`${path} changed during the import. Import it again from the beginning with --restart.`);
}

/** Spreadsheets, archives and UTF-16 contain zero bytes; UTF-8 text does not. */
async function assertText(path: string): Promise<void> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    const sample = buffer.subarray(0, bytesRead);
    if (sample.includes(0) || UTF16_MARKS.includes(sample.toString('hex', 0, 2)))
      throw new ImportError(`${path} is not UTF-8 text. Save it as UTF-8.`);
  } finally {
    await handle.close();
  }
}

/** Chunks of a file from a position to the size that it had when it was opened. */
export function bytesFrom({ path, size }: SourceFile, { offset }: Position): AsyncIterable<Buffer> {
  return offset < size ? createReadStream(path, { start: offset, end: size - 1 }) : noBytes();
}

async function* noBytes(): AsyncGenerator<Buffer> {}

/** Lines of a file from a position, including empty lines. Line endings are LF or CRLF; the last line needs none. */
export async function* physicalLines(file: SourceFile, from: Position): AsyncGenerator<PhysicalLine> {
  let { offset, line } = from;
  let current = new LineBuffer(offset === 0);
  for await (const piece of bytesFrom(file, from)) {
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, start)) {
      current.append(piece.subarray(start, end));
      offset += current.length + 1;
      yield current.toLine(line, { offset, line: line + 1 });
      current = new LineBuffer(false);
      line += 1;
      start = end + 1;
    }
    current.append(piece.subarray(start));
  }
  if (current.length > 0) yield current.toLine(line, { offset: offset + current.length, line: line + 1 });
}

/** Collects the parts of a line. Beyond the maximum length, bytes are counted but not kept. */
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
