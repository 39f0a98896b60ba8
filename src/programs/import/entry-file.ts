import type { ColumnMapping } from './csv-columns';
import { openCsvFile } from './csv-file';
import { EntryContract } from './entry-contract';
import type { EntryFile } from './file-line';
import { ImportError } from './import-error';
import type { ImportKind } from './import-kind';
import { openNdjsonFile } from './ndjson-file';
import { openSourceFile, type SourceFile } from './source-file';

const FORMATS = { csv: openCsvFile, tsv: openCsvFile, ndjson: openNdjsonFile };

/** A file, and how to read it. */
export interface FileOptions {
  readonly path: string;
  readonly kind: ImportKind;
  readonly mapping: ColumnMapping;
  /** SDL of the API. By default schema.graphql of this package. */
  readonly schema?: string | undefined;
}

/**
 * Opens a file of entries. Reads no more than its beginning.
 *
 * @throws ImportError when the file cannot be imported
 */
export async function openEntryFile(options: FileOptions): Promise<{ source: SourceFile; file: EntryFile }> {
  const { path, kind, mapping, schema } = options;
  const source = await openSourceFile(path);
  const format = /\.(csv|tsv|ndjson)$/i.exec(path)?.[1]?.toLowerCase() as keyof typeof FORMATS | undefined;
  if (!format) throw new ImportError(`${path} must end in .csv, .tsv or .ndjson, which determines the format.`);
  const contract = new EntryContract(kind.entryType, kind.one, schema);
  return { source, file: await FORMATS[format](source, kind, contract, mapping) };
}
