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

/** Lines a second since the import began or went on. */
class Rate {
  private fromLines = 0;
  private fromMs = 0;

  constructor(private readonly clock: Clock) {}

  start({ counts }: ImportProgress): void {
    this.fromLines = counts.lines;
    this.fromMs = this.clock.now().getTime();
  }

  of({ counts }: ImportProgress): number {
    const ms = this.clock.now().getTime() - this.fromMs;
    return ms === 0 ? 0 : Math.round(((counts.lines - this.fromLines) * 1_000) / ms);
  }
}

class BarDisplay implements ImportDisplay {
  private readonly bar: SingleBar;
  private readonly rate: Rate;

  constructor(output: ImportOutput, clock: Clock) {
    this.bar = new SingleBar({ stream: output, format: BAR, barsize: 24, etaBuffer: 50 });
    this.rate = new Rate(clock);
  }

  start(progress: ImportProgress, size: number): void {
    this.rate.start(progress);
    this.bar.start(size, progress.done.offset, this.payload(progress));
  }

  update(progress: ImportProgress): void {
    this.bar.update(progress.done.offset, this.payload(progress));
  }

  pause(_why: string, pauseMs: number): void {
    this.bar.update({ note: ` | no answer, again in ${seconds(pauseMs)}` });
  }

  stop(): void {
    this.bar.stop();
  }

  private payload(progress: ImportProgress) {
    const { lines, refused } = progress.counts;
    return {
      lines: lines.toLocaleString('en-US'),
      refused,
      rate: this.rate.of(progress).toLocaleString('en-US'),
      note: '',
    };
  }
}

class LinesDisplay implements ImportDisplay {
  private readonly rate: Rate;
  private size = 0;
  private lastMs = 0;

  constructor(
    private readonly output: ImportOutput,
    private readonly clock: Clock,
  ) {
    this.rate = new Rate(clock);
  }

  start(progress: ImportProgress, size: number): void {
    this.size = size;
    this.lastMs = this.clock.now().getTime();
    this.rate.start(progress);
  }

  update(progress: ImportProgress): void {
    const nowMs = this.clock.now().getTime();
    if (nowMs - this.lastMs < LINE_EVERY_MS) return;
    this.lastMs = nowMs;
    const { lines, refused } = progress.counts;
    const share = Math.floor((100 * progress.done.offset) / this.size);
    this.output.write(
      `${share} %: ${lines.toLocaleString('en-US')} lines, ${refused} refused, ${this.rate.of(progress).toLocaleString('en-US')}/s\n`,
    );
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
