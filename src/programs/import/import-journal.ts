import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../platform/base/clock';
import { parseJson, type FileLine, type LineProblem, type EntryFile } from './file-line';
import type { EntryResult } from './gateway-response';
import { ImportError, unlessMissing, WrongTarget } from './import-error';
import type { ColumnMapping } from './csv-columns';
import type { ImportKind } from './import-kind';
import { IMPORT_TARGET, type ImportTarget } from './import-target';
import type { SourceFile } from './source-file';

const count = z.int().nonnegative();

/** Every line before `done` has a result. If it was refused, it is in the file of refused lines. */
const PROGRESS = z.object({
  done: z.object({ offset: count, line: count }),
  /** Number of lines, and of entries by outcome. A line can have several entries. `empty` lines have none. */
  counts: z.object({
    lines: count,
    recorded: count,
    duplicates: count,
    conflicts: count,
    refused: count,
    empty: count.default(0),
  }),
  /** Number of readings that are there, now or before, by attribution. */
  attributions: z.record(z.string(), count).default({}),
  /** Acknowledged size of the file of refused lines. Bytes after it belong to a batch that is sent again. */
  refusedBytes: count,
  /** Time spent so far. */
  seconds: z.number().nonnegative(),
});
const CHECKPOINT = PROGRESS.extend({
  version: z.literal(1),
  file: z.object({ size: count, modifiedAt: z.number() }),
  /** Gateway to which the entries were sent. */
  url: z.string(),
  /** The defaults are for the checkpoint of an older version. */
  kind: z.string().default('readings'),
  /** Options that change what is sent. */
  options: z.string().default(''),
  /** Of the import, in the keys of its calls. */
  id: z.string().default(''),
  batchSize: count.default(0),
  /** Missing before the first call. */
  target: IMPORT_TARGET.optional(),
});

export interface JournalOptions {
  readonly kind: ImportKind;
  /** URL of the gateway. */
  readonly url: URL;
  /** Starts from the beginning even if there is an unfinished import. */
  readonly restart: boolean;
  readonly batchSize: number;
  readonly mapping: ColumnMapping;
  readonly clock: Clock;
}

export type ImportProgress = Readonly<z.output<typeof PROGRESS>>;

const COUNTS = { RECORDED: 'recorded', DUPLICATE: 'duplicates', CONFLICT: 'conflicts', REFUSED: 'refused' } as const;

const CONFLICT: LineProblem = {
  code: 'READING_CONFLICT',
  message: 'A reading of the same device, kind and time is already recorded with other values.',
  path: [],
};

/**
 * Files that an import keeps next to its source file. `<file>.progress.json` is the checkpoint, from which an import resumes however
 * it ended. `<file>.refused.csv` or `.ndjson` has the refused lines with reasons, in the order of the file, once there are any.
 *
 * The refused lines of a batch are written before the checkpoint with their end. On resume, the file of refused lines is truncated
 * to the end in the checkpoint. So no line is missing or there twice.
 */
export class ImportJournal {
  /** Progress that is acknowledged and saved. */
  progress: ImportProgress;
  /** Whether this import continues an unfinished one. */
  isResumed = false;
  /** Of this import, the same when it resumes. */
  id = randomUUID() as string;
  /** Entries per call. If calls have keys, those of the import that is resumed. */
  batchSize: number;
  private target: ImportTarget | undefined;
  private readonly path: string;
  private readonly startedAt: Date;
  private secondsBefore = 0;
  private refused: FileHandle | undefined;

  private constructor(
    private readonly source: SourceFile,
    private readonly file: EntryFile,
    private readonly options: JournalOptions,
  ) {
    this.path = `${source.path}.progress.json`;
    this.startedAt = options.clock.now();
    this.batchSize = options.batchSize;
    const counts = { lines: 0, recorded: 0, duplicates: 0, conflicts: 0, refused: 0, empty: 0 };
    this.progress = { done: file.start, counts, attributions: {}, refusedBytes: 0, seconds: 0 };
  }

  /**
   * Starts an import, or resumes an unfinished one.
   *
   * @throws ImportError when there is an unfinished import that cannot be resumed
   */
  static async open(source: SourceFile, file: EntryFile, options: JournalOptions): Promise<ImportJournal> {
    const journal = new ImportJournal(source, file, options);
    if (options.restart) await journal.remove();
    await journal.resumeOrBegin();
    return journal;
  }

  /**
   * Called before the first call: lines of the checkpoint are done only where they were sent to.
   *
   * @throws WrongTarget when the import that is resumed was one of another customer or into another database
   */
  async bind(target: ImportTarget): Promise<void> {
    const earlier = this.target;
    if (earlier && earlier.customer !== target.customer)
      throw new WrongTarget(this.whyNotResumed('belongs to an import with a key of another customer'));
    if (earlier && earlier.database !== target.database)
      throw new WrongTarget(this.whyNotResumed('belongs to an import into another database'));
    this.target = target;
    await this.write();
  }

