import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { Emitter } from '../base/emitter';
import { Backoff, pause } from '../base/loop';
import type { WorkCounter } from '../base/work';
import { responseTimeoutOf } from './connection';
import { Connections, type ConnectionsOptions, type Lease, type PoolState } from './connections';
import {
  blameStatement,
  causeOf,
  isCanceled,
  isReadOnly,
  isReported,
  isRetryable,
  OutcomeUnknownError,
} from './pg-error';
import type { Reachability } from './reachability';
import type { Scope } from './scope';
import { SharedConnections } from './shared-connections';
import { send } from './send';
import type { Session, Tx } from './session';
import { compile, sql } from './sql';
import { traceStatement } from './statement-trace';
import { preparedName, type Statement } from './statement';

export interface DatabaseOptions extends ConnectionsOptions {
  /** Called with each statement before it is sent; for tests and benchmarks. */
  observe?: (scope: Scope, text: string, values: readonly unknown[]) => void;
}

/** Attempts at a transaction that fails with 40001 or 40P01. */
const MAX_ATTEMPTS = 5;
const RETRY_BACKOFF = { firstMs: 2, maxMs: 50 };

const BEGIN = { text: 'START TRANSACTION' };
const COMMIT = { text: 'COMMIT' };
const ROLLBACK = { text: 'ROLLBACK' };
const SAVEPOINT = { text: 'SAVEPOINT work' };
const ROLLBACK_TO_SAVEPOINT = { text: 'ROLLBACK TO SAVEPOINT work' };

const SET_CUSTOMER = { name: 'set_customer', text: `select set_config('app.customer_id', $1, false)` };
const SET_PLAN_MODE = { name: 'set_plan_mode', text: `select set_config('plan_cache_mode', $1, false)` };

/**
 * The only way to PostgreSQL: `read` for one statement, `transact` for several, each on behalf of a scope.
 *
 * Nothing else may use the pools. The customer that a connection is set to is remembered, so most reads are one statement, and
 * all reads are one round trip.
 */
export class Database {
  /** Emitted after the commit of a transaction that appended events. */
  readonly eventsCommitted = new Emitter();
  /** Emitted when PostgreSQL refused a statement because the database is read-only, as after a failover. */
  readonly writeRefused = new Emitter();

  private readonly customerOf = new WeakMap<PoolClient, string>();
  /** Whether a connection plans statements for their values. Absent where it is not known. */
  private readonly plansEachTime = new WeakMap<PoolClient, boolean>();

  private readonly connections: Connections;
  private readonly shared: SharedConnections;
  private readonly observe: DatabaseOptions['observe'];
  private readonly responseTimeoutMs: number;

  /** Connects lazily. */
  constructor(options: DatabaseOptions) {
    this.responseTimeoutMs = responseTimeoutOf(options.statementTimeoutMs);
    this.connections = new Connections(options);
    this.shared = new SharedConnections((client) => this.connections.mayKeep('customer', client));
    this.observe = options.observe;
  }

  async close(): Promise<void> {
    await this.connections.close();
  }

  get pools(): readonly PoolState[] {
    return this.connections.states;
  }

  /** Whether the database responds. While it does not, statements fail at once. */
  get reachability(): Pick<Reachability, 'isUnreachable' | 'changed'> {
    return this.connections.reachability;
  }

  /** From now on, statements run on new connections. */
  renewConnections(): void {
    this.connections.renew();
  }

  /** Whether a connection must not be used again after a failure. */
  private isUnusable(error: unknown): boolean {
    this.connections.noteFailure(error);
    if (!isReadOnly(error)) return isConnectionLost(error);
    this.renewConnections();
    this.writeRefused.emit();
    return true;
  }

  /** @param work counts the statements */
  session(scope: Scope, work?: WorkCounter): Session {
    return {
      scope,
      run: (statement) => this.read(scope, statement, work),
      sql: (strings, ...parts) => this.read(scope, compile(scope, sql(strings, ...parts)), work),
    };
  }

