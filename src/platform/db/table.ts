import { getMetadataArgsStorage } from 'typeorm';
import type { Session, Tx } from './session';
import { all, Fragment, int, join, raw, refuseNul, sql, text } from './sql';

interface Column<Row> {
  name: string;
  member: keyof Row & string;
  /** In TypeORM's words. */
  type: string;
  isKey: boolean;
}

/** The columns of an entity in the order in which it declares them, those of a class that it extends among them. */
export function columnsOf<Row extends object>(entity: new () => Row): Column<Row>[] {
  return getMetadataArgsStorage()
    .columns.filter(({ target }) => target === entity || Object.prototype.isPrototypeOf.call(target, entity))
    .map(({ options, propertyName }) => ({
      name: options.name ?? propertyName,
      member: propertyName as keyof Row & string,
      type: options.type as string,
      isKey: options.primary === true,
    }));
}

/** Expressions for members that the caller cannot know, such as a time of the database: of the row `t` and the new values `n`. */
type Computed<Row> = { readonly [Member in keyof Row]?: Fragment };

export interface InsertOptions<Row> {
  /** Of the statement; by default `insert_` and the table. */
  name?: string;
  /** E.g. `on conflict do nothing`. */
  conflict?: Fragment;
  computed?: Computed<Row>;
}

export interface UpdateOptions<Row> {
  /** Of the statement; by default `update_` and the table. */
  name?: string;
  /** The members by which a row is found; by default those of the primary key. */
  by?: readonly (keyof Row & string)[];
  /** What else has to be true of `t` and `n`: a row of which it is not stays as it is and is not returned. */
  guard?: Fragment;
  /** Further columns of `n`, each computed once for a row. */
  given?: Readonly<Record<string, Fragment>>;
  computed?: Computed<Row>;
}

/**
 * The rows of one entity, in and out: any number by one prepared statement, and what is written is returned complete, so nobody
 * reads again what was just written.
 *
 * TypeORM's columns say what there is; PostgreSQL's own row type says how each value is read.
 */
export class Table<Row extends object> {
  readonly name: string;
  private readonly columns: readonly Column<Row>[];
  private readonly selects = new Map<string, Fragment>();

  constructor(entity: new () => Row) {
    this.name = getMetadataArgsStorage().tables.find(({ target }) => target === entity)!.name!;
    this.columns = columnsOf(entity);
  }

  /**
   * The select list: `d.customer_id as "customerId", …`.
   *
   * @param instead expressions for members that are not read as they stand in the table
   */
  select(alias: string, instead?: Computed<Row>): Fragment {
    if (instead) return this.selectList(alias, instead);
    const known = this.selects.get(alias) ?? this.selectList(alias, {});
    this.selects.set(alias, known);
    return known;
  }

  /**
   * Inserts rows in the order given. Columns that they do not give get their defaults.
   *
   * @param rows all with the same members
   * @returns the rows, in the same order; without those that `conflict` leaves out
   */
  async insert(
    session: Session,
    rows: readonly Partial<Row>[],
    { name = `insert_${this.name}`, conflict = raw(''), computed = {} }: InsertOptions<Row> = {},
  ): Promise<Row[]> {
    if (rows.length === 0) return [];
    const given = this.givenBy(rows).filter(({ member }) => !(member in computed));
    const others = this.columns.filter(({ member }) => member in computed);
    const names = raw([...given, ...others].map((column) => column.name).join(', '));
    const values = join([
      ...given.map((column) => raw(`n.${column.name}`)),
      ...others.map(({ member }) => computed[member]!),
    ]);
    return session.sql<Row>`/* ${raw(name)} */ insert into ${raw(this.name)} as t (${names})
      select ${values} from ${this.values(rows)} order by n.ordinality ${conflict} returning ${this.select('t')}`;
  }

