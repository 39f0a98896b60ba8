import { createHash } from 'node:crypto';
import { getMetadataArgsStorage } from 'typeorm';
import { RequestError } from '../base/errors';
import type { Scope } from './scope';

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

/** Collects the values of a statement while its text is written: `${sql.value(id)}` is `$1`. */
export class StatementBuilder {
  private readonly values: unknown[] = [];

  constructor(readonly scope: Scope) {}

  get valueCount(): number {
    return this.values.length;
  }

  /** @throws RequestError BAD_USER_INPUT for a text with a NUL character, which PostgreSQL cannot hold */
  value(value: unknown, cast = ''): string {
    const literal = Array.isArray(value) && value.length > 0 ? arrayLiteral(value) : undefined;
    if (literal === undefined && hasNul(value))
      throw new RequestError('BAD_USER_INPUT', 'A text in the arguments contains a NUL character.');
    this.values.push(literal ?? value);
    return `$${this.values.length}${cast && `::${cast}`}`;
  }

  /** Items as rows of a table, with a column for each type: `unnest($1::bigint[], $2::text[])`. */
  unnest<Item>(
    items: readonly Item[],
    ...columns: readonly [type: string, valueOf: (item: Item) => unknown][]
  ): string {
    const arrays = columns.map(([type, valueOf]) => this.value(items.map(valueOf), `${type}[]`));
    return `unnest(${arrays.join(', ')})`;
  }

  /** The condition that the rows of this table are the scope's own; row-level security says the same once more. */
  owned(alias: string): string {
    return this.scope.kind === 'customer'
      ? `${alias}.customer_id = ${this.value(this.scope.customerId, 'bigint')}`
      : 'true';
  }

  /** A key column to compare with: operators have indexes of their own, on expressions, see the initial migration. */
  key(column: string): string {
    return this.scope.kind === 'customer' ? column : `(${column} + 0)`;
  }

  /**
   * The condition that a column has one of the values. For a single one it is an equality, under which an index answers the
   * rows in the order of what follows in it.
   */
  oneOf(column: string, values: readonly unknown[], type: 'bigint' | 'smallint' | 'text'): string {
    return values.length === 1
      ? `${column} = ${this.value(values[0], type)}`
      : `${column} = any(${this.value(values, `${type}[]`)})`;
  }

  build(name: string, text: string, { planEachTime = false } = {}): Statement {
    return { name, text: `/* ${name} */ ${text}`, values: this.values, planEachTime };
  }
}

const INTEGER = /^-?\d+$/;

/**
 * An array as PostgreSQL reads it, for numbers, ids, flags and instants, none of which need quotes; undefined for others. pg looks
 * for what to quote in each element, which for a thousand readings took as long as all checks of them.
 */
function arrayLiteral(values: readonly unknown[]): string | undefined {
  let text = '';
  let instant: { date: Date; text: string } | undefined;
  for (const value of values) {
    if (value === null) text += ',NULL';
    else if (typeof value === 'number' || typeof value === 'boolean') text += `,${value}`;
    else if (typeof value === 'string' && INTEGER.test(value)) text += `,${value}`;
    else if (value instanceof Date) {
      // The same one again and again, as for what came together, is written once.
      if (instant?.date !== value) instant = { date: value, text: value.toISOString() };
      text += `,${instant.text}`;
    } else return undefined;
  }
  return `{${text.slice(1)}}`;
}

function hasNul(value: unknown): boolean {
  return Array.isArray(value) ? value.some(hasNul) : typeof value === 'string' && value.includes('\0');
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
