import {
  getNamedType,
  getOperationAST,
  isObjectType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { getVariableValues } from 'graphql/execution/values';
import { parseId } from '../base/global-id';
import { bigint, bigints, compile, join, raw, sql, type Fragment } from '../db/sql';
import { read, type ListRequest } from '../list/connection';
import { countRows, orderOf, pageOf, rowById } from '../list/list';
import type { ListDefinition } from '../list/definition';
import type { PageInfoValue } from '../list/connection';
import { toRowsOfPage, type RowsOfPage } from '../list/page';
import type { Action } from '../access/policy';
import type { QuerySource } from '../graphql/queries';
import type { RequestContext } from '../operation/request-context';
import type { Statement } from '../db/statement';
import { KnownReads, type KnownRead } from './known-reads';
import { NotCompiled } from './not-compiled';
import { ERROR_MARK } from './values';
import { StatementNames } from './statement-names';
import { ObjectCompiler, type CompiledOperation, type Selected } from './objects';

/** Result of a read: JSON text of the rows' objects, by field node, with what cursors need. */
type PageRow = Record<string, string> & { id: string; sortValue?: string };

export interface CompiledReadsOptions {
  /** Otherwise, a document is compiled when it is used again. */
  readonly compilesAtFirstUse?: boolean;
  readonly maxStatements?: number;
}

/**
 * Reads whose JSON text PostgreSQL writes, in one statement for each root field. Everything that is not declared as data, and every
 * error, is left to the executor: it carries out the whole operation.
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
    this.names = new StatementNames(options.maxStatements);
  }

  /** The JSON text of the data. Undefined when the executor must carry out the operation. */
  async data(ctx: RequestContext, args: ExecutionArgs, isKnown: boolean): Promise<string | undefined> {
    if (!isKnown && !this.options.compilesAtFirstUse) return undefined;
    const { document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName)!;
    if (operation.operation !== OperationTypeNode.QUERY || ctx.caller.scope.kind !== 'customer') return undefined;
    if (this.refused.has(operation)) return undefined;
    const key = this.known.keyOf(ctx.caller, document, operation, variableValues);
    const known = key && this.known.get(key);
    if (known && isDatabaseId(key.id)) return this.knownData(ctx, known, key.id);
    const definitions = operation.variableDefinitions ?? [];
    const variables = getVariableValues(this.schema, definitions, variableValues ?? {}, { maxErrors: 1 });
    if (variables.errors) return undefined;
    let reads: (() => Promise<string>)[];
    const keys: string[] = [];
    const keep = key && ((read: KnownRead) => this.known.set(key, read));
    try {
      const compiled = { schema: this.schema, fragments: fragmentsOf(document), variables: variables.coerced, ctx };
      const query = this.schema.getQueryType()!;
      const fields = collectFields(this.schema, compiled.fragments, variables.coerced, query, operation.selectionSet);
      reads = [...fields].map(([key, nodes]) => {
        const { value: name } = nodes[0]!.name;
        const field = query.getFields()[name];
        keys.push(JSON.stringify(key));
        if (name === '__typename') return () => Promise.resolve(JSON.stringify(query.name));
        if (!field) throw new NotCompiled(name);
        return new RootRead(compiled, this.names, { key, nodes, field }, keep).read();
      });
    } catch (error) {
      if (error instanceof NotCompiled && error.isFinal) this.refused.add(operation);
      return undefined;
    }
    try {
      const values = await Promise.all(reads.map((begin) => begin()));
      const data = `{${values.map((value, index) => `${keys[index]}:${value}`).join(',')}}`;
      return counted(ctx, data);
    } catch {
      // The executor meets the same error, and tells where.
      return undefined;
    }
  }

  /** The same for a statement that was compiled before. */
  private async knownData(
    ctx: RequestContext,
    { key, statement, idPlaces }: KnownRead,
    id: string,
  ): Promise<string | undefined> {
    const preparedName = this.names.of(statement);
    if (preparedName === undefined) return undefined;
    const values = [...statement.values];
    for (const place of idPlaces) values[place] = id;
    try {
      const [row] = await ctx.session.run<{ j: string | null }>({ ...statement, values, preparedName });
      return counted(ctx, `{${key}:${row!.j ?? 'null'}}`);
    } catch {
      return undefined;
    }
  }
}

