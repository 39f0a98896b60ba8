import { SingleBar } from 'cli-progress';
import type { Clock } from '../../platform/base/clock';
import type { ImportProgress } from './import-checkpoint';

const LINE_EVERY_MS = 10_000;
const BAR = '{bar} {percentage}% | {lines} lines, {refused} refused | {rate}/s | ETA {eta_formatted}{note}';

/** Where the import shows how far it is: the process's stdout. */
export type ImportOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** How far an import is, for somebody who looks on. */
export interface ImportDisplay {
  start(progress: ImportProgress, size: number): void;
  update(progress: ImportProgress): void;
  /** Says why nothing happens for a while. */
  pause(why: string, pauseMs: number): void;
  stop(): void;
}

/** A bar on a terminal, else lines now and then: a log is to be read. */
export function displayOn(output: ImportOutput, clock: Clock): ImportDisplay {
  return output.isTTY === true ? new BarDisplay(output, clock) : new LinesDisplay(output, clock);
}

/** What both displays say of the progress. */
abstract class FiguresDisplay {
  private from = { lines: 0, ms: 0 };

  constructor(
    protected readonly output: ImportOutput,
    private readonly clock: Clock,
  ) {}

  protected nowMs(): number {
    return this.clock.now().getTime();
  }

  protected begin({ counts }: ImportProgress): void {
    this.from = { lines: counts.lines, ms: this.nowMs() };
  }

  /** The rate is of lines a second since the import began or went on. */
  protected figures({ counts: { lines, refused } }: ImportProgress) {
    const ms = this.nowMs() - this.from.ms;
    const rate = ms === 0 ? 0 : Math.round(((lines - this.from.lines) * 1_000) / ms);
    return { lines: lines.toLocaleString('en-US'), refused, rate: rate.toLocaleString('en-US') };
  }
}

class BarDisplay extends FiguresDisplay implements ImportDisplay {
  private readonly bar = new SingleBar({ stream: this.output, format: BAR, barsize: 24, etaBuffer: 50 });

  start(progress: ImportProgress, size: number): void {
    this.begin(progress);
    this.bar.start(size, progress.done.offset, { ...this.figures(progress), note: '' });
  }

  update(progress: ImportProgress): void {
    this.bar.update(progress.done.offset, { ...this.figures(progress), note: '' });
  }

  pause(_why: string, pauseMs: number): void {
    this.bar.update({ note: ` | no answer, again in ${seconds(pauseMs)}` });
  }

  stop(): void {
    this.bar.stop();
  }
}

class LinesDisplay extends FiguresDisplay implements ImportDisplay {
  private size = 0;
  private lastMs = 0;

  start(progress: ImportProgress, size: number): void {
    this.begin(progress);
    this.size = size;
    this.lastMs = this.nowMs();
  }

  update(progress: ImportProgress): void {
    if (this.nowMs() - this.lastMs < LINE_EVERY_MS) return;
    this.lastMs = this.nowMs();
    const { lines, refused, rate } = this.figures(progress);
    const share = Math.floor((100 * progress.done.offset) / this.size);
    this.output.write(`${share} %: ${lines} lines, ${refused} refused, ${rate}/s\n`);
  }

  pause(why: string, pauseMs: number): void {
    this.output.write(`${why} Trying again in ${seconds(pauseMs)}.\n`);
  }

  stop(): void {
    // Nothing is left open.
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
