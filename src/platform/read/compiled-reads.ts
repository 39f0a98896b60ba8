import {
  getOperationAST,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { getVariableValues } from 'graphql/execution/values';
import { parseId } from '../base/global-id';
import { RequestError } from '../base/errors';
import { WorkStopped, type Work } from '../base/work';
import { isUnavailable } from '../db/pg-error';
import { scopeKey } from '../db/scope';
import { bigint, bigints, boolean, compile, raw, sql, texts, type Fragment } from '../db/sql';
import { read, type ListRequest } from '../list/connection';
import { countOf, countRows, orderOf, pageOf, rowById } from '../list/list';
import type { ListDefinition } from '../list/definition';
import { toRowsOfPage } from '../list/page';
import type { Action } from '../access/policy';
import type { QuerySource } from '../graphql/queries';
import type { RequestContext } from '../operation/request-context';
import type { Statement } from '../db/statement';
import { ConnectionJson, type FoundRows } from './connections';
import { KnownReads, type KnownRead } from './known-reads';
import { NotCompiled } from './not-compiled';
import { remainingFields } from './remaining-fields';
import { ERROR_MARK } from './values';
import { StatementNames, type StatementBounds } from './statement-names';
import { ObjectCompiler, type CompiledOperation, type Selected } from './objects';

/** Characters of a statement that is planned at each call: PostgreSQL plans it in a few milliseconds. */
const MAX_PLANNED_EACH_TIME = 20_000;

export interface CompiledReadsOptions {
  /** Otherwise, a document is compiled when it is used again. */
  readonly compilesAtFirstUse?: boolean;
  readonly statements?: Partial<StatementBounds>;
}

/**
 * Reads whose JSON text PostgreSQL writes, in one statement for each root field. The executor carries out the root fields that are not
 * declared as data, and the whole operation if there is an error.
 */
export class CompiledReads {
  /** Operations that can never be compiled. */
  private readonly refused = new WeakSet<OperationDefinitionNode>();

  private readonly names: StatementNames;
  private readonly known = new KnownReads();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly options: CompiledReadsOptions = {},
  ) {
    this.names = new StatementNames(options.statements);
  }

  /** The JSON text of the data. Undefined when the executor must carry out the operation. */
  async data(ctx: RequestContext, args: ExecutionArgs, isKnown: boolean): Promise<string | undefined> {
    if (!isKnown && !this.options.compilesAtFirstUse) return undefined;
    const { document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName)!;
    if (operation.operation !== OperationTypeNode.QUERY) return undefined;
    if (this.refused.has(operation)) return undefined;
    const key = this.known.keyOf(ctx.caller, document, operation, variableValues);
    const known = key && this.known.get(key);
    if (known && isDatabaseId(key.id)) return this.knownData(ctx, known, key.id);
    const definitions = operation.variableDefinitions ?? [];
    const variables = getVariableValues(this.schema, definitions, variableValues ?? {}, { maxErrors: 1 });
    if (variables.errors) return undefined;
    const keep = key && ((read: KnownRead) => this.known.set(key, read));
    const compiled = { schema: this.schema, fragments: fragmentsOf(document), variables: variables.coerced, ctx };
    const query = this.schema.getQueryType()!;
    const fields = collectFields(this.schema, compiled.fragments, variables.coerced, query, operation.selectionSet);
    const reads = new Map<string, () => Promise<string>>();
    /** Why fields are left to the executor. */
    const refused: NotCompiled[] = [];
    const remaining: FieldNode[] = [];
    let hasRead = false;
    try {
      for (const [name, nodes] of fields) {
        const read = this.compile(compiled, { key: name, nodes }, keep);
        if (read instanceof NotCompiled) {
          refused.push(read);
          remaining.push(...nodes);
        } else {
          reads.set(name, read);
          hasRead ||= nodes[0]!.name.value !== '__typename';
        }
      }
    } catch (error) {
      noteFault(ctx, error);
      return undefined;
    }
    if (refused.length > 0 && !hasRead) {
      if (refused.every(({ isFinal }) => isFinal)) this.refused.add(operation);
      return undefined;
    }
    const { work } = ctx;
    const { bytes, errors } = work;
    try {
      return await dataOf([...fields.keys()], reads, work, () =>
        remaining.length > 0 ? remainingFields(args, operation, remaining) : Promise.resolve(NO_FIELDS),
      );
    } catch (error) {
      // The executor carries out the whole operation, and counts what it makes.
      work.recount({ bytes, errors });
      noteFault(ctx, error);
      return undefined;
    }
  }

  /** @returns begins to read the JSON text of a root field */
  private compile(
    operation: CompiledOperation,
    { key, nodes }: Omit<Selected, 'field'>,
    keep: ((read: KnownRead) => void) | undefined,
  ): (() => Promise<string>) | NotCompiled {
    const { value: name } = nodes[0]!.name;
    const query = this.schema.getQueryType()!;
    if (name === '__typename') return () => Promise.resolve(`"${query.name}"`);
    const field = query.getFields()[name];
    if (!field) return new NotCompiled(name);
    try {
      return new RootRead(operation, this.names, { key, nodes, field }, keep).read();
    } catch (error) {
      if (error instanceof NotCompiled) return error;
      throw error;
    }
  }

  /** The same for a statement that was compiled before. */
  private async knownData(
    ctx: RequestContext,
    { key, statement, idPlaces }: KnownRead,
    id: string,
  ): Promise<string | undefined> {
    const preparedName = this.names.of(statement, scopeKey(ctx.session.scope));
    if (preparedName === undefined) return undefined;
    const values = [...statement.values];
    for (const place of idPlaces) values[place] = id;
    try {
      const [row] = await ctx.session.run<{ j: string | null }>({ ...statement, values, preparedName });
      return counted(ctx.work, `{${key}:${row!.j ?? 'null'}}`);
    } catch (error) {
      noteFault(ctx, error);
      return undefined;
    }
  }
}

