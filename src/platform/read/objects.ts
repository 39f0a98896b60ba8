import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields';
import { bigint, CUSTOMER_OF_SESSION, late, raw, scoped, sql, text, type Fragment } from '../db/sql';
import type { ColumnTypes } from '../db/table';
import type { FieldSource } from '../graphql/fields';
import { orderName, type ChildList, type ListRequest } from '../list/connection';
import { toListQuery } from '../list/definition';
import { rowById } from '../list/list';
import { isOwned } from '../list/list-table';
import type { TypesOfRows } from '../list/rows-below';
import { hasResolver } from '../operation/metered-fields';
import { computedJson } from './computed';
import { ConnectionJson } from './connections';
import { rowsOfJson } from './json-columns';
import { LikelyPages, type TextRow } from './likely-pages';
import { Marks } from './marks';
import { NotCompiled } from './not-compiled';
import { hasVariables, ListAt, type Run } from './run';
import { JsonText, oneOfTexts, TextExpression } from './text';
import { ERROR, memberJson } from './values';

/** A selected field, or several that execution merges. */
export interface Selected {
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  readonly field: GraphQLField<unknown, unknown>;
}

type SourceOf<Kind> = Extract<FieldSource, { kind: Kind }>;

/** `__typename`, whose value is the type of the object. */
export interface TypeName {
  readonly key: string;
  readonly field: undefined;
}

/** Rows under an alias, with the types of their members. */
export interface Rows {
  readonly alias: string;
  /** Whether there is one row, the node at the root. */
  readonly isOnly?: boolean;
  /** In the scope of a customer: whether there are rows only in a session of that customer. Then so are the rows below them. */
  readonly isOfSession?: boolean;
  readonly columns: ColumnTypes;
  /** For rows of an interface. */
  readonly types?: TypesOfRows | undefined;
  /** Members that the type of the row determines. */
  readonly constants?: Readonly<Record<string, string>>;
}

export interface CompiledOperation {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** Of the request that it is compiled for. Its role and the variables of `@skip` and `@include` are those of all other runs. */
  readonly run: Run;
}

/**
 * Writes the objects of a result as SQL expressions of JSON text. What it knows of a field is its declaration: a column, a link to a
 * node, rows or a list below the row. Members have the order of graphql-js, whose `collectSubfields` applies fragments, `@skip` and
 * `@include`.
 *
 * @throws NotCompiled for anything else
 */
export class ObjectCompiler {
  /** Values that Node completes. */
  readonly marks = new Marks();
  private likely: LikelyPages | undefined;
  private aliases = 0;

  constructor(private readonly operation: CompiledOperation) {}

  /** Reads the text that was compiled, and completes it. */
  async read(run: Run, rows: () => Promise<TextRow[]>): Promise<string> {
    const [row] = await (this.likely ? this.likely.read(run, rows) : rows());
    return this.marks.complete(row!.j ?? 'null', run);
  }

  get schema(): GraphQLSchema {
    return this.operation.schema;
  }

  private get run(): Run {
    return this.operation.run;
  }

  /** Fields of an object type below some field nodes, with those that the type has. */
  selected(type: GraphQLObjectType, nodes: readonly FieldNode[]): (Selected | TypeName)[] {
    const { schema, fragments, run } = this.operation;
    return [...collectSubfields(schema, fragments, run.variables, type, nodes)].map(([key, ofKey]) => {
      const { value: name } = ofKey[0]!.name;
      return { key, nodes: ofKey, field: name === '__typename' ? undefined : type.getFields()[name]! };
    });
  }

  /** `(select <json> from (<rows>) x1)`, null without a row. */
  one(
    field: GraphQLField<unknown, unknown>,
    nodes: readonly FieldNode[],
    rows: Fragment,
    of: Omit<Rows, 'alias'>,
  ): Fragment {
    const alias = this.nextAlias();
    return sql`(select ${this.json(field, nodes, { alias, ...of })} from (${rows}) ${raw(alias)})`;
  }

