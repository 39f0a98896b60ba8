import type { Clock } from '../../platform/base/clock';
import { openEntryFile, type FileOptions } from './entry-file';
import type { EntryFile, FileLine } from './file-line';
import type { EntryResult } from './gateway-response';
import { GatewayClient, type GatewayClientOptions } from './gateway-client';
import type { ImportDisplay } from './import-display';
import { ImportJournal } from './import-journal';
import { AllAlike, ImportError } from './import-error';
import { ALIKE_LINES, commonReason, reasonOfFirstLines, stoppedBy } from './alike-lines';
import { askForTarget } from './import-target';
import { inOrder } from './in-order';
import { Names } from './names';
import { assertUnchanged, type SourceFile } from './source-file';

/** Gateways accept bodies of 1 MB. A batch of long lines is sent at this size, before it is full. */
const MAX_BATCH_BYTES = 524_288;

export interface ImportOptions extends FileOptions, Pick<GatewayClientOptions, 'url' | 'apiKey' | 'retry'> {
  /** Lines per call, at most as many as the mutation takes. */
  readonly batchSize: number;
  /** Calls in flight at the same time. */
  readonly concurrency: number;
  /** Start from the beginning, even if there is an unfinished import. */
  readonly restart: boolean;
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
  private readonly names: Names;
  private isStarted = false;
  private isRead = false;
  /** Settles when the first batch has a result, if it is long enough to see that something is wrong with the whole file. */
  private firstSent: Promise<void> | undefined;

  private constructor(
    private readonly options: ImportOptions,
    private readonly source: SourceFile,
    readonly file: EntryFile,
    readonly journal: ImportJournal,
  ) {
    this.client = new GatewayClient(options.kind, {
      ...options,
      signal: AbortSignal.any([options.interrupted, this.failed.signal]),
      onWait: (reason, pauseMs) => options.display.pause(reason, pauseMs),
    });
    this.names = new Names(options.kind, this.client.ask);
  }

  /**
   * Opens the file and its journal. Sends nothing.
   *
   * @throws ImportError when the file cannot be imported
   */
  static async open(options: ImportOptions): Promise<ImportRun> {
    const { source, file } = await openEntryFile(options);
    const reason = await reasonOfFirstLines(file);
    if (reason !== undefined) throw new ImportError(stoppedBy(ALIKE_LINES, reason));
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
      await this.journal.bind(await askForTarget(this.client.ask));
      await this.sendAll();
    } catch (error) {
      // Nothing was imported, so the next run starts from the beginning, with other options if need be.
      if (error instanceof AllAlike) await this.journal.remove();
      throw error;
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
    let batch = new Batch(this.journal.batchSize);
    for await (const line of this.file.lines(this.journal.progress.done)) {
      if (this.options.interrupted.aborted) return;
      if (!batch.hasRoomFor(line)) {
        yield batch.lines;
        await this.firstSent;
        batch = new Batch(this.journal.batchSize);
      }
      batch.add(line);
    }
    this.isRead = true;
    if (batch.lines.length > 0) yield batch.lines;
  }

  private async send(
    lines: readonly FileLine[],
  ): Promise<readonly [readonly FileLine[], readonly (readonly EntryResult[])[]]> {
    const sending = this.sendLines(lines);
    const isFirst = !this.isStarted && !this.journal.isResumed;
    this.isStarted = true;
    if (isFirst && lines.length >= ALIKE_LINES)
      this.firstSent = sending.then(
        (results) => this.assertDifferent(results),
        () => undefined,
      );
    try {
      const results = await sending;
      await this.firstSent;
      return [lines, results];
    } catch (error) {
      this.failed.abort(error);
      throw error;
    }
  }

  /** Sends all entries of the lines in one call. */
  private async sendLines(lines: readonly FileLine[]): Promise<readonly (readonly EntryResult[])[]> {
    const resolved = await Promise.all(
      lines.map(async ({ content }) =>
        'entries' in content
          ? Promise.all(content.entries.map((entry) => this.names.resolve(entry)))
          : [content.problems],
      ),
    );
    const entries = resolved.flat().filter((entry) => typeof entry === 'string');
    const sent = (await this.sendEntries(entries, lines[0]!)).values();
    return resolved.map((ofLine) =>
      ofLine.map((entry): EntryResult =>
        typeof entry === 'string' ? sent.next().value! : { outcome: 'REFUSED', problems: entry },
      ),
    );
  }

  /** @throws ImportError when the first lines were all refused for the same reason */
  private assertDifferent(results: readonly (readonly EntryResult[])[]): void {
    const problems = results.map((ofLine) =>
      ofLine.some(({ outcome }) => outcome !== 'REFUSED') ? undefined : ofLine.flatMap((result) => result.problems),
    );
    const reason = commonReason(problems);
    if (reason !== undefined) throw new AllAlike(stoppedBy(results.length, reason));
  }

  private async sendEntries(entries: readonly string[], { number }: FileLine): Promise<readonly EntryResult[]> {
    const { kind } = this.options;
    const results = await this.client.send(entries, kind.hasKeys ? `import-${this.journal.id}-${number}` : undefined);
    if (!kind.recognize || results.every(({ outcome }) => outcome !== 'REFUSED')) return results;
    const parsed = entries.map((entry) => JSON.parse(entry) as object);
    const recognized = await kind.recognize(this.client.ask, parsed, results);
    return results.map((result, index) => recognized.get(index) ?? result);
  }
}

/** Lines for one call. */
class Batch {
  readonly lines: FileLine[] = [];
  private entries = 0;
  private bytes = 0;

  constructor(private readonly size: number) {}

  /** A line that has more entries than a call takes is a call of its own. */
  hasRoomFor({ content }: FileLine): boolean {
    if (this.lines.length === 0) return true;
    const added = 'entries' in content ? content.entries.length : 0;
    return this.lines.length < this.size && this.entries + added <= this.size && this.bytes < MAX_BATCH_BYTES;
  }

  add(line: FileLine): void {
    this.lines.push(line);
    if (!('entries' in line.content)) return;
    this.entries += line.content.entries.length;
    for (const { json } of line.content.entries) this.bytes += Buffer.byteLength(json) + 1;
  }
}
