import { steadyMs } from '../base/clock';
import { scopeKey } from '../db/scope';
import type { Statement } from '../db/statement';
import type { Run } from './run';

const MAX_KEPT = 8;
const MAX_KEY_LENGTH = 300;
/** Statements name the month until which they expect readings. */
const LIFETIME_MS = 3_600_000;

/**
 * Statements of a list with their values, for requests that are repeated, such as those of a screen that polls: by the scope, whose rows
 * they are, and all variables.
 */
export class FilledStatements {
  private readonly statements = new Map<string, Statement>();
  private sinceMs = -Infinity;

  constructor(private readonly now = steadyMs) {}

  /** @param fill makes the statement. What it throws is thrown for each run */
  of(run: Pick<Run, 'ctx' | 'variables'> & Partial<Pick<Run, 'isExact'>>, fill: () => Statement): Statement {
    const { ctx, variables, isExact = false } = run;
    const key = `${scopeKey(ctx.session.scope)} ${isExact} ${JSON.stringify(variables)}`;
    if (key.length > MAX_KEY_LENGTH) return fill();
    if (this.now() - this.sinceMs > LIFETIME_MS) this.clear();
    const known = this.statements.get(key);
    if (known) return known;
    const statement = fill();
    if (this.statements.size === MAX_KEPT) this.clear();
    this.statements.set(key, statement);
    return statement;
  }

  private clear(): void {
    this.statements.clear();
    this.sinceMs = this.now();
  }
}