  /**
   * Runs one prepared statement.
   *
   * @param work counts the statement
   * @param timeoutMs the connection is taken for dead after this time; by default, soon after the statement timeout
   */
  async read<Row>(
    scope: Scope,
    statement: Statement,
    work?: WorkCounter,
    timeoutMs = this.responseTimeoutMs,
  ): Promise<Row[]> {
    work?.countStatement();
    this.observe?.(scope, statement.text, statement.values);
    const { name, text, values } = prepared(statement);
    const owner = scope.kind === 'customer' && name !== undefined ? scope.customerId : undefined;
    const joined = owner === undefined ? undefined : this.shared.join(owner, name!);
    const taken = joined ?? this.connections.takeFree(scope) ?? (await this.takeFor(scope, work));
    const { client } = taken;
    const setCustomer = this.setCustomer(client, scope);
    // While the customer is set, no read is sent behind this one.
    const { release } = joined || setCustomer || owner === undefined ? taken : this.shared.share(owner, name!, taken);
    this.choosePlan(client, statement.planEachTime);
    const sent = traceStatement(scope, statement, false, () =>
      send<Row & object>(client, { name, text, values }, timeoutMs),
    );
    // Both are sent before the first response arrives. If the first fails, the second ran as the previous customer: its rows
    // are discarded and the connection is destroyed.
    if (setCustomer) {
      const [set] = await Promise.allSettled([setCustomer, sent]);
      if (set.status === 'rejected') {
        this.connections.noteFailure(set.reason);
        release(true);
        throw set.reason;
      }
    }
    let result: QueryResult<Row & object>;
    try {
      result = await sent;
    } catch (error) {
      blameStatement(error, statement.text);
      release(this.isUnusable(error));
      if (isCanceled(error)) work?.assertInTime();
      throw error;
    }
    release();
    return result.rows;
  }

  /**
   * Sets the customer of a connection. If it fails, what was sent after it ran as the customer before: nothing of it may be used or
   * committed. Undefined for a connection that has the customer, or needs none.
   */
  private setCustomer(client: PoolClient, scope: Scope): Promise<unknown> | undefined {
    if (scope.kind !== 'customer' || this.customerOf.get(client) === scope.customerId) return undefined;
    this.customerOf.delete(client);
    const set = send(client, { ...SET_CUSTOMER, values: [scope.customerId] }, this.responseTimeoutMs);
    return set.then(() => this.customerOf.set(client, scope.customerId));
  }

  /** Sent before a statement. If it fails, the connection is lost, and the statement fails, too. */
  private choosePlan(client: PoolClient, planEachTime = false): void {
    if (this.plansEachTime.get(client) === planEachTime) return;
    this.plansEachTime.set(client, planEachTime);
    const mode = planEachTime ? 'auto' : 'force_generic_plan';
    send(client, { ...SET_PLAN_MODE, values: [mode] }, this.responseTimeoutMs).catch(() =>
      this.plansEachTime.delete(client),
    );
  }

  /** A connection for work that is still in time. @throws WorkStopped */
  private async takeFor(scope: Scope, work: WorkCounter | undefined): Promise<Lease> {
    const lease = await this.connections.take(scope);
    try {
      work?.assertInTime();
      return lease;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /**
   * Runs `work` in one transaction. It commits when `work` resolves and rolls back when `work` throws.
   *
   * After a serialization failure or a deadlock (SQLSTATE 40001, 40P01), `work` runs again in a new transaction. Therefore it
   * must have no effects outside the transaction.
   *
   * @param counter counts the statements. Once it is stopped, the transaction rolls back.
   * @throws WorkStopped
   * @throws OutcomeUnknownError when the connection is lost during COMMIT
   */
  async transact<Result>(scope: Scope, work: (tx: Tx) => Promise<Result>, counter?: WorkCounter): Promise<Result> {
    const backoff = new Backoff(RETRY_BACKOFF);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(scope, work, counter);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
        await pause(backoff.next());
      }
    }
  }