/** The executor meets an expected error, too, and tells where. Any other is a fault of the compiled statement. */
function noteFault({ run }: RequestContext, error: unknown): void {
  const isExpected =
    error instanceof NotCompiled ||
    error instanceof RequestError ||
    error instanceof WorkStopped ||
    isUnavailable(error);
  if (!isExpected && run.trace) run.trace.read = 'FAILED';
}

const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/**
 * Reads all fields at the same time. Throws when all have ended, so that none of them runs beside the executor.
 *
 * @param keys of the fields, in their order
 */
async function dataOf(
  keys: readonly string[],
  reads: ReadonlyMap<string, () => Promise<string>>,
  work: Work,
  remaining: () => Promise<ReadonlyMap<string, string>>,
): Promise<string> {
  const values = new Map<string, string>();
  const begun = [...reads].map(async ([key, begin]) => {
    const text = await begin();
    values.set(key, counted(work, text));
  });
  const others = remaining();
  const all = [others, ...begun];
  await Promise.all(all).catch(async (error: unknown) => {
    await Promise.allSettled(all);
    throw error;
  });
  const ofOthers = await others;
  return `{${keys.map((key) => `${JSON.stringify(key)}:${values.get(key) ?? ofOthers.get(key)!}`).join(',')}}`;
}

/**
 * Counts the bytes of a text that PostgreSQL wrote.
 *
 * @throws NotCompiled when it has a value that the executor reports
 * @throws WorkStopped
 */
function counted(work: Work, text: string): string {
  if (text.includes(ERROR_MARK)) throw new NotCompiled('a value', false);
  work.countBytes(Buffer.byteLength(text));
  return text;
}

