import { getMetadataArgsStorage } from './entity';
import type { Session, Tx } from './session';
import { all, fixedText, Fragment, int, join, raw, refuseUnstorable, sql, text } from './sql';

interface Column<Row> {
  name: string;
  member: keyof Row & string;
  /** Type name of TypeORM. */
  type: string;
  isArray: boolean;
  isKey: boolean;
  /** False for a column that is written and compared, but never read (`select: false`). */
  isRead: boolean;
  isNullable: boolean;
}

/** The types of the members of rows. */
export interface ColumnTypes {
  /** Undefined for a member that is not read from a column. */
  typeOf(member: string): ColumnType | undefined;
}

export interface ColumnType {
  readonly type: string;
  readonly isNullable: boolean;
  /** Whether its values are arrays of the type. */
  readonly isArray?: boolean;
}

/** The columns of an entity, including inherited ones, in the order of their declaration. */
export function columnsOf<Row extends object>(entity: new () => Row): Column<Row>[] {
  return getMetadataArgsStorage()
    .columns.filter(({ target }) => target === entity || Object.prototype.isPrototypeOf.call(target, entity))
    .map(({ options, propertyName }) => ({
      name: options.name ?? propertyName,
      member: propertyName as keyof Row & string,
      type: options.type as string,
      isArray: options.array === true,
      isKey: options.primary === true,
      isRead: options.select !== false,
      isNullable: options.nullable === true,
    }));
}

/** The members of rows that expressions use under an alias. Steps of their fragments may use the key of the rows, and nothing else. */
export class UsedMembers {
  private readonly members: ReadonlySet<string>;

  constructor(alias: string, expressions: Fragment) {
    const found = fixedText(expressions).matchAll(new RegExp(`\\b${alias}\\."(\\w+)"`, 'g'));
    this.members = new Set(Array.from(found, ([, member]) => member!));
  }

  has(member: string): boolean {
    return this.members.has(member);
  }
}

/** SQL expressions for members, such as the database's time. They may use the row `t` and the new values `n`. */
type Computed<Row> = { readonly [Member in keyof Row]?: Fragment };

export interface InsertOptions<Row> {
  /** Name of the statement. Default: `insert_` and the table. */
  name?: string;
  /** E.g. `on conflict do nothing`. */
  conflict?: Fragment;
  computed?: Computed<Row>;
}

export interface UpdateOptions<Row> {
  /** Name of the statement. Default: `update_` and the table. */
  name?: string;
  /** Members that identify a row. Default: the primary key. */
  by?: readonly (keyof Row & string)[];
  /** Further condition on `t` and `n`. Rows that do not satisfy it are neither changed nor returned. */
  guard?: Fragment;
  /** Further columns of `n`, each computed once per row. */
  given?: Readonly<Record<string, Fragment>>;
  computed?: Computed<Row>;
}

/**
 * Reads and writes the rows of one entity. One prepared statement writes any number of rows and returns them complete, so callers
 * do not read them again.
 *
 * The columns come from TypeORM's metadata, the types of the values from PostgreSQL's row type.
 */
export class Table<Row extends object> implements ColumnTypes {
  readonly name: string;
  private readonly columns: readonly Column<Row>[];
  private readonly selects = new Map<string, Fragment>();

  constructor(entity: new () => Row) {
    this.name = getMetadataArgsStorage().tables.find(({ target }) => target === entity)!.name!;
    this.columns = columnsOf(entity);
  }

  typeOf(member: string): Column<Row> | undefined {
    return this.columns.find((column) => column.member === member && column.isRead);
  }

  /** The type of a column by its name in the table. */
  typeOfColumn(name: string): ColumnType | undefined {
    return this.columns.find((column) => column.name === name);
  }

  /**
   * The select list: `d.customer_id as "customerId", …`.
   *
   * @param instead expressions that replace the columns of members
   */
  select(alias: string, instead?: Computed<Row>): Fragment {
    if (instead) return this.selectList(alias, instead);
    const known = this.selects.get(alias) ?? this.selectList(alias, {});
    this.selects.set(alias, known);
    return known;
  }

  /**
   * The select list of the members that are used. Where PostgreSQL stores rows, as of a `with`, it stores all their columns.
   *
   * @param always members that are used in another way
   */
  selectUsed(alias: string, used: UsedMembers, always: readonly (keyof Row & string)[]): Fragment {
    const columns = this.columns.filter(
      ({ member, isKey, isRead }) => isRead && (isKey || used.has(member) || always.includes(member)),
    );
    return raw(columns.map(({ name, member }) => `${alias}.${name} as "${member}"`).join(', '));
  }

  /**
   * Inserts rows in the given order. Columns without a member get their defaults.
   *
   * @param rows all with the same members
   * @returns the inserted rows, in the same order; `conflict` may omit some
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
   * Changes rows, each identified by its key. Columns without a member keep their values.
   *
   * @param rows all with the same members
   * @returns the changed rows, in any order
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

  /** `insert` for one row. */
  async insertOne(session: Session, row: Partial<Row>, options?: InsertOptions<Row>): Promise<Row> {
    const [inserted] = await this.insert(session, [row], options);
    return inserted!;
  }

  /** `update` for one row that exists, because the caller has locked it. */
  async updateOne(session: Session, row: Partial<Row>, options?: UpdateOptions<Row>): Promise<Row> {
    const [changed] = await this.update(session, [row], options);
    return changed!;
  }

  private selectList(alias: string, instead: Computed<Row>): Fragment {
    const columns = this.columns.filter(({ isRead }) => isRead);
    const columnOf = ({ name }: Column<Row>) => `${alias}.${name}`;
    if (!columns.some(({ member }) => instead[member]))
      return raw(columns.map((column) => `${columnOf(column)} as "${column.member}"`).join(', '));
    return join(
      columns.map((column) => sql`${instead[column.member] ?? raw(columnOf(column))} as "${raw(column.member)}"`),
    );
  }

  private givenBy(rows: readonly Partial<Row>[]): Column<Row>[] {
    const given = this.columns.filter(({ member }) => rows[0]![member] !== undefined);
    // A member that only some rows have would be set to null in the others.
    if (rows.some((row) => given.some(({ member }) => row[member] === undefined)))
      throw new Error(`The rows of ${this.name} in one statement have different members.`);
    return given;
  }

  /**
   * The new values as a table `n`. The limit gives the planner the number of rows: it assumes a hundred for a function of a JSON
   * value, and would then scan all rows of a customer that it estimates to be small.
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
    return JSON.stringify(json, (_name, value: unknown) => {
      refuseUnstorable(value);
      return value;
    });
  }
}

/** Members of every row with a version. */
interface Versioned {
  version: number;
  updatedAt: Date;
}

/**
 * Changes a locked row and increases its version by one.
 *
 * @param computed expressions for further members; `n.changed_at` is the time of the change
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
