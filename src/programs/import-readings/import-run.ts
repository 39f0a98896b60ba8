import type { Clock } from '../../platform/base/clock';
import { openCsvFile } from './csv-file';
import type { FileLine, LineProblem, ReadingFile } from './file-line';
import type { ReadingResult } from './gateway-response';
import { GatewayClient } from './gateway-client';
import { ImportCheckpoint, type ImportCounts, type ImportProgress } from './import-checkpoint';
import type { ImportDisplay } from './import-display';
import { ImportError, Interruption } from './import-error';
import { inOrder } from './in-order';
import { openNdjsonFile } from './ndjson-file';
import { ReadingContract } from './reading-contract';
import { RefusedFile } from './refused-file';
import type { RetryOptions } from './retry';
import { assertUnchanged, openSourceFile, type SourceFile } from './source-file';

/** The gateway takes bodies of 1 MB: a batch of long lines is sent before it is full. */
const MAX_BATCH_BYTES = 524_288;

const CONFLICT: LineProblem = {
  code: 'READING_CONFLICT',
  message: 'A reading of the same device, kind and time is recorded with other values.',
  path: [],
};

export interface ImportOptions {
  readonly path: string;
  /** Lines in a call, at most 1,000. */
  readonly batchSize: number;
  /** Calls in flight at a time. */
  readonly concurrency: number;
  /** From the beginning, whatever an earlier import has done. */
  readonly restart: boolean;
  readonly url: URL;
  readonly apiKey: string;
  readonly retry?: RetryOptions | undefined;
  /** By default that of this package's own schema. */
  readonly contract?: ReadingContract | undefined;
}

export interface ImportEnvironment {
  readonly clock: Clock;
  readonly display: ImportDisplay;
  /** Aborted with an Interruption. */
  readonly interrupted: AbortSignal;
}

/** Lines that were read together, with what became of them. */
interface BatchResult {
  readonly lines: readonly FileLine[];
  readonly results: readonly ReadingResult[];
}

/** The import of one file, from where an earlier one left it. */
export class ImportRun {
  private readonly startedAt: Date;
  private readonly secondsBefore: number;
  /** Ends the pauses of the other calls when one has failed for good. */
  private readonly failed = new AbortController();
  private isRead = false;

  private constructor(
    private readonly options: ImportOptions,
    private readonly environment: ImportEnvironment,
    private readonly source: SourceFile,
    private readonly file: ReadingFile,
    private readonly checkpoint: ImportCheckpoint,
    private readonly refused: RefusedFile,
    /** What is acknowledged and saved. */
    public progress: ImportProgress,
    /** Whether an earlier import of the file was not finished. */
    readonly isResumed: boolean,
  ) {
    this.startedAt = environment.clock.now();
    this.secondsBefore = progress.seconds;
  }

  /**
   * Looks at the file, and at what an earlier import of it has left.
   *
   * @throws ImportError when it cannot be imported; nothing was sent
   */
  static async open(options: ImportOptions, environment: ImportEnvironment): Promise<ImportRun> {
    const source = await openSourceFile(options.path);
    const { file, refusedPath } = await openReadingFile(source, options.contract ?? new ReadingContract());
    const checkpoint = new ImportCheckpoint(source, options.url.href);
    if (options.restart) await checkpoint.remove();
    const earlier = await checkpoint.read();
    const progress = earlier ?? { done: file.start, counts: noCounts(), refusedBytes: 0, seconds: 0 };
    const refused = earlier
      ? await RefusedFile.resume(refusedPath, file.refusedHead, earlier.refusedBytes)
      : await RefusedFile.begin(refusedPath, file.refusedHead);
    const run = new ImportRun(options, environment, source, file, checkpoint, refused, progress, earlier !== undefined);
    if (!earlier) await checkpoint.write(progress);
    return run;
  }

  /** Undefined while no line was refused. */
  get refusedPath(): string | undefined {
    return this.refused.bytes > 0 ? this.refused.path : undefined;
  }