  /**
   * The customer, BEGIN and the first statement are sent together; only the commit waits for the first two. Work that sends no
   * statement opens no transaction.
   */
  private async attempt<Result>(
    scope: Scope,
    work: (tx: Tx) => Promise<Result>,
    counter?: WorkCounter,
  ): Promise<Result> {
    const { client, release } = await this.takeFor(scope, counter);
    const run = <Row extends object>({ text, values, name, planEachTime }: Sent): Promise<QueryResult<Row>> => {
      this.observe?.(scope, text, values ?? []);
      if (planEachTime !== undefined) this.choosePlan(client, planEachTime);
      const result = traceStatement(scope, { name, text }, true, () =>
        send<Row>(client, { name, text, values }, this.responseTimeoutMs),
      );
      // Also marks the rejection as handled, for statements that are not awaited.
      result.catch((error: unknown) => blameStatement(error, text));
      return result;
    };
    const state: TransactionState = { isOver: false, isBroken: false };
    const sent: Promise<unknown>[] = [];
    const begin = (): Promise<unknown> => {
      if (!state.begun) {
        state.customerSet = this.setCustomer(client, scope);
        const begun = run(BEGIN);
        sent.push(begun);
        state.begun = state.customerSet ? Promise.all([state.customerSet, begun]) : begun;
        state.begun.catch(() => undefined); // the commit fails with it
      }
      return state.begun;
    };
    const sendAfterBegin = <Row extends object>(statement: Sent): Promise<QueryResult<Row>> => {
      void begin();
      const result = run<Row>(statement);
      sent.push(result);
      return result;
    };
    const query = async <Row>(statement: Statement): Promise<Row[]> => {
      counter?.countStatement();
      const beginning = begin();
      const result = run<Row & object>(prepared(statement));
      await beginning;
      return (await result).rows;
    };
    /** Nothing is committed for another customer. */
    const commit = async (): Promise<void> => {
      counter?.assertInTime();
      if (state.customerSet) await state.customerSet;
      const committing = run(COMMIT).then(() => (state.isOver = true));
      const [committed, ...others] = await Promise.allSettled([committing, ...sent]);
      // COMMIT after a failed statement rolls back without an error, so every result must be checked.
      const failures = failuresOf(others);
      if (committed.status === 'rejected') throw failureOfCommit(committed.reason, failures);
      if (failures.length > 0) throw failures[0] as Error;
    };
    const last = async <Row>(statement: Statement): Promise<Row[]> => {
      counter?.countStatement();
      await begin();
      const result = sendAfterBegin<Row & object>(prepared(statement));
      state.committed = commit();
      state.committed.catch(() => undefined); // it is awaited after the work
      return (await result).rows;
    };
    const savepoint = (): (() => Promise<void>) => {
      const eventsAppended = new Map(tx.eventsAppended);
      void sendAfterBegin(SAVEPOINT);
      return async () => {
        const [failure, ...others] = failuresOf(await Promise.allSettled(sent));
        if (failure !== undefined) throw causeOf([failure, ...others]);
        await run(ROLLBACK_TO_SAVEPOINT);
        this.plansEachTime.delete(client);
        tx.eventsAppended = eventsAppended;
      };
    };
    const tx = {
      scope,
      eventsAppended: new Map(),
      run: query,
      sql: (strings, ...parts) => query(compile(scope, sql(strings, ...parts))),
      last: (statement) => last(compile(scope, statement)),
      send: (statement) => {
        counter?.countStatement();
        void sendAfterBegin(prepared(compile(scope, statement)));
      },
      sendFor: (statement) => {
        counter?.countStatement();
        const rows = sendAfterBegin(prepared(compile(scope, statement))).then((result) => result.rows);
        rows.catch(() => undefined); // its failure is that of the transaction
        return rows;
      },
      savepoint,
    } as Tx;
    try {
      const result = await work(tx);
      if (!state.begun) return result;
      await (state.committed ?? commit());
      counter?.countWrites(Math.max(0, ...tx.eventsAppended.values()));
      if (tx.eventsAppended.size > 0) this.eventsCommitted.emit();
      return result;
    } catch (error) {
      // The connection is destroyed if the rollback failed, so that the next caller does not continue the transaction, and if
      // BEGIN failed, because the statements then ran as the previous customer and outside a transaction.
      this.plansEachTime.delete(client);
      const [ofCommit] = failuresOf(await Promise.allSettled([state.committed]));
      if (state.begun && !state.isOver) await run(ROLLBACK).catch(() => (state.isBroken = true));
      await state.begun?.catch(() => (state.isBroken = true));
      const failures = [ofCommit ?? error, ...failuresOf(await Promise.allSettled(sent))] as const;
      for (const failure of failures) this.connections.noteFailure(failure);
      const cause = causeOf(failures);
      state.isBroken ||= (isReadOnly(cause) && this.isUnusable(cause)) || (state.isOver && isConnectionLost(cause));
      if (isCanceled(cause)) counter?.assertInTime();
      throw cause;
    } finally {
      release(state.isBroken);
    }
  }
}

interface TransactionState {
  /** Absent when the connection has the customer. */
  customerSet?: Promise<unknown> | undefined;
  begun?: Promise<unknown>;
  /** Only of a transaction with a last statement. */
  committed?: Promise<void>;
  isOver: boolean;
  isBroken: boolean;
}

/** What is sent to the server. */
interface Sent extends QueryConfig {
  /** Absent for what needs no plan. */
  readonly planEachTime?: boolean;
}

function prepared(statement: Statement): Sent {
  const { text, values, planEachTime = false } = statement;
  return { name: preparedName(statement), text, values, planEachTime };
}

function failuresOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
}

/** @param others failures of the statements before COMMIT */
function failureOfCommit(failure: unknown, others: readonly unknown[]): unknown {
  const isKnown = others.some(isReported) || !isConnectionLost(failure);
  return isKnown ? (others[0] ?? failure) : new OutcomeUnknownError(failure);
}

function isConnectionLost(error: unknown): boolean {
  return !(error instanceof Error && 'severity' in error && error.severity === 'ERROR');
}
