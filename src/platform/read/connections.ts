import { getNamedType, type GraphQLObjectType } from 'graphql';
import { join, late, raw, sql, type Fragment } from '../db/sql';
import { UsedMembers, type ColumnTypes } from '../db/table';
import type { Position } from '../list/keyset';
import type { Page } from '../list/page';
import type { LikelyPage, TypesOfRows } from '../list/rows-below';
import { NotCompiled } from './not-compiled';
import type { ObjectCompiler, Selected } from './objects';
import type { ListAt, ListRun, Run } from './run';
import { TextExpression } from './text';
import { ERROR } from './values';

/** A page of a list that is written as JSON text. */
export interface WrittenPage {
  readonly at: ListAt;
  readonly columns: ColumnTypes;
  readonly types?: TypesOfRows | undefined;
  readonly isOfSession?: boolean;
  /** A `select` of the page's rows in the order in which they are read, and of one more. See `PageBelowKey.rows`. */
  readonly rows: (asked: ListRun, page: Page<Position>, used: UsedMembers) => Fragment;
  readonly likely?: LikelyPage | undefined;
  /** Expression of the number of all rows, as text. */
  readonly total?: (() => Fragment) | undefined;
  /** What precedes the id in the position of a cursor. */
  readonly parent?: Fragment;
  readonly seal: (position: string[], run: Run) => string;
}

/** Rows of a page that were found before, and whether there are more. */
export interface FoundRows {
  readonly rows: Fragment;
  readonly more: Fragment;
}

/** The JSON text of a connection, at the root or below other objects: one aggregation of the rows of a page, and the total. */
export class ConnectionJson {
  /** False if only the total is selected, or the page is empty. */
  readonly hasRows: boolean;
  private readonly type: GraphQLObjectType;
  private readonly members: ReturnType<ObjectCompiler['selected']>;
  private readonly hasMore: boolean;

  constructor(
    private readonly objects: ObjectCompiler,
    { field, nodes }: Selected,
    private readonly of: WrittenPage,
  ) {
    this.type = getNamedType(field.type) as GraphQLObjectType;
    this.members = objects.selected(this.type, nodes);
    const { isEmpty, backward } = of.at.shape;
    this.hasRows = !isEmpty && this.members.some(({ field: member }) => member && member.name !== 'totalCount');
    const further = backward ? 'hasPreviousPage' : 'hasNextPage';
    this.hasMore = this.members.some((member) => {
      if (!member.field || member.field.name !== 'pageInfo') return false;
      const infos = objects.selected(getNamedType(member.field.type) as GraphQLObjectType, member.nodes);
      return infos.some((info) => info.field?.name === further);
    });
  }

  /**
   * A `select` of the text `j`.
   *
   * @param keys a table of one row that the rows and the total depend on, e.g. `(select …) k`
   */
  select({ keys, found }: { keys?: Fragment; found?: FoundRows | undefined }): Fragment {
    const page = new PageJson(this.objects, this.of, found ? 'found' : this.hasMore);
    const json = this.objects.members(this.type, this.members, (text, member) => {
      const { name } = member.field;
      if (name === 'totalCount' && this.of.total) text.append(this.of.total());
      else if (name === 'nodes' || name === 'edges') text.append(page.list(member));
      else if (name === 'pageInfo') text.append(page.info(member));
      else throw new NotCompiled(`${name} of a connection`);
    });
    const text = page.isUsed && this.of.likely ? sql`${json} || ${page.doubt()}` : json;
    const from = [...(keys ? [keys] : []), ...(page.isUsed ? [page.table(found)] : [])];
    return from.length === 0
      ? sql`select ${text} as j`
      : sql`select ${text} as j from ${join(from, ' cross join lateral ')}`;
  }
}

/** The rows of a page, aggregated. */
class PageJson {
  private readonly alias: string;
  private readonly size: Fragment;
  private readonly isReversed: boolean;
  private readonly order: Fragment;
  /** Expressions of a row. */
  private readonly ofRow: Fragment[] = [];
  /** Expressions of all rows. */
  private readonly ofPage: Fragment[] = [];
  private isMoreUsed = false;
  private positions: Fragment | undefined;
  private mark: ((payload: Fragment) => Fragment) | undefined;

  /** @param more whether the extra row is read; `found` if it is known whether there is one */
  constructor(
    private readonly objects: ObjectCompiler,
    private readonly of: WrittenPage,
    private readonly more: boolean | 'found',
  ) {
    this.alias = objects.nextAlias();
    this.size = of.at.fragment(({ size }) => size);
    // Rows that were found have the order of the list.
    this.isReversed = of.at.shape.backward && more !== 'found';
    // For each aggregation: PostgreSQL sorts the rows for all of them if one has an order.
    this.order = raw(this.isReversed ? ' order by r._n desc' : '');
  }

  /** `nodes` or `edges`. */
  list(selected: Selected): Fragment {
    const { field, nodes } = selected;
    const { alias, of, objects } = this;
    if (of.at.shape.isEmpty) return raw(`'[]'`);
    const rows = { alias, ...of };
    const json =
      field.name === 'nodes'
        ? objects.json(field, nodes, rows)
        : objects.objectOf(selected, (text, member) => {
            if (member.field.name === 'cursor') text.append(this.cursor(this.position()));
            else text.append(objects.json(member.field, member.nodes, rows));
          });
    const aggregated = this.aggregate(sql`string_agg(${this.valueOf(json)}, ','${this.order})`);
    return new TextExpression(['[', sql`coalesce(${aggregated}, '')`, ']']);
  }