  nextAlias(): string {
    this.aliases += 1;
    return `x${this.aliases}`;
  }

  /** The JSON text of a row that is the value of a field, or an item of it. */
  json(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[], rows: Rows): Fragment {
    const type = getNamedType(field.type);
    if (isObjectType(type)) return this.object(type, nodes, rows);
    const { types = this.typesByName(type, rows.columns), alias } = rows;
    if (!isInterfaceType(type) || !types) throw new NotCompiled(type.name);
    const cases = this.schema.getPossibleTypes(type).map((possible) => {
      const of = types.of[possible.name];
      if (!of) throw new NotCompiled(possible.name);
      return { value: of.value, text: this.object(possible, nodes, { ...rows, constants: of.members }) };
    });
    return oneOfTexts(raw(`${alias}."${types.member}"`), cases, ERROR);
  }

  private object(type: GraphQLObjectType, nodes: readonly FieldNode[], rows: Rows): TextExpression {
    const { constants = {} } = rows;
    return this.members(type, this.selected(type, nodes), (json, selected) => {
      const constant = constants[selected.field.name];
      if (constant === undefined) json.append(this.value(selected, rows));
      else json.write(`"${constant}"`);
    });
  }

  /** The JSON text of an object that is not a row. @param write writes the value of a member, except of `__typename` */
  objectOf(selected: Selected, write: (json: JsonText, member: Selected) => void): Fragment {
    const type = getNamedType(selected.field.type) as GraphQLObjectType;
    return this.members(type, this.selected(type, selected.nodes), write);
  }

  /** @param write writes the value of a member, except of `__typename` */
  members(
    type: GraphQLObjectType,
    selected: ReturnType<ObjectCompiler['selected']>,
    write: (json: JsonText, member: Selected) => void,
  ): TextExpression {
    const json = new JsonText().write('{');
    let mark = '';
    for (const member of selected) {
      const { key, field } = member;
      json.write(mark);
      // An alias is text of the caller. Other keys are names of the schema.
      if (key === (field?.name ?? '__typename')) json.write(`"${key}":`);
      else json.writeGiven(`"${key}":`);
      if (field) write(json, member);
      else json.write(`"${type.name}"`);
      mark = ',';
    }
    return json.write('}').end();
  }

  private value(selected: Selected, row: Rows): Fragment {
    const { alias, columns, isOfSession = false } = row;
    const { field, nodes } = selected;
    const source = field.extensions.source as FieldSource | undefined;
    if (!source) {
      if (hasResolver(field)) throw new NotCompiled(field.name);
      return isLeafType(getNamedType(field.type))
        ? memberJson(field.type, columns, alias, field.name)
        : this.jsonColumn(selected, columns, alias);
    }
    switch (source.kind) {
      case 'column':
        return memberJson(field.type, columns, alias, source.column);
      case 'globalId':
        return globalIdJson(source.of, alias);
      case 'link': {
        const { loader, column, action, except } = source;
        const { byId } = loader;
        if (!byId) throw new NotCompiled(field.name);
        for (const needed of [action, byId.action]) if (needed !== undefined) this.run.ctx.authorize(needed as never);
        const given = raw(`${alias}."${column}"`);
        const id = except === undefined ? given : sql`nullif(${given}, ${bigint(except)})`;
        const of = { columns: byId.table, isOfSession: isOfSession || isOwned(byId) };
        return sql`coalesce(${this.one(field, nodes, rowById(byId, id), of)}, 'null')`;
      }
      case 'children':
        return this.children(selected, source, row);
      case 'list':
        return this.connection(selected, source.list, row);
      case 'computed':
        return computedJson(this, selected, source, row);
      case 'found':
        return this.found(selected, source, row);
      case 'counts': {
        const below = (run: Run) => source.of.below(toListQuery(source.of.list, run.argumentsOf(selected)));
        const { columns, rows } = below(this.run);
        return this.array(
          selected,
          row,
          { columns },
          hasVariables(nodes[0]!) ? late((run: Run) => below(run).rows) : rows,
        );
      }
    }
  }

