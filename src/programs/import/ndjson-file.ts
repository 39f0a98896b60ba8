import { isUtf8 } from 'node:buffer';
import {
  ANNOTATIONS,
  annotationsOf,
  MAX_LINE_BYTES,
  parseJson,
  unreadable,
  type EntryFile,
  oneEntry,
  type FileLine,
  type LineContent,
  type Position,
} from './file-line';
import { ImportError } from './import-error';
import type { ColumnMapping } from './csv-columns';
import type { EntryContract } from './entry-contract';
import type { ImportKind } from './import-kind';
import { FILE_START, physicalLines, type PhysicalLine, type SourceFile } from './source-file';

/**
 * Opens an NDJSON file: one entry of the API per line, such as a `ReadingInput`.
 *
 * @throws ImportError when the file has no lines, or the options are for columns
 */
export async function openNdjsonFile(
  file: SourceFile,
  kind: ImportKind,
  contract: EntryContract,
  { columns, constants, cells }: ColumnMapping,
): Promise<EntryFile> {
  if (columns.size + constants.size > 0 || cells.units)
    throw new ImportError(`${file.path} has no columns. --columns, --set and --units are for CSV files.`);
  const check = (entry: object): LineContent => {
    const normal = kind.normalize?.(entry, cells) ?? { entry };
    return 'problems' in normal ? normal : oneEntry(contract.check(normal.entry));
  };
  const lines = (from: Position) => linesOf(file, check, from);
  for await (const _line of lines(FILE_START))
    return {
      start: FILE_START,
      refusedPath: `${file.path}.refused.ndjson`,
      refusedHead: '',
      ignoredColumns: [],
      lines,
    };
  throw new ImportError(`${file.path} is empty.`);
}

async function* linesOf(
  file: SourceFile,
  check: (entry: object) => LineContent,
  from: Position,
): AsyncGenerator<FileLine> {
  for await (const line of physicalLines(file, from)) {
    const text = line.bytes.toString();
    if (text.trim() === '') continue;
    const { number, end } = line;
    const found = entryOf(line, text);
    const isEntry = typeof found !== 'string';
    yield {
      number,
      end,
      content: isEntry ? check(found) : { problems: [unreadable(found)] },
      toRefused: (problems) =>
        `${JSON.stringify({ ...annotationsOf(number, problems), ...(isEntry ? found : { text }) })}\n`,
    };
  }
}

/** @returns the entry, unchecked, or why the line cannot be parsed */
function entryOf({ bytes, isTooLong }: PhysicalLine, text: string): object | string {
  if (isTooLong) return `The line is longer than ${MAX_LINE_BYTES} bytes.`;
  if (!isUtf8(bytes)) return 'The line contains bytes that are not valid UTF-8.';
  const found = parseJson(text);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return 'The line is not a JSON object.';
  // An earlier import added the annotations to a refused line.
  return Object.fromEntries(Object.entries(found).filter(([name]) => !ANNOTATIONS.includes(name)));
}
