/** Statements whose times are kept. */
const MAX_STATEMENTS = 1_000;
/** By this factor, an expected time grows with each execution that takes longer. */
const GROWTH = 1.05;
/** A time that is no matter of a busy processor. */
const LONG_MS = 25;

/**
 * How long statements take: about the shortest of the latest times, because longer ones include waits for a processor. One that took
 * very long is expected to take as long again.
 */
export class ExpectedTimes {
  /** In milliseconds, by the name of the prepared statement. */
  private readonly times = new Map<string, number>();

  /** In milliseconds. Undefined for an unknown statement. */
  of(name: string): number | undefined {
    return this.times.get(name);
  }

  note(name: string, tookMs: number): void {
    const known = this.times.get(name);
    if (known === undefined && this.times.size >= MAX_STATEMENTS) this.times.clear();
    this.times.set(name, known === undefined || tookMs > LONG_MS ? tookMs : Math.min(tookMs, known * GROWTH));
  }
}
