import { steadyMs } from '../base/clock';
import { CONNECTION_LIFETIME_MS } from '../db/connections';
import { nameOf, type Statement } from '../db/statement';

export const MAX_STATEMENTS = 50;

/**
 * Names of the prepared statements that documents were compiled to. Each takes memory in every connection: about 0.2 MB with 15
 * partitions of readings. A name that was not used for the lifetime of a connection makes place for another.
 */
export class StatementNames {
  /** By text, the one that was used the longest time ago first. */
  private readonly names = new Map<string, { name: string; usedMs: number }>();

  constructor(
    private readonly max = MAX_STATEMENTS,
    private readonly now = steadyMs,
  ) {}

  /** Undefined while too many others are used. */
  of(statement: Statement): string | undefined {
    const { text } = statement;
    const known = this.names.get(text);
    if (!known && this.names.size >= this.max) {
      const [[oldest, { usedMs }]] = this.names as Iterable<[string, { usedMs: number }]> as [
        [string, { usedMs: number }],
      ];
      if (usedMs > this.now() - CONNECTION_LIFETIME_MS) return undefined;
      this.names.delete(oldest);
    }
    this.names.delete(text);
    const used = { name: known?.name ?? nameOf(statement), usedMs: this.now() };
    this.names.set(text, used);
    return used.name;
  }
}