  private found(
    { field, nodes }: Selected,
    { loader, given, action }: SourceOf<'found'>,
    { alias: parent, isOfSession = false }: Rows,
  ): Fragment {
    if (action !== undefined) this.run.ctx.authorize(action);
    const { by, row, columns } = loader.found;
    const alias = this.nextAlias();
    const key = raw(
      Object.keys(by)
        .map((member) => `${parent}."${member}"`)
        .join(', '),
    );
    const value = sql`coalesce((select ${this.json(field, nodes, { alias, columns, isOfSession })}
      from (select ${key}) k cross join lateral (${row}) ${raw(alias)}), 'null')`;
    if (given.length === 0) return value;
    const missing = raw(given.map((column) => `${parent}."${column}" is null`).join(' or '));
    return sql`case when ${missing} then 'null' else ${value} end`;
  }

  private children(selected: Selected, source: SourceOf<'children'>, parent: Rows): Fragment {
    const { loader, given, pick } = source;
    const below = source.below ? source.below(this.run.argumentsOf(selected) as never) : loader.below;
    const { type, name } = selected.field;
    if (!below) throw new NotCompiled(name);
    const { columns, types, rows, isOne, member = pick?.member } = below;
    let value: Fragment;
    if (member !== undefined) {
      const alias = this.nextAlias();
      const from = this.tableBelow(parent, sql`(${rows}) ${raw(alias)}`);
      const where = pick ? sql`where ${raw(`${alias}."${pick.column}"`)} = ${text(pick.is)} limit 1` : NOTHING;
      value = orNull(type, sql`(select ${memberJson(type, columns, alias, member)} from ${from} ${where})`);
    } else if (isOne)
      value = orNull(type, sql`(select j from ${this.below(selected, parent, { columns, types }, rows)})`);
    else value = this.array(selected, parent, { columns, types }, rows);
    return given === undefined
      ? value
      : sql`case when ${raw(`${parent.alias}."${given}"`)} is null then 'null' else ${value} end`;
  }

  /** Objects that are stored in the row. */
  private jsonColumn({ field, nodes }: Selected, columns: ColumnTypes, alias: string): Fragment {
    const type = getNamedType(field.type);
    if (!isObjectType(type) || columns.typeOf(field.name)?.type !== 'jsonb') throw new NotCompiled(field.name);
    const column = raw(`${alias}."${field.name}"`);
    const isList = isListType(getNullableType(field.type));
    const { rows, columns: members } = rowsOfJson(type, column, isList);
    const object = this.nextAlias();
    const json = this.object(type, nodes, { alias: object, columns: members });
    const value = isList
      ? array(sql`(select coalesce(string_agg(${json}, ','), '') from (${rows}) ${raw(object)})`)
      : sql`(select ${json} from (${rows}) ${raw(object)})`;
    const missing = isNonNullType(field.type) ? ERROR : raw(`'null'`);
    return sql`case coalesce(jsonb_typeof(${column}), 'null') when ${raw(isList ? `'array'` : `'object'`)} then ${value}
      when 'null' then ${missing} else ${ERROR} end`;
  }

  private connection(selected: Selected, { name, list, below, asOf }: ChildList<{ id: string }>, row: Rows): Fragment {
    if (!below) throw new NotCompiled(selected.field.name);
    if (below.likely) this.likely ??= new LikelyPages();
    const request = this.run.argumentsOf(selected) as ListRequest;
    if ((request.after != null || request.before != null) && !row.isOnly)
      throw new NotCompiled('a cursor of one of several parents');
    const at = new ListAt(this.run, list, ({ id }) => `${name} ${id}`, selected);
    const connection = new ConnectionJson(this, selected, {
      at,
      columns: below.columns,
      types: below.types,
      isOfSession: true,
      rows: ({ query }, page, used) => below.rows(query, page, used),
      likely: below.likely,
      total: below.total && (() => at.fragment(({ query }) => sql`(${below.total!(query)})::text`)),
      parent: raw('k.id::text'),
      seal: ([parent, ...position], run) =>
        run.ctx.sealCursor(position, orderName(`${name} ${parent!}`, at.in(run).query.sort)),
    });
    return sql`(${connection.select({ keys: this.keyOf(row, asOf) })})`;
  }