/** @throws WorkStopped */
function counted(ctx: RequestContext, data: string): string | undefined {
  if (data.includes(ERROR_MARK)) return undefined;
  ctx.work.countBytes(Buffer.byteLength(data));
  return data;
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
      sql`select ${objects.one(field, nodes, byId.table, rowById(byId, bigint(of)))} as j`;
    const run = this.statement<{ j: string | null }>(name, select(this.objects, id));
    if (!run) throw new NotCompiled('values that matter', false);
    if (this.keep && this.objects.marks.isEmpty)
      this.keepNode(id, (of) => named(name, select(new ObjectCompiler(this.operation), of)));
    return async () => this.objects.marks.complete((await run())[0]!.j ?? 'null');
  }

  private list(list: ListDefinition<{ id: string }>): () => Promise<string> {
    const { ctx, objects, selected } = this;
    const request = objects.argumentsOf(selected) as ListRequest;
    const { query, order, page, positionOf } = read(ctx, list, list.name, request);
    const type = getNamedType(selected.field.type);
    if (!isObjectType(type)) throw new NotCompiled(type.name);
    const alias = objects.nextAlias();
    const columns: Fragment[] = [raw(`${alias}.id`)];
    const { rule } = orderOf(list, query);
    if (rule.selected !== undefined) columns.push(raw(`${alias}."sortValue"`));
    const hasPosition = rule.cursorValue === undefined || rule.selected !== undefined;
    const cursorOf = (row: PageRow): string => {
      const { id, value } = positionOf(row);
      return ctx.sealCursor(value === undefined ? [id] : [id, value], order);
    };
    const rows = { alias, columns: list.table };
    const position = [raw(`${alias}.id::text`), ...(rule.selected === undefined ? [] : [raw(`${alias}."sortValue"`)])];
    const cursor = objects.marks.slot((payload) => `"${ctx.sealCursor(JSON.parse(payload) as string[], order)}"`);
    /** Adds an expression to the statement. @returns its column */
    const select = (json: Fragment): string => {
      const column = `j${columns.length}`;
      columns.push(sql`${json} as ${raw(column)}`);
      return column;
    };
    const needsPosition = () => {
      if (!hasPosition) throw new NotCompiled(`cursors by ${query.sort.field}`, false);
    };
    let counts = false;
    const members = objects.selected(type, selected.nodes).map((member): ((result: PageResult) => string) => {
      const key = `${JSON.stringify(member.key)}:`;
      if (!member.field) return () => `${key}"${type.name}"`;
      switch (member.field.name) {
        case 'nodes': {
          const column = select(objects.json(member.field, member.nodes, rows));
          return (result) => `${key}[${result.rows.map((row) => row[column]).join(',')}]`;
        }
        case 'edges': {
          const edge = objects.objectOf(member, (json, { field, nodes }) => {
            if (field.name === 'node') json.append(objects.json(field, nodes, rows));
            else {
              needsPosition();
              json.append(cursor(sql`to_json(array[${join(position)}])::text`));
            }
          });
          const column = select(edge);
          return (result) => `${key}[${result.rows.map((row) => row[column]).join(',')}]`;
        }
        case 'pageInfo': {
          const info = this.pageInfo(member, cursorOf);
          if (info.hasCursor) needsPosition();
          return (result) => `${key}${info.json(result)}`;
        }
        case 'totalCount':
          counts = true;
          return ({ total }) => `${key}${total}`;
        default:
          throw new NotCompiled(member.field.name);
      }
    });
    const selectFrom = (from: Fragment) =>
      this.statement<PageRow>(`read_${list.name}`, sql`select ${join(columns)} from (${from}) ${raw(alias)}`);
    const rowsOfPage = pageOf(list, query, page);
    const whole = selectFrom(rowsOfPage);
    // Where the values of the filter decide how rows are found, they are found first, by a statement that is planned for the values.
    const find = async (): Promise<RowsOfPage<PageRow>> => {
      if (whole) return toRowsOfPage(await whole(), page);
      const ids = await ctx.session.sql<{ id: string }>`/* ${raw(list.name)} */ ${rowsOfPage}`;
      const found = toRowsOfPage(ids, page);
      if (found.rows.length === 0) return { ...found, rows: [] };
      const ofIds = selectFrom(
        rowsOf(
          list,
          found.rows.map(({ id }) => id),
        ),
      );
      if (!ofIds) throw new NotCompiled('values that matter', false);
      return { ...found, rows: await ofIds() };
    };
    return async () => {
      const [result, total] = await Promise.all([find(), counts ? countRows(ctx.session, list, query) : 0]);
      return objects.marks.complete(`{${members.map((member) => member({ ...result, total })).join(',')}}`);
    };
  }

  private pageInfo(
    { field, nodes }: Selected,
    cursorOf: (row: PageRow) => string,
  ): { hasCursor: boolean; json: (result: PageResult) => string } {
    const type = getNamedType(field.type) as GraphQLObjectType;
    const selected = this.objects.selected(type, nodes);
    const hasCursor = selected.some(({ field: member }) => member?.name.endsWith('Cursor'));
    const json = ({ rows, hasNextPage, hasPreviousPage }: PageResult): string => {
      const [first, last] = [rows.at(0), rows.at(-1)];
      const info: PageInfoValue & Record<string, unknown> = {
        hasNextPage,
        hasPreviousPage,
        startCursor: hasCursor && first ? cursorOf(first) : null,
        endCursor: hasCursor && last ? cursorOf(last) : null,
      };
      return JSON.stringify(
        Object.fromEntries(selected.map(({ key, field: member }) => [key, member ? info[member.name] : type.name])),
      );
    };
    return { hasCursor, json };
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

  /** Undefined for a statement that must be planned for its values. */
  private statement<Row>(name: string, fragment: Fragment): (() => Promise<Row[]>) | undefined {
    const { session } = this.ctx;
    const statement = compile(session.scope, named(name, fragment));
    if (statement.planEachTime) return undefined;
    const preparedName = this.names.of(statement);
    if (preparedName === undefined) throw new NotCompiled('the number of prepared statements', false);
    return () => session.run<Row>({ ...statement, preparedName });
  }
}

function named(name: string, statement: Fragment): Fragment {
  return sql`/* ${raw(name)} */ ${statement}`;
}

interface PageResult extends RowsOfPage<PageRow> {
  readonly total: number;
}

/** Rows by their ids, in the order of the ids. */
function rowsOf(list: ListDefinition<{ id: string }>, ids: readonly string[]): Fragment {
  return sql`select y.* from unnest(${bigints(ids)}) with ordinality i(id, n)
    cross join lateral (${rowById(list, raw('i.id'))} offset 0) y order by i.n`;
}
