import { Kind } from 'graphql';
import { parseId } from '../base/global-id';
import type { Action } from '../access/policy';
import { scopeKey } from '../db/scope';
import { bigint, compile, late, raw, sql, Template, type Fragment } from '../db/sql';
import type { QuerySource } from '../graphql/queries';
import type { ListDefinition } from '../list/definition';
import { countOf, countRows, rowById } from '../list/list';
import { isOwned } from '../list/list-table';
import { toRowsOfPage } from '../list/page';
import { pageOf } from '../list/page-of-list';
import { ConnectionJson } from './connections';
import { foundRows, type FoundRow } from './found-rows';
import { NotCompiled } from './not-compiled';
import { ObjectCompiler, type CompiledOperation, type Selected } from './objects';
import { ListAt, type Run } from './run';
import { FilledStatements } from './filled-statements';
import type { StatementNames } from './statement-names';

/** Characters of a statement that is planned at each call: PostgreSQL plans it in a few milliseconds. */
const MAX_PLANNED_EACH_TIME = 20_000;

/** A compiled root field. */
export interface RootField {
  /** Reads the JSON text of its value. */
  read(run: Run): Promise<string>;
  /** Of its statements, in memory. */
  readonly bytes: number;
}

/** @throws NotCompiled, and errors of arguments, which the executor meets, too */
export function compileRootField(operation: CompiledOperation, names: StatementNames, selected: Selected): RootField {
  const { source, action } = selected.field.extensions as { source?: QuerySource; action?: Action };
  if (!source || !action) throw new NotCompiled(selected.field.name);
  operation.run.ctx.authorize(action);
  if (source.kind === 'node') return new NodeField(operation, names, selected, source);
  if (source.kind === 'list') return new ListField(operation, names, selected, source.list);
  throw new NotCompiled(selected.field.name);
}

/** An id of a row as the database writes it, within int64. */
const DATABASE_ID = /^[1-9]\d{0,17}$/;

/** The node of an id. */
class NodeField implements RootField {
  private readonly objects: ObjectCompiler;
  private readonly type: string;
  /** The variable that is the only argument of the field. */
  private readonly variable: string | undefined;
  private readonly statement: KeptStatement<{ j: string | null }>;

  constructor(
    operation: CompiledOperation,
    names: StatementNames,
    private readonly selected: Selected,
    { loader: { byId } }: Extract<QuerySource, { kind: 'node' }>,
  ) {
    const { field, nodes } = selected;
    if (!byId) throw new NotCompiled(field.name);
    if (byId.action !== undefined) operation.run.ctx.authorize(byId.action as Action);
    this.type = byId.type;
    const [argument] = nodes[0]!.arguments ?? [];
    if (field.args.length === 1 && argument?.value.kind === Kind.VARIABLE) this.variable = argument.value.name.value;
    operation.run.id = this.idIn(operation.run) ?? '';
    this.objects = new ObjectCompiler(operation);
    const row = rowById(
      byId,
      late(({ id }: Run) => bigint(id)),
    );
    const of = { columns: byId.table, isOnly: true, isOfSession: isOwned(byId) };
    const select = sql`select ${this.objects.one(field, nodes, row, of)} as j`;
    this.statement = new KeptStatement(names, `read_${byId.table.name}`, select);
  }

  get bytes(): number {
    return this.statement.bytes;
  }

  async read(run: Run): Promise<string> {
    const id = this.idIn(run);
    if (id === null) return 'null';
    run.id = id;
    return this.objects.read(run, () => this.statement.fill(run).read());
  }

  private idIn(run: Run): string | null {
    // An id as the database writes it needs no preparation.
    const given = this.variable === undefined ? undefined : run.variables[this.variable];
    if (typeof given === 'string' && DATABASE_ID.test(given)) return given;
    const { id } = run.argumentsOf(this.selected) as { id: string };
    return parseId(this.type, id, ['id']);
  }
}

/** A page of a list. */
class ListField implements RootField {
  private readonly objects: ObjectCompiler;
  private readonly at: ListAt;
  private readonly connection: ConnectionJson;
  private readonly whole: KeptStatement<{ j: string }>;
  /** Of rows that were found before. Compiled when it is needed. */
  private ofFound: KeptStatement<{ j: string }> | undefined;
  private isCounted = false;
  private readonly filled = new FilledStatements();