/** As PostgreSQL writes it. */
function isDatabaseId(id: unknown): id is string {
  return typeof id === 'string' && /^[1-9]\d{0,17}$/.test(id);
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as never;
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** A root field as a statement. */
class RootRead {
  private readonly operation: CompiledOperation;
  private readonly objects: ObjectCompiler;
  private readonly ctx: RequestContext;

  constructor(
    operation: CompiledOperation,
    private readonly names: StatementNames,
    private readonly selected: Selected,
    /** Keeps the statement of a node for other nodes. */
    private readonly keep?: (read: KnownRead) => void,
  ) {
    this.operation = operation;
    this.objects = new ObjectCompiler(operation);
    this.ctx = operation.ctx;
  }

  /** @returns begins to read the JSON text */
  read(): () => Promise<string> {
    const { source, action } = this.selected.field.extensions as { source?: QuerySource; action?: Action };
    if (!source || !action) throw new NotCompiled(this.selected.field.name);
    this.ctx.authorize(action);
    if (source.kind === 'node') return this.node(source);
    if (source.kind === 'list') return this.list(source.list);
    throw new NotCompiled(this.selected.field.name);
  }

  private node({ loader: { byId } }: Extract<QuerySource, { kind: 'node' }>): () => Promise<string> {
    const { field, nodes } = this.selected;
    if (!byId) throw new NotCompiled(field.name);
    if (byId.action !== undefined) this.ctx.authorize(byId.action as Action);
    const { id: given } = this.objects.argumentsOf(this.selected) as { id: string };
    const id = parseId(byId.type, given, ['id']);
    if (id === null) return () => Promise.resolve('null');
    const name = `read_${byId.table.name}`;
    const select = (objects: ObjectCompiler, of: string) =>
      sql`select ${objects.one(field, nodes, byId.table, rowById(byId, bigint(of)), of)} as j`;
    const { planEachTime, run } = this.statement<{ j: string | null }>(name, select(this.objects, id));
    const { marks, hasOpenedCursors } = this.objects;
    if (this.keep && marks.isEmpty && !hasOpenedCursors && !planEachTime)
      this.keepNode(id, (of) => named(name, select(new ObjectCompiler(this.operation), of)));
    return async () => this.objects.marks.complete((await run())[0]!.j ?? 'null');
  }

  private list(list: ListDefinition<{ id: string }>): () => Promise<string> {
    const { ctx, objects, selected } = this;
    const { session } = ctx;
    const { query, order, page } = read(ctx, list, list.name, objects.argumentsOf(selected) as ListRequest);
    const { rule } = orderOf(list, query);
    let total = 0;
    let isCounted = false;
    const ofTotal = objects.marks.slot(() => String(total));
    const connection: ConnectionJson = new ConnectionJson(objects, selected, {
      page,
      rule,
      columns: list.table,
      rows: (ofPage) => pageOf(list, query, ofPage),
      total: () => {
        if (!connection.hasRows) return sql`(${countOf(list, query)})::text`;
        isCounted = true;
        return ofTotal(raw(`''`));
      },
      seal: (position) => ctx.sealCursor(position, order),
    });
    const write = (found?: FoundRows) =>
      this.statement<{ j: string }>(`read_${list.name}`, connection.select({ found }));
    const whole = write();
    const selectIds = sql`/* ${raw(list.name)} */ select id${raw(rule.selected === undefined ? '' : ', "sortValue"')} from (${pageOf(list, query, page)}) x`;
    const ids = connection.hasRows && whole.planEachTime ? compile(session.scope, selectIds) : undefined;
    // Where the values of the filter decide how rows are found, they are found first, by a statement that is planned for the values.
    const find = async (idsOfPage: Statement) => {
      const { rows, hasNextPage, hasPreviousPage } = toRowsOfPage(await session.run<FoundRow>(idsOfPage), page);
      const more = boolean(page.backward ? hasPreviousPage : hasNextPage);
      return write({ rows: rowsOf(list, rows, rule.selected !== undefined), more }).run();
    };
    return async () => {
      const [[row]] = await Promise.all([
        ids?.planEachTime ? find(ids) : whole.run(),
        isCounted ? countRows(session, list, query).then((count) => (total = count)) : undefined,
      ]);
      return objects.marks.complete(row!.j);
    };
  }

  /** Keeps the statement. Which of its values are the id is seen from the statement for another id. */
  private keepNode(id: string, statementOf: (id: string) => Fragment): void {
    const { scope } = this.ctx.session;
    const other = id === '1' ? '2' : '1';
    const [statement, ofOther] = [id, other].map((of) => compile(scope, statementOf(of))) as [Statement, Statement];
    const idPlaces = statement.values.flatMap((value, place) => (value === ofOther.values[place] ? [] : [place]));
    if (statement.text !== ofOther.text || !idPlaces.every((place) => ofOther.values[place] === other)) return;
    this.keep!({ key: JSON.stringify(this.selected.key), statement, idPlaces });
  }

  /** A statement that must be planned for its values has no name. */
  private statement<Row>(name: string, fragment: Fragment): { planEachTime: boolean; run: () => Promise<Row[]> } {
    const { session } = this.ctx;
    const statement = compile(session.scope, named(name, fragment));
    const { planEachTime = false } = statement;
    const run = () => {
      if (planEachTime) {
        if (statement.text.length > MAX_PLANNED_EACH_TIME) throw new NotCompiled('the time to plan', false);
        return session.run<Row>(statement);
      }
      const preparedName = this.names.of(statement, scopeKey(session.scope));
      if (preparedName === undefined) throw new NotCompiled('the number of prepared statements', false);
      return session.run<Row>({ ...statement, preparedName });
    };
    return { planEachTime, run };
  }
}

function named(name: string, statement: Fragment): Fragment {
  return sql`/* ${raw(name)} */ ${statement}`;
}

/** What is read of a row before its text is written. */
interface FoundRow {
  readonly id: string;
  /** For sorts that select it. */
  readonly sortValue?: string;
}

/** Rows by their ids, in the order of the ids. */
function rowsOf(list: ListDefinition<{ id: string }>, found: readonly FoundRow[], hasValues: boolean): Fragment {
  const ids = found.map(({ id }) => id);
  const values = found.flatMap(({ sortValue }) => sortValue ?? []);
  return sql`select y.*${raw(hasValues ? ', k.value as "sortValue"' : '')}
    from unnest(${bigints(ids)}${hasValues ? sql`, ${texts(values)}` : raw('')}) with ordinality k(id, ${raw(hasValues ? 'value, n' : 'n')})
    cross join lateral (${rowById(list, raw('k.id'))} offset 0) y order by k.n`;
}
