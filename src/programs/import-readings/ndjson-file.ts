import { isUtf8 } from 'node:buffer';
import {
  ANNOTATIONS,
  annotationsOf,
  MAX_LINE_BYTES,
  parseJson,
  unreadable,
  type FileLine,
  type Position,
  type ReadingFile,
} from './file-line';
import { ImportError } from './import-error';
import type { ReadingContract } from './reading-contract';
import { FILE_START, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/**
 * Opens an NDJSON file: one `ReadingInput` of the API per line.
 *
 * @throws ImportError when the file has no lines
 */
export async function openNdjsonFile(file: SourceFile, contract: ReadingContract): Promise<ReadingFile> {
  const lines = (from: Position) => linesOf(file, contract, from);
  for await (const _line of lines(FILE_START))
    return { start: FILE_START, refusedPath: `${file.path}.refused.ndjson`, refusedHead: '', lines };
  throw new ImportError(`${file.path} is empty.`);
}

async function* linesOf(file: SourceFile, contract: ReadingContract, from: Position): AsyncGenerator<FileLine> {
  for await (const line of physicalLines(file, from)) {
    const text = line.bytes.toString();
    if (text.trim() === '') continue;
    const { number, end } = line;
    const found = readingOf(line, text);
    const isReading = typeof found !== 'string';
    yield {
      number,
      end,
      content: isReading ? contract.check(found) : { problems: [unreadable(found)] },
      toRefused: (problems) =>
        `${JSON.stringify({ ...annotationsOf(number, problems), ...(isReading ? found : { text }) })}\n`,
    };
  }
}

/** @returns the reading, unchecked, or why the line cannot be parsed */
function readingOf({ bytes, isTooLong }: PhysicalLine, text: string): object | string {
  if (isTooLong) return `The line is longer than ${MAX_LINE_BYTES} bytes.`;
  if (!isUtf8(bytes)) return 'The line contains bytes that are not valid UTF-8.';
  const found = parseJson(text);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return 'The line is not a JSON object.';
  // An earlier import added the annotations to a refused line.
  return Object.fromEntries(Object.entries(found).filter(([name]) => !ANNOTATIONS.includes(name)));
}
