import type { Client, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource, Logger, QueryRunner } from 'typeorm';
import { createDataSource } from './data-source';
import { Emitter } from '../base/emitter';
import { blameStatement, causeOf, isRetryable } from './pg-error';
import type { Scope } from './scope';
import type { Session, Tx } from './session';
import { compile, Fragment, sql } from './sql';
import { preparedName, type EntityClass, type Statement } from './statement';

export interface DatabaseOptions {
  url: string;
  entities: EntityClass[];
  /** Connections for customers' statements at the most; operators and workers have small pools of their own. */
  poolSize: number;
  statementTimeoutMs: number;
  /** Sees each statement before it is sent; for tests and benchmarks. */
  observe?: (scope: Scope, text: string, values: readonly unknown[]) => void;
}

/** A transaction that PostgreSQL gave up for another's sake is run again, this often at the most. */
const MAX_ATTEMPTS = 5;

const SET_CUSTOMER = { name: 'set_customer', text: `select set_config('app.customer_id', $1, false)` };
const SET_CUSTOMER_HERE = {
  name: 'set_customer_here',
  text: `select set_config('app.customer_id', $1, true)`,
};

/**
 * The only way to PostgreSQL: `read` for one statement, `transact` for several, each on behalf of a scope.
 *
 * Nothing else may touch the pools. A connection remembers which customer it was set to, so most reads are one statement and
 * all are one round trip.
 */
export class Database {
  /** A transaction that appended events was committed. */
  readonly eventsCommitted = new Emitter();

  private readonly customerOf = new WeakMap<PoolClient, string>();

  private constructor(
    private readonly sources: Record<Scope['kind'], DataSource>,
    private readonly observe: DatabaseOptions['observe'],
  ) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    const small = Math.min(5, options.poolSize);
    const logger = options.observe && transactionLogger(options.observe);
    const source = (kind: Scope['kind'], size: number) => createDataSource(kind, { ...options, size, logger });
    const sources = {
      customer: source('customer', options.poolSize),
      operator: source('operator', small),
      system: source('system', small),
    };
    await Promise.all(Object.values(sources).map((one) => one.initialize()));
    return new Database(sources, options.observe);
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.sources).map((source) => source.destroy()));
  }

  session(scope: Scope): Session {
    const query = <Row>(statement: Statement) => this.read<Row>(scope, statement);
    return { scope, query, sql: (strings, ...parts) => query(compile(scope, sql(strings, ...parts))) };
  }

  /** Runs one prepared statement. */
  async read<Row>(scope: Scope, statement: Statement): Promise<Row[]> {
    this.observe?.(scope, statement.text, statement.values);
    const client = await this.pool(scope).connect();
    let setCustomer: Promise<unknown> | undefined;
    if (scope.kind === 'customer' && this.customerOf.get(client) !== scope.customerId) {
      this.customerOf.delete(client);
      setCustomer = client.query({ ...SET_CUSTOMER, values: [scope.customerId] });
    }
    // Both are on the wire before either is answered. If the first failed, the second ran as the customer before: its
    // rows are dropped and the connection is destroyed.
    const [set, result] = await Promise.allSettled([setCustomer, client.query<Row & object>(prepared(statement))]);
    if (set.status === 'rejected') {
      client.release(true);
      throw set.reason;
    }
    if (scope.kind === 'customer') this.customerOf.set(client, scope.customerId);
    if (result.status === 'rejected') {
      blameStatement(result.reason, statement.text);
      client.release(isConnectionLost(result.reason));
      throw result.reason;
    }
    client.release();
    return result.value.rows;
  }

  /**
   * Runs `work` in one transaction; it commits when `work` resolves and rolls back when it throws.
   *
   * `work` runs again from its start, on a fresh transaction, after a serialization failure or a deadlock (SQLSTATE 40001,
   * 40P01): it must have no effect outside of the transaction.
   */
  async transact<Result>(scope: Scope, work: (tx: Tx) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(scope, work);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }

  private async attempt<Result>(scope: Scope, work: (tx: Tx) => Promise<Result>): Promise<Result> {
    const runner = this.sources[scope.kind].createQueryRunner();
    runner.data.scope = scope;
    const sent: Promise<unknown>[] = [];
    try {
      await runner.startTransaction();
      const client = (await runner.connect()) as PoolClient;
      const run = <Row extends object>({ text, values, name }: QueryConfig): Promise<QueryResult<Row>> => {
        this.observe?.(scope, text, values ?? []);
        const result = client.query<Row>({ name, text, values });
        // With this a failure also counts as handled, for statements that nobody waits for.
        result.catch((error: unknown) => blameStatement(error, text));
        return result;
      };
      const send = (statement: QueryConfig) => {
        sent.push(run(statement));
      };
      if (scope.kind === 'customer') send({ ...SET_CUSTOMER_HERE, values: [scope.customerId] });
      const query = async <Row>(statement: Statement) => (await run<Row & object>(prepared(statement))).rows;
      const tx = {
        scope,
        manager: runner.manager,
        eventsAppended: false,
        query,
        sql: (strings, ...parts) => query(compile(scope, sql(strings, ...parts))),
        send: (statement) => send(prepared(statement instanceof Fragment ? compile(scope, statement) : statement)),
      } as Tx;
      const result = await work(tx);
      // A commit behind a statement that failed rolls back and says nothing of it: all have to be looked at.
      const [failure] = failuresOf(await Promise.allSettled([...sent, runner.commitTransaction()]));
      if (failure !== undefined) throw failure as Error;
      if (tx.eventsAppended) this.eventsCommitted.emit();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => destroyConnection(runner));
      throw causeOf([error, ...failuresOf(await Promise.allSettled(sent))]);
    } finally {
      await runner.release();
    }
  }

  private pool(scope: Scope): Pool {
    return (this.sources[scope.kind].driver as unknown as { master: Pool }).master;
  }
}

function prepared(statement: Statement): QueryConfig {
  return { name: preparedName(statement), text: statement.text, values: statement.values };
}

function failuresOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
}

function isConnectionLost(error: unknown): boolean {
  return !(error instanceof Error && 'severity' in error && error.severity === 'ERROR');
}

/** A transaction that could not be rolled back must not be gone on with by the next caller: the pool drops a client that ends. */
async function destroyConnection(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect().catch(() => undefined)) as Client | undefined;
  client?.end().catch(() => undefined);
}

/** TypeORM tells of each statement of a transaction; reads do not pass through it. */
function transactionLogger(observe: NonNullable<DatabaseOptions['observe']>): Logger {
  const ignore = () => undefined;
  return {
    logQuery(text: string, values?: unknown[], runner?: QueryRunner) {
      const scope = runner?.data.scope as Scope | undefined;
      if (scope) observe(scope, text, values ?? []);
    },
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}
