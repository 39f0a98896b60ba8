import { createHash } from 'node:crypto';
import { getMetadataArgsStorage } from 'typeorm';
import type { Scope } from './scope';
import { key, oneOf, owned, StatementWriter, typed, unnest, type Fragment } from './sql';

/** A statement with its values. `name` says in the database's log and in pg_stat_statements which one it is. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
  /**
   * Planned anew each time, with the values known, rather than kept prepared. For filters: a plan for any values reads the
   * whole list when the values are rare ones (57,000 pages instead of 120 for the lost ones of 80,000 devices).
   */
  planEachTime?: boolean;
}

/** Collects the values of a statement while its text is written: `${sql.value(id)}` is `$1`. Going: see sql.ts. */
export class StatementBuilder {
  private readonly writer: StatementWriter;

  constructor(readonly scope: Scope) {
    this.writer = new StatementWriter(scope);
  }

  get valueCount(): number {
    return this.writer.values.length;
  }

  value(value: unknown, cast = ''): string {
    return this.add(typed(value, cast));
  }

  /** The text of a fragment, whose values are the statement's from now on. */
  add(fragment: Fragment): string {
    this.writer.text = '';
    fragment.writeTo(this.writer);
    return this.writer.text;
  }

  unnest<Item>(
    items: readonly Item[],
    ...columns: readonly [type: string, valueOf: (item: Item) => unknown][]
  ): string {
    return this.add(unnest(items, ...columns));
  }

  owned(alias: string): string {
    return this.add(owned(alias));
  }

  key(column: string): string {
    return this.add(key(column));
  }

  oneOf(column: string, values: readonly unknown[], type: 'bigint' | 'smallint' | 'text'): string {
    return this.add(oneOf(column, values, type));
  }

  build(name: string, text: string, { planEachTime = this.writer.planEachTime } = {}): Statement {
    return { name, text: `/* ${name} */ ${text}`, values: this.writer.values, planEachTime };
  }
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

export type EntityClass = new () => object;

/** A column of an entity: its name in the table, the member that holds it and its type in TypeORM's words. */
export interface EntityColumn {
  name: string;
  member: string;
  type: string;
}

/** The columns of an entity in the order in which it declares them. */
export function columnsOf(entity: EntityClass): EntityColumn[] {
  return getMetadataArgsStorage()
    .columns.filter((column) => column.target === entity)
    .map(({ options, propertyName }) => ({
      name: options.name ?? propertyName,
      member: propertyName,
      type: options.type as string,
    }));
}

const selectLists = new Map<EntityClass, Map<string, string>>();

/**
 * The select list of an entity, `d.customer_id as "customerId", …`, from its TypeORM columns: no column is named twice.
 *
 * @param alias of the table in the statement
 */
export function selectList(entity: EntityClass, alias: string): string {
  const known = selectLists.get(entity)?.get(alias);
  if (known !== undefined) return known;
  const list = columnsOf(entity)
    .map(({ name, member }) => `${alias}.${name} as "${member}"`)
    .join(', ');
  selectLists.set(entity, (selectLists.get(entity) ?? new Map<string, string>()).set(alias, list));
  return list;
}
