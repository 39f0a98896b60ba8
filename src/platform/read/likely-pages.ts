import { steadyMs } from '../base/clock';
import { scopeKey } from '../db/scope';
import type { Run } from './run';
import { ERROR_MARK } from './values';

/** The row of a `select` of JSON text. */
export interface TextRow {
  readonly j: string | null;
}

const MAX_SCOPES = 1_000;
const LIFETIME_MS = 600_000;

/**
 * Pages that are nearly always right, see `LikelyPage`. Where one is not, its text has the mark of an error. The whole text is then read
 * again, exactly. For some time, the other reads of that customer are exact at once: the clocks of its devices may be ahead.
 */
export class LikelyPages {
  /** Until when the reads of a scope are exact. */
  private readonly exactUntil = new Map<string, number>();

  constructor(private readonly now = steadyMs) {}

  async read(run: Pick<Run, 'ctx' | 'isExact'>, read: () => Promise<TextRow[]>): Promise<TextRow[]> {
    const scope = scopeKey(run.ctx.session.scope);
    run.isExact = (this.exactUntil.get(scope) ?? -Infinity) > this.now();
    const rows = await read();
    if (run.isExact || rows[0]?.j?.includes(ERROR_MARK) !== true) return rows;
    if (this.exactUntil.size === MAX_SCOPES) this.exactUntil.clear();
    this.exactUntil.set(scope, this.now() + LIFETIME_MS);
    run.isExact = true;
    return read();
  }
}