  /**
   * Changes rows, each found by its key. What they do not give stays.
   *
   * @param rows all with the same members
   * @returns the rows that were changed, in any order
   */
  async update(
    session: Session,
    rows: readonly Partial<Row>[],
    { name = `update_${this.name}`, by, guard, given = {}, computed = {} }: UpdateOptions<Row> = {},
  ): Promise<Row[]> {
    if (rows.length === 0) return [];
    const keys = this.columns.filter(({ member, isKey }) => by?.includes(member) ?? isKey);
    const sent = this.givenBy(rows).filter((column) => !keys.includes(column) && !(column.member in computed));
    const changes = [
      ...sent.map((column) => raw(`${column.name} = n.${column.name}`)),
      ...this.columns
        .filter(({ member }) => member in computed)
        .map((column) => sql`${raw(column.name)} = ${computed[column.member]!}`),
    ];
    const found = keys.map((column) => raw(`t.${column.name} = n.${column.name}`));
    return session.sql<Row>`/* ${raw(name)} */ update ${raw(this.name)} t set ${join(changes)}
      from ${this.values(rows, given)} where ${all(...found, ...(guard ? [guard] : []))} returning ${this.select('t')}`;
  }

  /** As `insert` for one row. */
  async insertOne(session: Session, row: Partial<Row>, options?: InsertOptions<Row>): Promise<Row> {
    const [inserted] = await this.insert(session, [row], options);
    return inserted!;
  }

  /** As `update` for a row that is there: it was locked. */
  async updateOne(session: Session, row: Partial<Row>, options?: UpdateOptions<Row>): Promise<Row> {
    const [changed] = await this.update(session, [row], options);
    return changed!;
  }

  private selectList(alias: string, instead: Computed<Row>): Fragment {
    return join(
      this.columns.map(({ name, member }) => sql`${instead[member] ?? raw(`${alias}.${name}`)} as "${raw(member)}"`),
    );
  }

  private givenBy(rows: readonly Partial<Row>[]): Column<Row>[] {
    const given = this.columns.filter(({ member }) => rows[0]![member] !== undefined);
    // What one row gives and another does not would be null there.
    if (rows.some((row) => given.some(({ member }) => row[member] === undefined)))
      throw new Error(`Rows of ${this.name} with different members in one statement.`);
    return given;
  }

  /**
   * The new values as a table `n`. The limit says how many there are: PostgreSQL takes a function of a JSON for a hundred rows,
   * for which it would rather walk all of a customer that it takes for a small one.
   */
  private values(rows: readonly Partial<Row>[], given: Readonly<Record<string, Fragment>> = {}): Fragment {
    const further = Object.entries(given).map(([name, value]) => sql`, ${value} as ${raw(name)}`);
    return sql`(select n.*${join(further, '')} from json_populate_recordset(null::${raw(this.name)}, ${text(this.toJson(rows))}::json)
        with ordinality n limit ${int(rows.length)}) n`;
  }

  private toJson(rows: readonly Partial<Row>[]): string {
    const json = rows.map((row) =>
      Object.fromEntries(
        this.columns.map(({ name, member }) => {
          const value = row[member];
          return [name, Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value];
        }),
      ),
    );
    return JSON.stringify(json, (_name, value: unknown) => (typeof value === 'string' ? storable(value) : value));
  }
}

/** What a row with a version always has. */
interface Versioned {
  version: number;
  updatedAt: Date;
}

/**
 * Changes a locked row that has a version, which rises by one.
 *
 * @param computed expressions of further members; `n.changed_at` is the instant of the change
 */
export function changeVersioned<Row extends Versioned>(
  tx: Tx,
  table: Table<Row>,
  row: Partial<Row>,
  computed: Computed<Row> = {},
): Promise<Row> {
  return table.updateOne(tx, row, {
    given: { changed_at: sql`clock_timestamp()::timestamptz(3)` },
    computed: { ...computed, version: sql`t.version + 1`, updatedAt: sql`n.changed_at` },
  });
}

/**
 * Halves of surrogate pairs become U+FFFD, as in the values that pg sends: JSON would escape them, which PostgreSQL refuses.
 *
 * @throws RequestError BAD_USER_INPUT for a NUL character
 */
function storable(value: string): string {
  refuseNul(value);
  return value.replace(/\p{Surrogate}/gu, '\uFFFD');
}
