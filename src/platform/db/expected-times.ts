/** Statements whose times are kept. */
const MAX_STATEMENTS = 1_000;
/**
 * By this factor, an expected time grows in each second in which all executions take longer. Slow enough that one of them has not waited
 * for a processor, also while there are many at a time.
 */
const GROWTH_PER_SECOND = 1.2;
/** A time that is no matter of a busy processor. */
const LONG_MS = 25;

interface ExpectedTime {
  ms: number;
  notedAtMs: number;
}

/**
 * How long statements take: about the shortest of the latest times, because longer ones include waits for a processor. One that took
 * very long is expected to take as long again.
 */
export class ExpectedTimes {
  /** By the name of the prepared statement. */
  private readonly times = new Map<string, ExpectedTime>();

  /** In milliseconds. Undefined for an unknown statement. */
  of(name: string): number | undefined {
    return this.times.get(name)?.ms;
  }

  /** @param nowMs milliseconds of a steady clock */
  note(name: string, tookMs: number, nowMs: number): void {
    const known = this.times.get(name);
    if (known === undefined && this.times.size >= MAX_STATEMENTS) this.times.clear();
    if (known === undefined) this.times.set(name, { ms: tookMs, notedAtMs: nowMs });
    else {
      const grownMs = known.ms * GROWTH_PER_SECOND ** ((nowMs - known.notedAtMs) / 1_000);
      known.ms = tookMs > LONG_MS ? tookMs : Math.min(tookMs, grownMs);
      known.notedAtMs = nowMs;
    }
  }
}
