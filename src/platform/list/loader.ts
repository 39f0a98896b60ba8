import DataLoader from 'dataloader';
import { batchChannel, traced } from '../base/channels';
import type { Work } from '../base/work';
import type { Session } from '../db/session';
import type { ListDefinition } from './definition';
import { rowsByIds, type ParentKey } from './list';
import type { RowsBelowKey } from './rows-below';

/** What a read needs from its operation. */
export interface ReadContext {
  readonly session: Session;
  readonly loaders: Loaders;
  readonly work: Pick<Work, 'turns'>;
  /** @throws RequestError FORBIDDEN when the caller's role does not allow the action */
  authorize(action: string): void;
  /** @param list identifies the list, its parent and its order */
  sealCursor(position: readonly string[], list: string): string;
  /** @throws RequestError CURSOR_INVALID */
  openCursor(cursor: string, list: string, argument: string): string[];
}

/**
 * How the values of many keys are read with one statement. There is one definition for each kind of lookup: "device by id",
 * "current association by device".
 *
 * `args` are shared by all keys of a batch, e.g. filter, sort and page of a list that is read for many parents.
 */
export interface LoaderDefinition<Key, Value, Args = undefined> {
  readonly name: string;
  /** Returns one value per key, in the order of the keys. */
  readonly batch: (ctx: ReadContext, keys: readonly Key[], args: Args) => Promise<Value[]>;
  /** Keys with the same cache key are equal. */
  readonly cacheKey: (key: Key) => string;
  /** The list whose rows are read by their ids. */
  readonly byId?: ListDefinition<{ id: string }>;
  /** The rows that are read below a parent, where they are the value. */
  readonly below?: RowsBelowKey;
}

export function defineLoader<Key, Value, Args = undefined>(
  name: string,
  cacheKey: (key: Key) => string,
  batch: LoaderDefinition<Key, Value, Args>['batch'],
): LoaderDefinition<Key, Value, Args> {
  return { name, cacheKey, batch };
}

/** The row of each key, or null. The rows may be in any order. */
export function inOrderOf<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (Row | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}

/** Loads rows by id. Null for an id without a row that the caller may see. */
export function nodeLoader<Row extends { id: string }>(
  list: ListDefinition<Row>,
): LoaderDefinition<string, Row | null> {
  const loader = defineLoader<string, Row | null>(`${list.table.name}_by_id`, String, async (ctx, ids) => {
    if (list.action !== undefined) ctx.authorize(list.action);
    return inOrderOf(ids, await rowsByIds(ctx.session, list, ids), ({ id }) => id);
  });
  return { ...loader, byId: list as unknown as ListDefinition<{ id: string }> };
}

/**
 * The rows of each parent, in the order of the rows.
 *
 * @param member of a row that holds the parent's id
 */
export function groupByParent<Member extends string, Row extends Readonly<Record<Member, string>>>(
  parents: readonly ParentKey[],
  rows: readonly Row[],
  member: Member,
): Row[][] {
  const ofParent = new Map(parents.map(({ id }) => [id, [] as Row[]]));
  for (const row of rows) ofParent.get(row[member])!.push(row);
  return parents.map(({ id }) => ofParent.get(id)!);
}

/**
 * Loads the children of each parent, for all parents by one statement.
 *
 * @param member of a row that holds the parent's id
 */
export function childrenLoader<Member extends string, Row extends Readonly<Record<Member, string>>>(
  name: string,
  find: ((session: Session, parents: readonly ParentKey[]) => Promise<Row[]>) & { readonly below?: RowsBelowKey },
  member: Member,
): LoaderDefinition<ParentKey, Row[]> {
  const loader = defineLoader<ParentKey, Row[]>(name, parentCacheKey, async (ctx, parents) =>
    groupByParent(parents, await find(ctx.session, parents), member),
  );
  return { ...loader, ...(find.below && { below: find.below }) };
}

/** The cache key of a parent in a loader. */
export function parentCacheKey({ customerId, id, asOf }: ParentKey): string {
  return asOf == null ? `${customerId}:${id}` : `${customerId}:${id}:${asOf}`;
}

/** Whether its members are serialized one by one. A Date and a list are one value. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);
}

/** A larger batch is split, which bounds the duration of one statement. */
const MAX_BATCH = 1_000;

/** The DataLoaders of one operation: one for each definition and arguments, made when first used. */
export class Loaders {
  // Made when first used: many operations load nothing.
  private known: Map<string, DataLoader<unknown, unknown, string>> | undefined;
  private texts: WeakMap<object, string> | undefined;

  constructor(private readonly ctx: ReadContext) {}

  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value>;
  load<Key, Value, Args>(definition: LoaderDefinition<Key, Value, Args>, key: Key, args: Args): Promise<Value>;
  load<Key, Value, Args>(definition: LoaderDefinition<Key, Value, Args>, key: Key, args?: Args): Promise<Value> {
    return this.loaderOf(definition, args as Args).load(key);
  }

  private loaderOf<Key, Value, Args>(definition: LoaderDefinition<Key, Value, Args>, args: Args) {
    const name = isObject(args) ? `${definition.name} ${this.textOf(args)}` : definition.name;
    const loaders = (this.known ??= new Map<string, DataLoader<unknown, unknown, string>>());
    let loader = loaders.get(name) as DataLoader<Key, Value, string> | undefined;
    if (!loader) {
      loader = new DataLoader<Key, Value, string>((keys) => this.batch(definition, keys, args), {
        cacheKeyFn: definition.cacheKey,
        maxBatchSize: MAX_BATCH,
        batchScheduleFn: (dispatch) => this.ctx.work.turns.afterLists(dispatch),
        // Not with the arguments: monitoring tools show it, and a filter or a place in a list may hold a name.
        name: definition.name,
      });
      loaders.set(name, loader);
    }
    return loader;
  }

  /** Equal arguments have the same text. An object that was seen before is not serialized again: a filter can have many values. */
  private textOf(args: object): string {
    this.texts ??= new WeakMap();
    let text = this.texts.get(args);
    if (text === undefined) {
      const members = Object.entries(args).map(([member, value]: [string, unknown]) => [
        JSON.stringify(member),
        isObject(value) ? this.textOf(value) : JSON.stringify(value ?? null),
      ]);
      text = `{${members.map((pair) => pair.join(':')).join(',')}}`;
      this.texts.set(args, text);
    }
    return text;
  }

  private batch<Key, Value, Args>(definition: LoaderDefinition<Key, Value, Args>, keys: readonly Key[], args: Args) {
    const trace = { loader: definition.name, keys: keys.length };
    return traced(batchChannel, trace, () => definition.batch(this.ctx, keys, args));
  }

  /** Drops all cached values. */
  clear(): void {
    this.known?.clear();
  }
}
