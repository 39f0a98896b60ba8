import type { Caller } from '../access/caller';
import type { RateLimits } from '../access/rate-limits';
import { BackgroundLoop, every } from '../base/loop';
import { SharedCache } from '../base/shared-cache';
import type { Database } from '../db/database';
import { customerIdOf, IMPILO_CUSTOMER_ID, scopeKey, SYSTEM_SCOPE, type Scope } from '../db/scope';
import { describeFailure, type StreamLog } from '../db/stream-log';
import { addQuery, findQueries, pruneQueries } from './persisted-query.repository';

export interface PersistedQueriesOptions {
  readonly database: Database;
  readonly rates: RateLimits;
  readonly log: StreamLog;
  readonly bounds?: Partial<PersistedQueryBounds>;
}

/** Sizes in bytes, and a time. */
export interface PersistedQueryBounds {
  /** Of the texts in the memory of this instance. */
  readonly memoryBytes: number;
  /** Of the texts in the database. */
  readonly storedBytes: number;
  /** Of the texts of one customer, or of all operators, in memory and in the database. */
  readonly customerBytes: number;
  /** Pause between two checks of what is stored. */
  readonly pruneIntervalMs: number;
}

const MEGABYTE = 1024 * 1024;
const BOUNDS: PersistedQueryBounds = {
  memoryBytes: 16 * MEGABYTE,
  storedBytes: 64 * MEGABYTE,
  customerBytes: 2 * MEGABYTE,
  pruneIntervalMs: 10_000,
};

/** Key, maps and sets of a text in memory. A row takes less. */
const ENTRY_BYTES = 400;

/** Points of a hash that this instance does not know, beside those of the operation. */
const LOOKUP_POINTS = 50;
/** Hashes in one statement. */
const BATCH_SIZE = 500;

/** A hash that waits for a statement. */
interface Lookup {
  readonly text: Promise<string | undefined>;
  readonly resolve: (text: string | undefined) => void;
}

/**
 * Texts of documents that clients send by their hash. They are kept when their caller has passed all checks before execution, in the
 * share of its customer, and no other customer finds them.
 *
 * Each instance has them in memory, and the database has them for the other instances. There is one statement for a text that is
 * registered, and one at a time for the hashes of a customer that are not in memory.
 */
export class PersistedQueries extends BackgroundLoop {
  private readonly bounds: PersistedQueryBounds;
  private readonly texts: SharedCache<string>;
  /** Hashes that wait for the next statement, by customer. */
  private readonly lookups = new Map<string, Map<string, Lookup>>();
  /** Whether texts were stored since the last check. */
  private hasStored = false;

  constructor(private readonly options: PersistedQueriesOptions) {
    super();
    this.bounds = { ...BOUNDS, ...options.bounds };
    this.texts = new SharedCache({ maxBytes: this.bounds.memoryBytes, maxBytesPerOwner: this.bounds.customerBytes });
  }

  start(): void {
    const { pruneIntervalMs: intervalMs } = this.bounds;
    this.running = every(() => this.prune(), {
      intervalMs,
      firstDelayMs: intervalMs,
      signal: this.stopping.signal,
      onError: (error) => this.options.log.warn(describeFailure(error), 'could not prune persisted queries'),
    });
  }

  /** @param hash as the client sent it */
  async find(caller: Caller, hash: string): Promise<string | undefined> {
    if (!/^[\da-f]{64}$/.test(hash)) return undefined;
    const known = this.texts.get(keyOf(caller.scope, hash));
    if (known !== undefined) return known;
    this.options.rates.charge(caller, LOOKUP_POINTS);
    const text = await this.lookUp(caller.scope, hash);
    if (text !== undefined) this.remember(caller.scope, hash, text);
    return text;
  }

  /**
   * Keeps a text that its caller may run. A failure is of no interest: the client sends the text again.
   *
   * @param hash of the text, which is checked
   */
  async keep({ scope }: Caller, hash: string, text: string): Promise<void> {
    if (this.texts.get(keyOf(scope, hash)) !== undefined) return;
    this.remember(scope, hash, text);
    const bytes = Buffer.byteLength(text) + ENTRY_BYTES;
    if (bytes > this.bounds.customerBytes) return;
    const session = this.options.database.session(scope);
    await addQuery(session, { customerId: ownerOf(scope), hash, text, bytes }, this.bounds.customerBytes).catch(ignore);
    // Not before: a check in the meantime would not see it.
    this.hasStored = true;
  }

  private remember(scope: Scope, hash: string, text: string): void {
    const bytesPerUnit = /^[\0-\xff]*$/.test(text) ? 1 : 2;
    this.texts.add(scopeKey(scope), keyOf(scope, hash), text, text.length * bytesPerUnit + ENTRY_BYTES);
  }

  private lookUp(scope: Scope, hash: string): Promise<string | undefined> {
    const owner = scopeKey(scope);
    const wanted = this.lookups.get(owner) ?? new Map<string, Lookup>();
    const known = wanted.get(hash);
    if (known) return known.text;
    let resolve!: Lookup['resolve'];
    const text = new Promise<string | undefined>((settle) => (resolve = settle));
    wanted.set(hash, { text, resolve });
    if (!this.lookups.has(owner)) {
      this.lookups.set(owner, wanted);
      void this.readAll(scope, wanted);
    }
    return text;
  }

  /** Looks up hashes until none is left. */
  private async readAll(scope: Scope, wanted: Map<string, Lookup>): Promise<void> {
    while (wanted.size > 0) {
      const batch = [...wanted].slice(0, BATCH_SIZE);
      for (const [hash] of batch) wanted.delete(hash);
      const hashes = batch.map(([hash]) => hash);
      // A database that does not respond, or a standby, which has no unlogged tables: the client sends the text.
      const session = this.options.database.session(scope);
      const texts = await findQueries(session, ownerOf(scope), hashes).catch(() => new Map<string, string>());
      for (const [hash, { resolve }] of batch) resolve(texts.get(hash));
    }
    this.lookups.delete(scopeKey(scope));
  }

  private async prune(): Promise<void> {
    if (!this.hasStored) return;
    this.hasStored = false;
    const rows = await pruneQueries(this.options.database.session(SYSTEM_SCOPE), this.bounds.storedBytes);
    if (rows > 0) this.options.log.info({ rows }, 'old persisted queries pruned');
  }
}

/** Customers have keys of their own, so that none finds the text of another. */
function keyOf(scope: Scope, hash: string): string {
  return `${scopeKey(scope)} ${hash}`;
}

function ownerOf(scope: Scope): string {
  return customerIdOf(scope) ?? IMPILO_CUSTOMER_ID;
}

const ignore = (): void => undefined;
