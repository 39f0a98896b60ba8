import { LRUCache } from 'lru-cache';
import type { GivenName, LineProblem, ReadyEntry } from './file-line';
import type { Ask } from './gateway-client';
import type { ImportKind, NameColumn } from './import-kind';

const MAX_NAMES = 10_000;

/** Finds the ids of names in the file. Asks once for each name. */
export class Names {
  private readonly found = new LRUCache<string, Promise<string[]>>({ max: MAX_NAMES });

  constructor(
    private readonly kind: ImportKind,
    private readonly ask: Ask,
  ) {}

  /** @returns the entry with the ids, as JSON, or why a name has none */
  async resolve({ json, names }: ReadyEntry): Promise<string | LineProblem[]> {
    if (!names) return json;
    const entry = JSON.parse(json) as Record<string, unknown>;
    for (const column of this.kind.names) {
      const given = names.find((one) => one.column === column.column);
      if (!given) continue;
      const ids = await this.idsOf(column, given, entry.customerId as string | undefined);
      if (ids.length !== 1) return [problemOf(column, given, ids.length)];
      entry[column.member] = ids[0];
    }
    return JSON.stringify(entry);
  }

  private idsOf(column: NameColumn, { name }: GivenName, customerId: string | undefined): Promise<string[]> {
    const key = JSON.stringify([column.column, name, customerId]);
    let ids = this.found.get(key);
    if (!ids) {
      ids = column.find(this.ask, name, customerId);
      this.found.set(key, ids);
    }
    return ids;
  }
}

function problemOf({ column, member, what }: NameColumn, { name }: GivenName, count: number): LineProblem {
  const path = [column];
  if (count === 0)
    return {
      code: `${what.toUpperCase()}_NOT_FOUND`,
      message: `There is no ${what} ${JSON.stringify(name)}. Check ${column}.`,
      path,
    };
  const message = `There are ${count} ${what}s with the name ${JSON.stringify(name)} (${column}). Use ${member} instead.`;
  return { code: 'AMBIGUOUS_NAME', message, path };
}
