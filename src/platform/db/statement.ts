import { createHash } from 'node:crypto';

/** A statement with its values. `name` says in the database's log and in pg_stat_statements which one it is. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
  /** Planned anew each time, with the values known, rather than kept prepared: see filter in sql.ts. */
  planEachTime?: boolean;
}

/** More shapes of statements than this are not kept prepared: each costs memory in every connection of the server. */
const MAX_PREPARED = 500;
const preparedNames = new Map<string, string>();

/** The name under which PostgreSQL keeps the statement prepared; undefined when it is not to, or when there are too many already. */
export function preparedName(statement: Statement): string | undefined {
  if (statement.planEachTime) return undefined;
  const known = preparedNames.get(statement.text);
  if (known !== undefined) return known;
  if (preparedNames.size >= MAX_PREPARED) return undefined;
  const name = `${statement.name.slice(0, 40)}_${createHash('sha256').update(statement.text).digest('hex').slice(0, 16)}`;
  preparedNames.set(statement.text, name);
  return name;
}