  info(selected: Selected): Fragment {
    const { isEmpty, backward, hasAfter, hasBefore } = this.of.at.shape;
    return this.objects.objectOf(selected, (text, { field: { name } }) => {
      switch (name) {
        case 'hasNextPage':
          return text.append(isEmpty ? FALSE : backward ? truth(hasBefore) : this.further());
        case 'hasPreviousPage':
          return text.append(isEmpty ? FALSE : backward ? this.further() : truth(hasAfter));
        case 'startCursor':
          return text.append(isEmpty ? NULL : this.cursorAt(raw('1')));
        case 'endCursor':
          return text.append(isEmpty ? NULL : this.cursorAt(sql`least(count(*), ${this.size})`));
        default:
          throw new NotCompiled(name);
      }
    });
  }

  get isUsed(): boolean {
    return this.ofPage.length > 0 || this.isMoreUsed;
  }

  /** The aggregation as a table of one row. */
  table(found: FoundRows | undefined): Fragment {
    const { alias, of, more, ofRow } = this;
    // Nothing of the rows is selected, so there would be no aggregation, which makes one row of none.
    if (found && this.ofPage.length === 0) return sql`(select ${found.more} as more) ${raw(`${alias}p`)}`;
    const used = new UsedMembers(alias, join(ofRow));
    const from = found?.rows ?? this.rows(used);
    const ofPage = this.ofPage.map((value, index) => sql`${value} as a${raw(String(index))}`);
    const columns = [
      ...ofPage,
      ...(of.likely ? [sql`${this.isDoubtful(of.likely)} as doubtful`] : []),
      ...(more === false ? [] : [sql`${found?.more ?? sql`count(*) > ${this.size}`} as more`]),
    ];
    const isNumbered = more === true || this.isReversed;
    const values = [
      ...(isNumbered ? [raw(`${alias}._n`)] : []),
      ...(of.likely ? [sql`${of.likely.isDoubtful(alias)} as doubtful`] : []),
      ...ofRow.map((value, index) => {
        const shown = more === true ? sql`case when ${raw(alias)}._n <= ${this.size} then ${value} end` : value;
        return sql`${shown} as r${raw(String(index))}`;
      }),
    ];
    const rows = isNumbered ? sql`select row_number() over () as _n, y.* from (${from}) y` : from;
    return sql`(select ${join(columns)} from (select ${join(values)} from (${rows}) ${raw(alias)}) r) ${raw(`${alias}p`)}`;
  }

  private rows(used: UsedMembers): Fragment {
    const { at, likely, rows } = this.of;
    if (!likely) return at.fragment((asked) => rows(asked, this.pageOf(asked), used));
    return late((run: Run) => {
      const asked = at.in(run);
      const page = this.pageOf(asked);
      return this.isLikely(likely, run) ? likely.rows(page, used) : rows(asked, page, used);
    });
  }

  private isLikely({ includes }: LikelyPage, run: Run): boolean {
    const { query, page } = this.of.at.in(run);
    return !run.isExact && includes(query, page);
  }

  private pageOf({ page }: ListRun): Page<Position> {
    return this.more === true ? page : { ...page, size: page.size - 1 };
  }

  private isDoubtful(likely: LikelyPage): Fragment {
    return late((run: Run) =>
      this.isLikely(likely, run) ? sql`coalesce(bool_or(r.doubtful), false) or ${likely.areDoubtful}` : raw('false'),
    );
  }

  /** Text that makes the whole text one to be read again. */
  doubt(): Fragment {
    return sql`(case when ${raw(`${this.alias}p.doubtful`)} then ${ERROR} else '' end)`;
  }

  /** @returns its column `r` in the aggregation */
  private valueOf(expression: Fragment): Fragment {
    return raw(`r.r${this.ofRow.push(expression) - 1}`);
  }

  private aggregate(expression: Fragment): Fragment {
    return raw(`${this.alias}p.a${this.ofPage.push(expression) - 1}`);
  }

  private further(): Fragment {
    this.isMoreUsed = true;
    return raw(`${this.alias}p.more::text`);
  }

  private cursorAt(place: Fragment): Fragment {
    const { order, size } = this;
    const ofPage = this.isReversed ? sql` filter (where r._n <= ${size})` : raw('');
    this.positions ??= sql`array_agg(${this.valueOf(this.position())}${order})${ofPage}`;
    return sql`coalesce(${this.cursor(this.aggregate(sql`(${this.positions})[${place}]`))}, 'null')`;
  }

  /** The position of a row as JSON text: what makes its cursor. */
  private position(): Fragment {
    const { alias, of } = this;
    const { parent } = of;
    const { rule } = of.at;
    const id = raw(`${alias}.id::text`);
    const hasValue = rule.cursorValue !== undefined;
    const value = rule.selected === undefined ? rule.cursorText?.(alias) : raw(`${alias}."sortValue"`);
    if (hasValue && !value) throw new NotCompiled('a cursor by this sort');
    const parts = [...(parent ? [parent] : []), id, ...(hasValue ? [value!] : [])];
    return sql`to_json(array[${join(parts)}])::text`;
  }

  private cursor(position: Fragment): Fragment {
    return (this.mark ??= this.objects.marks.slot(
      (payload, run) => `"${this.of.seal(JSON.parse(payload) as string[], run)}"`,
    ))(position);
  }
}

const FALSE = raw(`'false'`);
const NULL = raw(`'null'`);

function truth(isTrue: boolean): Fragment {
  return raw(isTrue ? `'true'` : `'false'`);
}