  /** The rows stay in their order: they come from one subquery with an order. */
  private array(selected: Selected, parent: Rows, of: Omit<Rows, 'alias'>, rows: Fragment): Fragment {
    return array(sql`(select coalesce(string_agg(j, ','), '') from ${this.below(selected, parent, of, rows)})`);
  }

  /** A table with the JSON text `j` of each row below the parent. */
  private below({ field, nodes }: Selected, parent: Rows, of: Omit<Rows, 'alias'>, rows: Fragment): Fragment {
    const alias = this.nextAlias();
    const objects = sql`(
      select ${this.json(field, nodes, { alias, isOfSession: true, ...of })} as j from (${rows}) ${raw(alias)}) ${raw(`${alias}j`)}`;
    return this.tableBelow(parent, objects);
  }

  /** A `select` of one text below a parent. Never null. */
  textBelow(parent: Rows, select: Fragment): Fragment {
    const alias = raw(this.nextAlias());
    return sql`coalesce((select ${alias}.j from ${this.tableBelow(parent, sql`(${select}) ${alias}(j)`)}), 'null')`;
  }

  private tableBelow(parent: Rows, rows: Fragment): Fragment {
    return sql`${this.keyOf(parent)} cross join lateral ${rows}`;
  }

  /** The key of a parent as a table `k`. In the scope of a customer, it has no row in a session of another one. */
  private keyOf({ alias, isOfSession = false }: Rows, asOf?: string): Fragment {
    const customer = scoped(({ kind }) => (kind === 'customer' ? CUSTOMER_OF_SESSION : raw(`${alias}."customerId"`)));
    const columns = raw(`${alias}.id${asOf === undefined ? '' : `, ${alias}."${asOf}" as as_of`}`);
    const isOfCaller = scoped((scope) =>
      scope.kind === 'customer' ? sql` where ${CUSTOMER_OF_SESSION} = ${bigint(scope.customerId)}` : NOTHING,
    );
    return sql`(select ${customer} as customer_id, ${columns}${isOfSession ? NOTHING : isOfCaller}) k`;
  }

  /** An interface whose rows have the name of their type in a column. */
  private typesByName(type: GraphQLNamedType, columns: ColumnTypes): TypesOfRows | undefined {
    if (!isInterfaceType(type) || columns.typeOf(MEMBER_OF_NAME)?.type !== 'text') return undefined;
    const names = this.schema.getPossibleTypes(type).map(({ name }) => name);
    return {
      member: MEMBER_OF_NAME,
      of: Object.fromEntries(names.map((name) => [name, { value: `'${name}'`, members: {} }])),
    };
  }
}

const MEMBER_OF_NAME = '__typename';
const NOTHING = raw('');

/** @param items text of the items with commas between them */
function array(items: Fragment): TextExpression {
  return new TextExpression(['[', items, ']']);
}

/** The value of a field where there may be no row. */
function orNull(type: GraphQLOutputType, value: Fragment): Fragment {
  return sql`coalesce(${value}, ${isNonNullType(type) ? ERROR : raw(`'null'`)})`;
}

/** As `toGlobalId`. The name of a type has no character for which base64url differs from base64, nor have digits. */
function globalIdJson(type: string, alias: string): TextExpression {
  const text = `${type}:`;
  // Three characters become four, so most of the name is constant.
  const begin = text.slice(0, text.length - (text.length % 3));
  const end = raw(`rtrim(encode(('${text.slice(begin.length)}' || ${alias}.id)::bytea, 'base64'), '=')`);
  return new TextExpression([`"${Buffer.from(begin).toString('base64')}`, end, '"']);
}
