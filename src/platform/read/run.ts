import { visit, type FieldNode } from 'graphql';
import { getArgumentValues } from 'graphql/execution/values';
import { int, late, type Fragment } from '../db/sql';
import { prepared } from '../graphql/prepare-arguments';
import { parseListRequest, type ListRequest } from '../list/connection';
import type { ListOrder, ListQuery } from '../list/definition';
import type { Position, SortRule } from '../list/keyset';
import { orderOf } from '../list/list-table';
import type { Page } from '../list/page';
import type { RequestContext } from '../operation/request-context';
import type { FoundRow } from './found-rows';
import type { Selected } from './objects';

/** One execution of a compiled field: all that differs between the requests that it serves. */
export class Run {
  /** Of the node at the root. */
  id = '';
  /** The number of all rows of the list at the root. */
  total = 0;
  /** The rows of the list at the root, where they were found before. */
  found: { readonly rows: readonly FoundRow[]; readonly hasMore: boolean } = { rows: [], hasMore: false };
  /** Whether likely pages turned out to be doubtful, see likely-pages.ts. */
  isExact = false;
  private readonly lists = new Map<ListAt, ListRun>();

  constructor(
    readonly ctx: RequestContext,
    /** Coerced. */
    readonly variables: Record<string, unknown>,
  ) {}

  /** The arguments of a field, checked and in normal form. Prepared once, also for the executor. */
  argumentsOf({ field, nodes }: Selected): Readonly<Record<string, unknown>> {
    if (field.args.length === 0) return NO_ARGUMENTS;
    const [node] = nodes as readonly [FieldNode];
    return this.ctx.prepared.of(node, field, () =>
      prepared(field as never, getArgumentValues(field, node, this.variables)),
    );
  }

  /** What a list is asked for. */
  of(list: ListAt, ask: () => ListRun): ListRun {
    let known = this.lists.get(list);
    if (!known) this.lists.set(list, (known = ask()));
    return known;
  }
}

const NO_ARGUMENTS = {};

/** What a list is asked for in one run. */
export interface ListRun {
  readonly query: ListQuery;
  readonly page: Page<Position>;
  /** Of the page, as a parameter. */
  readonly size: Fragment;
  readonly order: string;
}

/** What the statement of a list depends on, in addition to its conditions. */
interface PageShape {
  readonly isEmpty: boolean;
  readonly backward: boolean;
  readonly hasAfter: boolean;
  readonly hasBefore: boolean;
}

/** A list at a place in a document. Its page and conditions are those of each run. */
export class ListAt {
  readonly shape: PageShape;
  readonly rule: SortRule<{ id: string }>;
  /** Undefined where they depend on the run. */
  private readonly constant: ListRun | undefined;

  /**
   * @param compiledFor the run of the request that it is compiled for
   * @param nameOf the list and its parent
   */
  constructor(
    compiledFor: Run,
    private readonly list: ListOrder<{ id: string }>,
    private readonly nameOf: (run: Run) => string,
    private readonly selected: Selected,
  ) {
    const asked = this.ask(compiledFor);
    this.shape = shapeOf(asked.page);
    this.rule = orderOf(list, asked.query).rule;
    const { hasAfter, hasBefore } = this.shape;
    if (!hasAfter && !hasBefore && !hasVariables(selected.nodes[0]!)) this.constant = asked;
  }

  /** @throws Error when the statement is not one for this run */
  in(run: Run): ListRun {
    return this.constant ?? run.of(this, () => this.asked(run));
  }

  /** A fragment that depends on what the list is asked for. */
  fragment(of: (asked: ListRun) => Fragment): Fragment {
    return this.constant ? of(this.constant) : late((run: Run) => of(this.in(run)));
  }

  private asked(run: Run): ListRun {
    const asked = this.ask(run);
    const shape = shapeOf(asked.page);
    const isSame =
      this.rule === orderOf(this.list, asked.query).rule &&
      (Object.keys(shape) as (keyof PageShape)[]).every((member) => shape[member] === this.shape[member]);
    if (!isSame) throw new Error(`${this.list.name} was compiled for another page or order.`);
    return asked;
  }

  private ask(run: Run): ListRun {
    const { query, page, order } = parseListRequest(
      run.ctx,
      this.list,
      this.nameOf(run),
      run.argumentsOf(this.selected) as ListRequest,
    );
    return { query, page, size: int(page.size), order };
  }
}

function shapeOf({ size, backward, after, before }: Page<Position>): PageShape {
  return { isEmpty: size === 0, backward, hasAfter: after !== undefined, hasBefore: before !== undefined };
}

/** Whether the arguments of a field depend on variables. */
export function hasVariables(node: FieldNode): boolean {
  let found = false;
  for (const argument of node.arguments ?? []) visit(argument, { Variable: () => void (found = true) });
  return found;
}
