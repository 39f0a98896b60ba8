import { SingleBar } from 'cli-progress';
import type { Clock } from '../../platform/base/clock';
import type { ImportProgress } from './import-journal';

const LINE_EVERY_MS = 10_000;
const BAR = '{bar} {percentage}% | {lines} lines, {refused} refused | {rate}/s | ETA {eta_formatted}{note}';

export type ImportOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Shows the progress of an import: a bar on a terminal, otherwise a line every few seconds, for logs. */
export class ImportDisplay {
  private readonly bar: SingleBar | undefined;
  private size = 0;
  private from = { lines: 0, ms: 0 };
  private lastLineMs = 0;

  constructor(
    private readonly output: ImportOutput,
    private readonly clock: Clock,
  ) {
    if (output.isTTY === true) this.bar = new SingleBar({ stream: output, format: BAR, barsize: 24, etaBuffer: 50 });
  }

  start(progress: ImportProgress, size: number): void {
    this.size = size;
    this.from = { lines: progress.counts.lines, ms: this.nowMs() };
    this.lastLineMs = this.from.ms;
    this.bar?.start(size, progress.done.offset, this.figures(progress));
  }

  update(progress: ImportProgress): void {
    const { offset } = progress.done;
    this.bar?.update(offset, this.figures(progress));
    if (this.bar || this.nowMs() - this.lastLineMs < LINE_EVERY_MS) return;
    this.lastLineMs = this.nowMs();
    const { lines, refused, rate } = this.figures(progress);
    this.output.write(`${Math.floor((100 * offset) / this.size)}%: ${lines} lines, ${refused} refused, ${rate}/s\n`);
  }

  /** Shows that the import waits before it retries. */
  pause(reason: string, pauseMs: number): void {
    const time = `${(pauseMs / 1_000).toFixed(1)} s`;
    if (this.bar) this.bar.update({ note: ` | gateway unavailable, retrying in ${time}` });
    else this.output.write(`${reason} Retrying in ${time}.\n`);
  }

  stop(): void {
    this.bar?.stop();
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }

  /** The rate is in lines per second since the import started or resumed. */
  private figures({ counts: { lines, refused } }: ImportProgress) {
    const ms = this.nowMs() - this.from.ms;
    const rate = ms === 0 ? 0 : Math.round(((lines - this.from.lines) * 1_000) / ms);
    return { lines: lines.toLocaleString('en-US'), refused, rate: rate.toLocaleString('en-US'), note: '' };
  }
}