  /** Saves the results of a batch. Writes the refused lines before the checkpoint that counts them. */
  async acknowledge(lines: readonly FileLine[], results: readonly (readonly EntryResult[])[]): Promise<void> {
    const refusedBytes = await this.writeRefused(lines.flatMap((line, index) => toRefused(line, results[index]!)));
    const counts = { ...this.progress.counts, lines: this.progress.counts.lines + lines.length };
    const attributions = { ...this.progress.attributions };
    for (const { outcome, attribution } of results.flat()) {
      counts[COUNTS[outcome]] += 1;
      const isThere = outcome === 'RECORDED' || outcome === 'DUPLICATE';
      if (isThere && attribution !== undefined) attributions[attribution] = (attributions[attribution] ?? 0) + 1;
    }
    counts.empty += results.filter((ofLine) => ofLine.length === 0).length;
    const seconds = this.secondsBefore + (this.options.clock.now().getTime() - this.startedAt.getTime()) / 1_000;
    this.progress = { done: lines.at(-1)!.end, counts, attributions, refusedBytes, seconds };
    await this.write();
  }

  async close(): Promise<void> {
    await this.refused?.close();
  }

  /** Deletes the checkpoint, when there is nothing left to resume. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async resumeOrBegin(): Promise<void> {
    const earlier = await this.read();
    if (earlier) {
      this.progress = earlier;
      this.isResumed = true;
      this.secondsBefore = earlier.seconds;
      return this.cutRefused();
    }
    // Kept: refused lines of an earlier import may have been corrected by hand.
    await unlessMissing(rename(this.file.refusedPath, `${this.file.refusedPath}.old`));
    await this.write();
  }

  private async read(): Promise<ImportProgress | undefined> {
    const text = await unlessMissing(readFile(this.path, 'utf8'));
    if (text === undefined) return undefined;
    const found = CHECKPOINT.safeParse(parseJson(text));
    if (!found.success) throw this.cannotResume('is not a valid checkpoint');
    const { version: _version, file, url, kind, options, id, batchSize, target, ...progress } = found.data;
    if (file.size !== this.source.size || file.modifiedAt !== this.source.modifiedAt)
      throw this.cannotResume(`belongs to an earlier version of ${this.source.path}, which has changed since`);
    if (url !== this.options.url.href) throw this.cannotResume(`belongs to an import to ${url}`);
    if (kind !== this.options.kind.name) throw this.cannotResume(`belongs to an import of ${kind}`);
    if (options !== optionsOf(this.options)) throw this.cannotResume('belongs to an import with other options');
    this.id = id;
    this.target = target;
    if (this.options.kind.hasKeys) this.batchSize = batchSize;
    return progress;
  }

  private cannotResume(reason: string): ImportError {
    return new ImportError(this.whyNotResumed(reason));
  }

  private whyNotResumed(reason: string): string {
    return `${this.path} ${reason}. Use --restart to import the file from the beginning. ${this.options.kind.again}`;
  }

  /** Replaces the checkpoint atomically: if the process is killed, the old or the new one remains. */
  private async write(): Promise<void> {
    const { size, modifiedAt } = this.source;
    const { id, batchSize, target } = this;
    const { url, kind } = this.options;
    const ours = { url: url.href, kind: kind.name, options: optionsOf(this.options), id, batchSize, target };
    const text = JSON.stringify({ version: 1, file: { size, modifiedAt }, ...ours, ...this.progress });
    await writeFile(`${this.path}.tmp`, `${text}\n`, { flush: true });
    await rename(`${this.path}.tmp`, this.path);
  }

  /** @returns the new size of the file of refused lines */
  private async writeRefused(lines: readonly string[]): Promise<number> {
    const { refusedBytes } = this.progress;
    if (lines.length === 0) return refusedBytes;
    const text = Buffer.from((refusedBytes === 0 ? this.file.refusedHead : '') + lines.join(''));
    // Not opened for appending, which would ignore the position.
    this.refused ??= await open(this.file.refusedPath, constants.O_WRONLY | constants.O_CREAT);
    await this.refused.write(text, 0, text.length, refusedBytes);
    await this.refused.datasync();
    return refusedBytes + text.length;
  }

  /** @throws ImportError when acknowledged lines are gone */
  private async cutRefused(): Promise<void> {
    const { refusedPath } = this.file;
    const { refusedBytes } = this.progress;
    if (refusedBytes === 0) return rm(refusedPath, { force: true });
    this.refused = await unlessMissing(open(refusedPath, constants.O_WRONLY));
    const size = (await this.refused?.stat())?.size ?? 0;
    if (size >= refusedBytes) return this.refused!.truncate(refusedBytes);
    await this.close();
    throw new ImportError(
      `${refusedPath} is missing, or shorter than when the import stopped. Restore it, or import from the beginning with --restart.`,
    );
  }
}

/** The line with the problems of all its entries, if there are any. */
function toRefused(line: FileLine, results: readonly EntryResult[]): string[] {
  const refused = results.filter(({ outcome }) => outcome === 'CONFLICT' || outcome === 'REFUSED');
  if (refused.length === 0) return [];
  return [
    line.toRefused(
      refused.flatMap(({ outcome, problems }) =>
        outcome === 'CONFLICT' && problems.length === 0 ? [CONFLICT] : problems,
      ),
    ),
  ];
}

const NO_OPTIONS = JSON.stringify({ columns: [], set: [] });

/** The options that change what is sent, as text. Empty without options. */
function optionsOf({ mapping: { columns, constants, cells } }: JournalOptions): string {
  const { units, zone, dateFormat, glucoseLimits } = cells;
  const text = JSON.stringify({
    columns: [...columns].sort(),
    set: [...constants].sort(),
    units,
    zone,
    dateFormat,
    glucoseLimits,
  });
  return text === NO_OPTIONS ? '' : text;
}
