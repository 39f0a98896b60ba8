import type { Clock } from '../../platform/base/clock';
import { openCsvFile } from './csv-file';
import type { FileLine, ReadingFile } from './file-line';
import type { ReadingResult } from './gateway-response';
import { GatewayClient, type GatewayClientOptions } from './gateway-client';
import type { ImportDisplay } from './import-display';
import { ImportError } from './import-error';
import { ImportJournal } from './import-journal';
import { inOrder } from './in-order';
import { openNdjsonFile } from './ndjson-file';
import { ReadingContract } from './reading-contract';
import { assertUnchanged, openSourceFile, type SourceFile } from './source-file';

/** Gateways accept bodies of 1 MB. A batch of long lines is sent at this size, before it is full. */
const MAX_BATCH_BYTES = 524_288;

const FORMATS = { csv: openCsvFile, ndjson: openNdjsonFile };

export interface ImportOptions extends Pick<GatewayClientOptions, 'url' | 'apiKey' | 'retry'> {
  readonly path: string;
  /** Lines per call, at most 1,000. */
  readonly batchSize: number;
  /** Calls in flight at the same time. */
  readonly concurrency: number;
  /** Start from the beginning, even if there is an unfinished import. */
  readonly restart: boolean;
  /** By default from the schema of this package. */
  readonly contract?: ReadingContract | undefined;
  readonly clock: Clock;
  readonly display: ImportDisplay;
  /** Aborted with an Interruption as the reason. */
  readonly interrupted: AbortSignal;
}

/** The import of one file. Resumes where an earlier import of the file stopped. */
export class ImportRun {
  /** Aborted when a call fails finally, to end the pauses of the other calls. */
  private readonly failed = new AbortController();
  private readonly client: GatewayClient;
  private isRead = false;

  private constructor(
    private readonly options: ImportOptions,
    private readonly source: SourceFile,
    private readonly file: ReadingFile,
    readonly journal: ImportJournal,
  ) {
    this.client = new GatewayClient({
      ...options,
      signal: AbortSignal.any([options.interrupted, this.failed.signal]),
      onWait: (reason, pauseMs) => options.display.pause(reason, pauseMs),
    });
  }

  /**
   * Opens the file and its journal. Sends nothing.
   *
   * @throws ImportError when the file cannot be imported
   */
  static async open(options: ImportOptions): Promise<ImportRun> {
    const { path, contract = new ReadingContract() } = options;
    const source = await openSourceFile(path);
    const format = /\.(csv|ndjson)$/i.exec(path)?.[1]?.toLowerCase() as keyof typeof FORMATS | undefined;
    if (!format) throw new ImportError(`${path} must end in .csv or .ndjson, which determines the format.`);
    const file = await FORMATS[format](source, contract);
    return new ImportRun(options, source, file, await ImportJournal.open(source, file, options));
  }

  /** Undefined if no line was refused. */
  get refusedPath(): string | undefined {
    return this.journal.progress.refusedBytes > 0 ? this.file.refusedPath : undefined;
  }

  /**
   * Sends all lines that are not acknowledged yet.
   *
   * @throws Interruption when stopped, ImportError when it cannot continue. Both leave the checkpoint
   */
  async finish(): Promise<void> {
    const { display } = this.options;
    display.start(this.journal.progress, this.source.size);
    try {
      await this.sendAll();
    } finally {
      display.stop();
      await this.journal.close();
    }
    await assertUnchanged(this.source);
    await this.journal.remove();
  }

  private async sendAll(): Promise<void> {
    const { concurrency, interrupted, display } = this.options;
    for await (const [lines, results] of inOrder(this.batches(), concurrency, (lines) => this.send(lines))) {
      await this.journal.acknowledge(lines, results);
      display.update(this.journal.progress);
    }
    if (!this.isRead) interrupted.throwIfAborted();
  }

  /** Stops when the import is interrupted, without the batch that is not full yet. */
  private async *batches(): AsyncGenerator<readonly FileLine[]> {
    let batch: FileLine[] = [];
    let bytes = 0;
    for await (const line of this.file.lines(this.journal.progress.done)) {
      if (this.options.interrupted.aborted) return;
      batch.push(line);
      if ('json' in line.content) bytes += Buffer.byteLength(line.content.json) + 1;
      if (batch.length < this.options.batchSize && bytes < MAX_BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    this.isRead = true;
    if (batch.length > 0) yield batch;
  }

  private async send(lines: readonly FileLine[]): Promise<readonly [readonly FileLine[], readonly ReadingResult[]]> {
    try {
      const readings = lines.flatMap(({ content }) => ('json' in content ? [content.json] : []));
      const sent = (await this.client.record(readings)).values();
      const results = lines.map(({ content }): ReadingResult =>
        'json' in content ? sent.next().value! : { outcome: 'REFUSED', problems: content.problems },
      );
      return [lines, results];
    } catch (error) {
      this.failed.abort(error);
      throw error;
    }
  }
}