  /**
   * Sends what is not acknowledged yet.
   *
   * @returns the interruption that ended it early
   * @throws ImportError when it cannot go on; the checkpoint is there
   */
  async finish(): Promise<Interruption | undefined> {
    const { display } = this.environment;
    display.start(this.progress, this.source.size);
    try {
      await this.sendAll();
    } catch (error) {
      if (error instanceof Interruption) return error;
      throw error;
    } finally {
      display.stop();
      await this.refused.close();
    }
    await assertUnchanged(this.source);
    await this.checkpoint.remove();
    return undefined;
  }

  private async sendAll(): Promise<void> {
    const { options, environment } = this;
    const client = new GatewayClient({
      ...options,
      signal: AbortSignal.any([environment.interrupted, this.failed.signal]),
      onWait: (why, pauseMs) => environment.display.pause(why, pauseMs),
    });
    const batches = batchesOf(this.lines(), options.batchSize, environment.interrupted);
    for await (const batch of inOrder(batches, options.concurrency, (lines) => this.send(client, lines)))
      await this.acknowledge(batch);
    if (!this.isRead) environment.interrupted.throwIfAborted();
  }

  private async *lines(): AsyncGenerator<FileLine> {
    yield* this.file.lines(this.progress.done);
    this.isRead = true;
  }

  private async send(client: GatewayClient, lines: readonly FileLine[]): Promise<BatchResult> {
    try {
      const readings = lines.flatMap(({ content }) => ('json' in content ? [content.json] : []));
      const sent = (await client.record(readings)).values();
      const results = lines.map(({ content }): ReadingResult =>
        'json' in content ? sent.next().value! : { outcome: 'REFUSED', problems: content.problems },
      );
      return { lines, results };
    } catch (error) {
      this.failed.abort(error);
      throw error;
    }
  }

  /** The refused lines first: the checkpoint says that they are there. */
  private async acknowledge({ lines, results }: BatchResult): Promise<void> {
    await this.refused.append(lines.flatMap((line, index) => toRefused(line, results[index]!)));
    this.progress = {
      done: lines.at(-1)!.end,
      counts: addCounts(this.progress.counts, results),
      refusedBytes: this.refused.bytes,
      seconds: this.secondsBefore + (this.environment.clock.now().getTime() - this.startedAt.getTime()) / 1_000,
    };
    await this.checkpoint.write(this.progress);
    this.environment.display.update(this.progress);
  }
}

async function openReadingFile(source: SourceFile, contract: ReadingContract) {
  const { path } = source;
  if (/\.csv$/i.test(path)) return { file: await openCsvFile(source, contract), refusedPath: `${path}.refused.csv` };
  if (/\.ndjson$/i.test(path))
    return { file: await openNdjsonFile(source, contract), refusedPath: `${path}.refused.ndjson` };
  throw new ImportError(`${path} must end in .csv or .ndjson: that tells what is in it.`);
}

/** Ends early, before a batch that is not full, when the import is interrupted. */
async function* batchesOf(
  lines: AsyncIterable<FileLine>,
  maxLines: number,
  interrupted: AbortSignal,
): AsyncGenerator<readonly FileLine[]> {
  let batch: FileLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    if (interrupted.aborted) return;
    batch.push(line);
    if ('json' in line.content) bytes += Buffer.byteLength(line.content.json) + 1;
    if (batch.length < maxLines && bytes < MAX_BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function toRefused(line: FileLine, { outcome, problems }: ReadingResult): string[] {
  if (outcome === 'RECORDED' || outcome === 'DUPLICATE') return [];
  return [line.toRefused(outcome === 'CONFLICT' && problems.length === 0 ? [CONFLICT] : problems)];
}

function noCounts(): ImportCounts {
  return { lines: 0, recorded: 0, duplicates: 0, conflicts: 0, refused: 0 };
}

function addCounts(counts: ImportCounts, results: readonly ReadingResult[]): ImportCounts {
  const number = (outcome: ReadingResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    lines: counts.lines + results.length,
    recorded: counts.recorded + number('RECORDED'),
    duplicates: counts.duplicates + number('DUPLICATE'),
    conflicts: counts.conflicts + number('CONFLICT'),
    refused: counts.refused + number('REFUSED'),
  };
}
