import { createHmac } from 'node:crypto';
import type { Caller } from '../access/caller';
import { DomainError, RequestError, type Problem } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import { pause } from '../base/loop';
import { isCanceled, OutcomeUnknownError } from '../db/pg-error';
import { customerIdOf, IMPILO_CUSTOMER_ID } from '../db/scope';
import type { Tx } from '../db/session';
import { bigint, bytea, raw, sql, text } from '../db/sql';

const MAX_LENGTH = defineLimit('idempotency key, characters', {
  value: 255,
  unit: 'characters',
  description: 'Of `idempotencyKey` in the input of a mutation. More is INVALID_INPUT.',
});

const PATH = ['input', 'idempotencyKey'];

/** Counts characters, not UTF-16 code units. Excludes control and format characters, line ends, and unassigned code points. */
const PRINTABLE = new RegExp(String.raw`^[^\p{C}\p{Zl}\p{Zp}]{1,${MAX_LENGTH}}$`, 'u');

/** How long the result of a call is kept. */
export const KEPT = raw(`interval '24 hours'`);

/** Attempts at a call whose commit is lost again and again. */
const MAX_ATTEMPTS = 3;
const RETRY_PAUSE_MS = 100;

/** A call that can be repeated: the key, and how its result is kept. */
export interface Repeatable<Result extends object> {
  readonly key: string;
  /** @returns text of ids, codes and numbers */
  readonly keep: (result: Result) => string;
  /** Reads the kept result again, in the caller's scope. */
  readonly restore: (kept: string) => Promise<Result>;
}

/** A call as it was sent. */
interface SentCall {
  readonly caller: Caller;
  readonly operation: string;
  /** Checked by the rules of the use case. */
  readonly input: object;
  /** Opens a transaction in the caller's scope. */
  readonly transact: <Value>(work: (tx: Tx) => Promise<Value>) => Promise<Value>;
}

/** A call as it is stored. */
interface Call {
  readonly customerId: string;
  readonly keyHash: Buffer;
  readonly operation: string;
  readonly inputHash: Buffer;
}

type StoredCall = Pick<Call, 'operation' | 'inputHash'> & { result: string };

/** What a transaction comes to: a result, or the problems for which its work was undone. */
interface Settled<Result> {
  result: Result;
  isRefused: boolean;
}

/**
 * Recognizes repeated calls. The first call inserts a row in its own transaction, so a simultaneous one with the same key waits for
 * it, on any instance. The row has the result from the same commit.
 *
 * Keys and inputs are stored as keyed hashes. Inputs have few possible values, such as a patient's name and birth date, so anyone who
 * can read the table could find them by trying if the hash had no key.
 */
export class IdempotencyKeys {
  constructor(private readonly secret: Buffer) {}

  /**
   * Carries out a call once, and returns its kept result when it is repeated.
   *
   * @param work undoes nothing itself: a refused call is rolled back to the savepoint before it, and its refusal is kept
   * @throws DomainError INVALID_INPUT, IDEMPOTENCY_KEY_REUSED
   * @throws RequestError SERVICE_UNAVAILABLE while another call with the key is in progress
   */
  async once<Result extends object>(
    { caller, operation, input, transact }: SentCall,
    { key, keep, restore }: Repeatable<Result>,
    work: (tx: Tx) => Promise<Settled<Result>>,
  ): Promise<{ result: Result; isReplayed: boolean }> {
    const call = this.callOf(caller, operation, input, key);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const done = await transact(async (tx) => {
          const known = await claim(tx, call);
          if (known) return { kept: sameCall(known, call).result } as const;
          const undo = tx.savepoint();
          const { result, isRefused } = await work(tx);
          if (isRefused) await undo();
          tx.send(sql`/* keep_result */ update idempotency_key k set result = ${text(keep(result))}
            where k.customer_id = ${bigint(call.customerId)} and k.key_hash = ${bytea(call.keyHash)}`);
          return { result } as const;
        });
        if (done.kept === undefined) return { result: done.result, isReplayed: false };
        return { result: await restore(done.kept), isReplayed: true };
      } catch (error) {
        // The next attempt finds the row of a call that was committed.
        if (!(error instanceof OutcomeUnknownError)) throw error;
        if (attempt === MAX_ATTEMPTS) throw unavailable('The connection to the database was lost.');
        await pause(RETRY_PAUSE_MS);
      }
    }
  }

  /** @throws DomainError INVALID_INPUT */
  private callOf({ identity, scope }: Caller, operation: string, input: object, key: string): Call {
    const problem = problemOf(key);
    if (problem) throw new DomainError([problem]);
    return {
      customerId: customerIdOf(scope) ?? IMPILO_CUSTOMER_ID,
      keyHash: this.hash(['key', identity, key]),
      operation,
      inputHash: this.hash(['input', canonical(input)]),
    };
  }

  private hash(parts: readonly unknown[]): Buffer {
    return createHmac('sha256', this.secret).update(JSON.stringify(parts)).digest();
  }
}

function problemOf(key: string): Problem | undefined {
  if (key.length > MAX_LENGTH) noteLimitReached('idempotency key, characters');
  const rule = !PRINTABLE.test(key)
    ? `must have 1 to ${MAX_LENGTH} printable characters`
    : key.trim() !== key
      ? 'must not begin or end with a space'
      : undefined;
  return rule === undefined ? undefined : { code: 'INVALID_INPUT', message: `idempotencyKey ${rule}.`, path: PATH };
}

/**
 * Inserts the row of a call; an expired row becomes the row of the new call. Waits for a simultaneous call with the same key.
 *
 * @returns the row of an earlier call
 */
async function claim(tx: Tx, { customerId, keyHash, operation, inputHash }: Call): Promise<StoredCall | undefined> {
  const claimed = tx.sql`/* claim_idempotency_key */ insert into idempotency_key as k (customer_id, key_hash, operation, input_hash)
    values (${bigint(customerId)}, ${bytea(keyHash)}, ${text(operation)}, ${bytea(inputHash)})
    on conflict (customer_id, key_hash) do update
    set operation = excluded.operation, input_hash = excluded.input_hash, result = null, created_at = excluded.created_at
    where k.created_at < clock_timestamp() - ${KEPT} returning 1`;
  try {
    if ((await claimed).length > 0) return undefined;
  } catch (error) {
    throw isCanceled(error) ? unavailable('Another call with this idempotencyKey is still in progress.') : error;
  }
  // The conflict has locked the row, so it is still there.
  const [known] =
    await tx.sql<StoredCall>`/* call_by_idempotency_key */ select k.operation, k.input_hash as "inputHash", k.result
    from idempotency_key k where k.customer_id = ${bigint(customerId)} and k.key_hash = ${bytea(keyHash)}`;
  return known;
}

/** @throws DomainError IDEMPOTENCY_KEY_REUSED */
function sameCall(known: StoredCall, { operation, inputHash }: Call): StoredCall {
  if (known.operation === operation && known.inputHash.equals(inputHash)) return known;
  const message = 'This idempotencyKey was sent with another mutation or another input. Use a new key for a new call.';
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', message, PATH);
}

function unavailable(why: string): RequestError {
  return new RequestError('SERVICE_UNAVAILABLE', `${why} Send the call again with the same idempotencyKey.`);
}

/** The value with the members of its objects in alphabetical order. JSON.stringify writes dates as text and omits undefined members. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(canonical);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, inner]) => [name, canonical(inner)]));
}
