import { createHash } from 'node:crypto';

/** A statement with its values. `name` identifies it in the database's log and in pg_stat_statements. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
  /** Not kept prepared, but planned for the actual values each time: see `filter` in sql.ts. */
  planEachTime?: boolean;
  /** Given where a document was compiled to it, see read/statement-names.ts. */
  preparedName?: string;
}

/** Maximum number of prepared statements. Each one costs memory in every connection of the server. */
const MAX_PREPARED = 500;
const preparedNames = new Map<string, string>();

/** Unique to the text of a statement. */
export function nameOf({ name, text }: Pick<Statement, 'name' | 'text'>): string {
  return `${name.slice(0, 40)}_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** Name of the prepared statement; undefined when it is planned each time or when the maximum is reached. */
export function preparedName(statement: Statement): string | undefined {
  if (statement.preparedName !== undefined || statement.planEachTime) return statement.preparedName;
  const known = preparedNames.get(statement.text);
  if (known !== undefined) return known;
  if (preparedNames.size >= MAX_PREPARED) return undefined;
  const name = nameOf(statement);
  preparedNames.set(statement.text, name);
  return name;
}