  constructor(
    operation: CompiledOperation,
    private readonly names: StatementNames,
    selected: Selected,
    private readonly list: ListDefinition<{ id: string }>,
  ) {
    const objects = (this.objects = new ObjectCompiler(operation));
    const at = (this.at = new ListAt(operation.run, list, () => list.name, selected));
    this.connection = new ConnectionJson(objects, selected, {
      at,
      columns: list.table,
      isOfSession: isOwned(list),
      rows: (asked, page) => pageOf(list, asked.query, page),
      total: () => {
        if (!this.connection.hasRows) return at.fragment(({ query }) => sql`(${countOf(list, query)})::text`);
        this.isCounted = true;
        return objects.marks.slot((_payload, run) => String(run.total))(raw(`''`));
      },
      seal: (position, run) => run.ctx.sealCursor(position, at.in(run).order),
    });
    this.whole = this.statement(this.connection.select({}));
  }

  /** With the statement of rows that were found before. */
  get bytes(): number {
    return 2 * this.whole.bytes;
  }

  async read(run: Run): Promise<string> {
    let counted: Promise<void> | undefined;
    return this.objects.read(run, async () => {
      const [rows] = await Promise.all([this.rows(run), this.isCounted ? (counted ??= this.count(run)) : undefined]);
      return rows;
    });
  }

  private async count(run: Run): Promise<void> {
    run.total = await countRows(run.ctx.session, this.list, this.at.in(run).query);
  }

  /** Where the values of the filter decide how rows are found, they are found first, by a statement that is planned for the values. */
  private async rows(run: Run): Promise<{ j: string }[]> {
    const whole = this.whole.fill(run, this.filled);
    if (!whole.planEachTime || !this.connection.hasRows) return whole.read();
    const { list, at } = this;
    const { session } = run.ctx;
    const { query, page } = at.in(run);
    const hasValues = at.rule.selected !== undefined;
    const ids = compile(
      session.scope,
      sql`/* ${raw(list.name)} */ select id${raw(hasValues ? ', "sortValue"' : '')} from (${pageOf(list, query, page)}) x`,
    );
    if (!ids.planEachTime) return whole.read();
    const { rows, hasNextPage, hasPreviousPage } = toRowsOfPage(await session.run<FoundRow>(ids), page);
    run.found = { rows, hasMore: page.backward ? hasPreviousPage : hasNextPage };
    this.ofFound ??= this.statement(this.connection.select({ found: foundRows(list, hasValues) }));
    return this.ofFound.fill(run).read();
  }

  private statement(select: Fragment): KeptStatement<{ j: string }> {
    return new KeptStatement(this.names, `read_${this.list.name}`, select);
  }
}

/** A statement that is compiled once. */
class KeptStatement<Row> {
  private readonly template: Template<Run>;

  constructor(
    private readonly names: StatementNames,
    name: string,
    select: Fragment,
  ) {
    this.template = new Template(sql`/* ${raw(name)} */ ${select}`);
  }

  get bytes(): number {
    return this.template.bytes;
  }

  /**
   * The statement with the values of a run. One that must be planned for its values has no name.
   *
   * @param filled statements of runs before
   */
  fill(run: Run, filled?: FilledStatements): { planEachTime: boolean; read: () => Promise<Row[]> } {
    const { session } = run.ctx;
    const fill = () => this.template.fill(session.scope, run);
    const statement = filled ? filled.of(run, fill) : fill();
    const { planEachTime = false } = statement;
    const read = () => {
      if (planEachTime) {
        if (statement.text.length > MAX_PLANNED_EACH_TIME) throw new NotCompiled('the time to plan');
        return session.run<Row>(statement);
      }
      const preparedName = this.names.of(statement, scopeKey(session.scope));
      if (preparedName === undefined) throw new NotCompiled('the number of prepared statements');
      return session.run<Row>({ ...statement, preparedName });
    };
    return { planEachTime, read };
  }
}
