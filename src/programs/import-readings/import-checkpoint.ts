import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson, type Position } from './file-line';
import { ImportError, unlessMissing } from './import-error';
import type { SourceFile } from './source-file';

const count = z.int().nonnegative();

const CHECKPOINT = z.object({
  version: z.literal(1),
  file: z.object({ size: count, modifiedAt: z.number() }),
  /** The gateway that has what is done. */
  url: z.string(),
  done: z.object({ offset: count, line: count }),
  counts: z.object({ lines: count, recorded: count, duplicates: count, conflicts: count, refused: count }),
  /** Size of the file of refused lines: what follows was not acknowledged, and is written again. */
  refusedBytes: count,
  /** Spent so far. */
  seconds: z.number().nonnegative(),
});

/** Readings by what became of them; `lines` is their sum. */
export type ImportCounts = z.output<typeof CHECKPOINT>['counts'];

/** How far an import has come: every line before `done` has its result, and is in the file of refused lines if it was refused. */
export interface ImportProgress {
  readonly done: Position;
  readonly counts: ImportCounts;
  readonly refusedBytes: number;
  readonly seconds: number;
}

/** `<file>.progress.json`: lets an import that was ended by whatever go on where it was. */
export class ImportCheckpoint {
  readonly path: string;

  /** @param url of the gateway */
  constructor(
    private readonly file: SourceFile,
    private readonly url: string,
  ) {
    this.path = `${file.path}.progress.json`;
  }

  /**
   * @returns undefined when no import of the file was begun and not finished
   * @throws ImportError when one is that this one cannot go on with
   */
  async read(): Promise<ImportProgress | undefined> {
    const text = await unlessMissing(readFile(this.path, 'utf8'));
    if (text === undefined) return undefined;
    const found = CHECKPOINT.safeParse(parseJson(text));
    if (!found.success) throw this.cannotResume('cannot be read');
    const { file, url, ...progress } = found.data;
    if (file.size !== this.file.size || file.modifiedAt !== this.file.modifiedAt)
      throw this.cannotResume(`is about another state of ${this.file.path}, which was changed since`);
    if (url !== this.url) throw this.cannotResume(`is about an import to ${url}`);
    return progress;
  }

  /** Replaces the file as a whole: whoever ends the process leaves the one before or this one. */
  async write(progress: ImportProgress): Promise<void> {
    const { size, modifiedAt } = this.file;
    const text = JSON.stringify({ version: 1, file: { size, modifiedAt }, url: this.url, ...progress });
    await writeFile(`${this.path}.tmp`, `${text}\n`, { flush: true });
    await rename(`${this.path}.tmp`, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private cannotResume(why: string): ImportError {
    return new ImportError(
      `${this.path} ${why}. With --restart the file is imported from its beginning; what is recorded already is answered as a duplicate.`,
    );
  }
}
