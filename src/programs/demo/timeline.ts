import type { Random } from './random';

export const DAY_MS = 24 * 60 * 60 * 1000;

interface Planned {
  atMs: number;
  action: () => void;
}

/**
 * The time of the demo data: runs what is planned in its order, so that whatever is numbered while it runs is numbered by time.
 *
 * No two actions share a millisecond.
 */
export class Timeline {
  /** Sorted, the next one last. */
  private readonly planned: Planned[] = [];

  constructor(
    private nowMs: number,
    private readonly random: Random,
  ) {}

  get now(): Date {
    return new Date(this.nowMs);
  }

  at(atMs: number, action: () => void): void {
    let low = 0;
    let high = this.planned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.planned[middle]!.atMs > atMs) low = middle + 1;
      else high = middle;
    }
    this.planned.splice(low, 0, { atMs, action });
  }

  /** After so many days at the least, on a working day between 13:00 and 22:00 UTC: 8 to 17 o'clock in Chicago. */
  after(days: number, action: () => void): void {
    this.at(this.workingTime(this.nowMs + days * DAY_MS), action);
  }

  workingTime(earliestMs: number): number {
    for (let dayMs = earliestMs - (earliestMs % DAY_MS); ; dayMs += DAY_MS) {
      const atMs = Math.floor(dayMs + this.random.between(13, 22) * 3_600_000);
      const weekday = new Date(dayMs).getUTCDay();
      if (atMs >= earliestMs && weekday !== 0 && weekday !== 6) return atMs;
    }
  }

  /** What is planned for later never happens. */
  run(untilMs: number): void {
    for (let next = this.planned.pop(); next && next.atMs <= untilMs; next = this.planned.pop()) {
      this.nowMs = Math.max(next.atMs, this.nowMs + 1);
      next.action();
    }
  }
}
