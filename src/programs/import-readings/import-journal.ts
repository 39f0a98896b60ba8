import { constants } from 'node:fs';
import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../platform/base/clock';
import { parseJson, type FileLine, type LineProblem, type ReadingFile } from './file-line';
import type { ReadingResult } from './gateway-response';
import { ImportError, unlessMissing } from './import-error';
import type { SourceFile } from './source-file';

const count = z.int().nonnegative();

/** Every line before `done` has its result, and is in the file of refused lines if it was refused. */
const PROGRESS = z.object({
  done: z.object({ offset: count, line: count }),
  /** Readings by what became of them; `lines` is their sum. */
  counts: z.object({ lines: count, recorded: count, duplicates: count, conflicts: count, refused: count }),
  /** Size of the file of refused lines: what follows was not acknowledged, and is written again. */
  refusedBytes: count,
  /** Spent so far. */
  seconds: z.number().nonnegative(),
});
const CHECKPOINT = PROGRESS.extend({
  version: z.literal(1),
  file: z.object({ size: count, modifiedAt: z.number() }),
  /** The gateway that has what is done. */
  url: z.string(),
});

/** How far an import has come. */
export type ImportProgress = Readonly<z.output<typeof PROGRESS>>;

const COUNTS = { RECORDED: 'recorded', DUPLICATE: 'duplicates', CONFLICT: 'conflicts', REFUSED: 'refused' } as const;

const CONFLICT: LineProblem = {
  code: 'READING_CONFLICT',
  message: 'A reading of the same device, kind and time is recorded with other values.',
  path: [],
};

/**
 * What an import keeps beside its file. By `<file>.progress.json`, one that was ended by whatever goes on where it was;
 * `<file>.refused.csv` or `.ndjson` has the refused lines with their reasons, in the order of the file, once there are any.
 *
 * A batch's refused lines are written before the checkpoint that holds their end. What stands after the end in the checkpoint
 * belongs to a batch that is sent again: it is cut off, so that no line is there twice, and none is missing.
 */
export class ImportJournal {
  /** What is acknowledged and saved. */
  progress: ImportProgress;
  /** Whether an earlier import of the file was not finished. */
  isResumed = false;
  private readonly path: string;
  private readonly startedAt: Date;
  private secondsBefore = 0;
  private refused: FileHandle | undefined;

  private constructor(
    private readonly source: SourceFile,
    private readonly file: ReadingFile,
    private readonly url: string,
    private readonly clock: Clock,
  ) {
    this.path = `${source.path}.progress.json`;
    this.startedAt = clock.now();
    const counts = { lines: 0, recorded: 0, duplicates: 0, conflicts: 0, refused: 0 };
    this.progress = { done: file.start, counts, refusedBytes: 0, seconds: 0 };
  }

  /**
   * Begins, or goes on with what an earlier import has left.
   *
   * @param url of the gateway
   * @param restart from the beginning, whatever an earlier import has done
   * @throws ImportError when an import was begun that this one cannot go on with
   */
  static async open(
    source: SourceFile,
    file: ReadingFile,
    { url, restart, clock }: { url: URL; restart: boolean; clock: Clock },
  ): Promise<ImportJournal> {
    const journal = new ImportJournal(source, file, url.href, clock);
    if (restart) await journal.remove();
    await journal.resumeOrBegin();
    return journal;
  }

  /** The refused lines first: the checkpoint says that they are there. */
  async acknowledge(lines: readonly FileLine[], results: readonly ReadingResult[]): Promise<void> {
    const refusedBytes = await this.writeRefused(lines.flatMap((line, index) => toRefused(line, results[index]!)));
    const counts = { ...this.progress.counts, lines: this.progress.counts.lines + lines.length };
    for (const { outcome } of results) counts[COUNTS[outcome]] += 1;
    const seconds = this.secondsBefore + (this.clock.now().getTime() - this.startedAt.getTime()) / 1_000;
    this.progress = { done: lines.at(-1)!.end, counts, refusedBytes, seconds };
    await this.write();
  }

  async close(): Promise<void> {
    await this.refused?.close();
  }

  /** Takes the checkpoint away: there is nothing to go on with. */
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
    // What an earlier import left may have been corrected by hand since.
    await unlessMissing(rename(this.file.refusedPath, `${this.file.refusedPath}.old`));
    await this.write();
  }

  private async read(): Promise<ImportProgress | undefined> {
    const text = await unlessMissing(readFile(this.path, 'utf8'));
    if (text === undefined) return undefined;
    const found = CHECKPOINT.safeParse(parseJson(text));
    if (!found.success) throw this.cannotResume('cannot be read');
    const { version: _version, file, url, ...progress } = found.data;
    if (file.size !== this.source.size || file.modifiedAt !== this.source.modifiedAt)
      throw this.cannotResume(`is about another state of ${this.source.path}, which was changed since`);
    if (url !== this.url) throw this.cannotResume(`is about an import to ${url}`);
    return progress;
  }

  private cannotResume(why: string): ImportError {
    return new ImportError(
      `${this.path} ${why}. With --restart the file is imported from its beginning; what is recorded already is answered as a duplicate.`,
    );
  }

  /** Replaces the file as a whole: whoever ends the process leaves the one before or this one. */
  private async write(): Promise<void> {
    const { size, modifiedAt } = this.source;
    const text = JSON.stringify({ version: 1, file: { size, modifiedAt }, url: this.url, ...this.progress });
    await writeFile(`${this.path}.tmp`, `${text}\n`, { flush: true });
    await rename(`${this.path}.tmp`, this.path);
  }

  /** @returns the size of the file of refused lines */
  private async writeRefused(lines: readonly string[]): Promise<number> {
    const { refusedBytes } = this.progress;
    if (lines.length === 0) return refusedBytes;
    const text = Buffer.from((refusedBytes === 0 ? this.file.refusedHead : '') + lines.join(''));
    // Not in the mode for appending, which writes at the end whatever the position.
    this.refused ??= await open(this.file.refusedPath, constants.O_WRONLY | constants.O_CREAT);
    await this.refused.write(text, 0, text.length, refusedBytes);
    await this.refused.datasync();
    return refusedBytes + text.length;
  }

  /** @throws ImportError when the lines that are acknowledged are not there any more */
  private async cutRefused(): Promise<void> {
    const { refusedPath } = this.file;
    const { refusedBytes } = this.progress;
    if (refusedBytes === 0) return rm(refusedPath, { force: true });
    this.refused = await unlessMissing(open(refusedPath, constants.O_WRONLY));
    const size = (await this.refused?.stat())?.size ?? 0;
    if (size >= refusedBytes) return this.refused!.truncate(refusedBytes);
    await this.close();
    throw new ImportError(
      `${refusedPath} is missing or shorter than it was when the import was stopped: give it back, or import from the beginning with --restart.`,
    );
  }
}

function toRefused(line: FileLine, { outcome, problems }: ReadingResult): string[] {
  if (outcome === 'RECORDED' || outcome === 'DUPLICATE') return [];
  return [line.toRefused(outcome === 'CONFLICT' && problems.length === 0 ? [CONFLICT] : problems)];
}
