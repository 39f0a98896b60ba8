import type { Scope } from './scope';
import type { Fragment } from './sql';
import type { Statement } from './statement';

/**
 * Runs statements in a scope. Repositories take a session, so no statement can run without a scope.
 */
export interface Session {
  readonly scope: Scope;
  run<Row>(statement: Statement): Promise<Row[]>;
  /** Runs a statement that begins with its name: session.sql<DeviceEntity>`/* lock_device *\/ select … ${bigint(id)} …`. */
  sql<Row>(strings: TemplateStringsArray, ...parts: readonly Fragment[]): Promise<Row[]>;
}

declare const transaction: unique symbol;

/**
 * An open transaction. Only `Database.transact` creates one, so a lock or an event outside a transaction does not compile.
 */
export interface Tx extends Session {
  readonly [transaction]: true;
  /**
   * Sends the last statement, with the commit behind it: they take one round trip. The rows count only if the transaction commits, as
   * for all statements. Only reads may follow. They run after the commit, each on its own.
   */
  last<Row>(statement: Fragment): Promise<Row[]>;
  /**
   * Sends a statement without waiting for its result. If the statement fails, the transaction fails with its error.
   */
  send(statement: Fragment): void;
  /** The same for a statement with rows, which may be read after the commit. */
  sendFor<Row>(statement: Fragment): Promise<Row[]>;
  /**
   * Sets a savepoint, without waiting. The returned function undoes what was done since, so that the transaction can commit the
   * rest. It fails as the transaction does if a statement that was sent failed. One savepoint at a time.
   */
  savepoint(): () => Promise<void>;
  /** Number of events that were appended, by type; they are sequenced right after the commit. */
  eventsAppended: Map<string, number>;
}
