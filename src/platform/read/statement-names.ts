import { steadyMs } from '../base/clock';
import { CONNECTION_LIFETIME_MS } from '../db/connections';
import { nameOf, type Statement } from '../db/statement';

/** Bounds of what prepared statements take in each connection, see docs/decisions/compiled-reads.md. */
export interface StatementBounds {
  readonly statements: number;
  /** Of their texts. A plan takes 100 to 250 bytes for each character. */
  readonly characters: number;
  /** Of one text. */
  readonly longest: number;
}

const BOUNDS: StatementBounds = { statements: 50, characters: 400_000, longest: 100_000 };

/** Part of the bounds that the documents of one customer may take. */
const SHARE_OF_OWNER = 3 / 4;

interface Named {
  readonly name: string;
  readonly owner: string;
  usedMs: number;
}

/**
 * Names of the prepared statements that documents were compiled to. Each takes memory in every connection. A name that was not used
 * for the lifetime of a connection makes place for another.
 */
export class StatementNames {
  /** By text. */
  private readonly names = new Map<string, Named>();
  private readonly bounds: StatementBounds;

  constructor(
    bounds: Partial<StatementBounds> = {},
    private readonly now = steadyMs,
  ) {
    this.bounds = { ...BOUNDS, ...bounds };
  }

  /**
   * @param owner who uses it, such as a customer
   * @returns undefined for a long statement, and while too many others are used
   */
  of(statement: Statement, owner: string): string | undefined {
    const { text } = statement;
    const named = this.names.get(text) ?? this.add(statement, owner);
    if (named) named.usedMs = this.now();
    return named?.name;
  }

  private add(statement: Statement, owner: string): Named | undefined {
    const { length } = statement.text;
    if (length > this.bounds.longest) return undefined;
    const oldestFirst = [...this.names].sort(([, one], [, other]) => one.usedMs - other.usedMs);
    for (const [text, { usedMs }] of oldestFirst) {
      if (this.hasPlace(length, owner)) break;
      if (usedMs > this.now() - CONNECTION_LIFETIME_MS) return undefined;
      this.names.delete(text);
    }
    if (!this.hasPlace(length, owner)) return undefined;
    const named = { name: nameOf(statement), owner, usedMs: 0 };
    this.names.set(statement.text, named);
    return named;
  }

  private hasPlace(length: number, owner: string): boolean {
    const { statements, characters } = this.bounds;
    const all = { statements: 1, characters: length };
    const own = { ...all };
    for (const [text, named] of this.names)
      for (const sum of named.owner === owner ? [all, own] : [all]) {
        sum.statements += 1;
        sum.characters += text.length;
      }
    return (
      all.statements <= statements &&
      all.characters <= characters &&
      own.statements <= SHARE_OF_OWNER * statements &&
      own.characters <= SHARE_OF_OWNER * characters
    );
  }
}
