import type { EntryResult } from './gateway-response';
import type { Ask } from './gateway-client';

/** Aliases that the gateway allows in one operation. */
const MAX_ALIASES = 30;

/** A field of the query type that finds what has an identifier of an entry. */
export interface LookupField {
  readonly field: string;
  /** Type and value by name. */
  readonly arguments: Readonly<Record<string, readonly [type: string, value: unknown]>>;
  readonly selection: string;
}

/** How to find out whether an entry that was refused as taken is there with the same data. */
export interface Lookup {
  /** Code of the refusal. */
  readonly code: string;
  fieldsOf(entry: object): LookupField[];
  /** @returns names of the values of the entry that are not those of what was found */
  differences(entry: object, found: readonly unknown[]): string[];
}

/**
 * Looks up entries that were refused because their identifiers are taken: by an earlier import, or by a call whose response was lost.
 * One with the same data is a DUPLICATE. One with other data is a CONFLICT, with the names of the values that differ.
 */
export async function lookUpTaken(
  lookup: Lookup,
  ask: Ask,
  entries: readonly object[],
  results: readonly EntryResult[],
): Promise<Map<number, EntryResult>> {
  const recognized = new Map<number, EntryResult>();
  const taken = results.flatMap(({ problems }, index) =>
    problems.length === 1 && problems[0]!.code === lookup.code
      ? [{ index, problem: problems[0]!, fields: lookup.fieldsOf(entries[index]!) }]
      : [],
  );
  for (const group of groupsOf(taken)) {
    const found = (
      await askAll(
        ask,
        group.flatMap(({ fields }) => fields),
      )
    ).values();
    for (const { index, problem, fields } of group) {
      const rows = fields.map(() => found.next().value);
      const differences = lookup.differences(entries[index]!, rows);
      const message = `${problem.message} Not the same: ${differences.join(', ')}.`;
      recognized.set(
        index,
        differences.length === 0
          ? { outcome: 'DUPLICATE', problems: [] }
          : { outcome: 'CONFLICT', problems: [{ ...problem, message }] },
      );
    }
  }
  return recognized;
}

/** Groups whose fields fit into one query. */
function groupsOf<Entry extends { fields: readonly LookupField[] }>(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  let count = MAX_ALIASES;
  for (const entry of entries) {
    if (count + entry.fields.length > MAX_ALIASES) {
      groups.push([]);
      count = 0;
    }
    groups.at(-1)!.push(entry);
    count += entry.fields.length;
  }
  return groups;
}

async function askAll(ask: Ask, fields: readonly LookupField[]): Promise<unknown[]> {
  const given = fields.map((field, at) =>
    Object.entries(field.arguments).map(([name, [type, value]]) => ({ name, type, value, variable: `${name}${at}` })),
  );
  const declared = given.flat().map(({ variable, type }) => `$${variable}: ${type}`);
  const selected = fields.map(({ field, selection }, at) => {
    const args = given[at]!.map(({ name, variable }) => `${name}: $${variable}`).join(', ');
    return `f${at}: ${field}(${args}) { ${selection} }`;
  });
  const variables = Object.fromEntries(given.flat().map(({ variable, value }) => [variable, value]));
  const data = await ask(`query Taken(${declared.join(', ')}) { ${selected.join(' ')} }`, variables);
  return fields.map((_, at) => data[`f${at}`]);
}
