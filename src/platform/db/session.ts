import type { Scope } from './scope';
import type { Fragment } from './sql';

/**
 * What repositories read through: a scope and a way to run statements in it.
 *
 * A scope is part of every session, so no statement can run without saying on whose behalf.
 */
export interface Session {
  readonly scope: Scope;
  /** Runs a statement that begins with its name: session.sql<DeviceEntity>`/* lock_device *\/ select … ${bigint(id)} …`. */
  sql<Row>(strings: TemplateStringsArray, ...parts: readonly Fragment[]): Promise<Row[]>;
}

declare const transaction: unique symbol;

/**
 * An open transaction. Only `Database.transact` makes one, so a lock or an event outside of a transaction does not compile.
 */
export interface Tx extends Session {
  readonly [transaction]: true;
  /**
   * Sends a statement whose answer nobody needs, and does not wait for it: what follows is sent right behind it. Should it fail,
   * the transaction does, with its error.
   */
  send(statement: Fragment): void;
  /** Says that events were appended: the outbox is nudged right after commit. */
  eventsAppended: boolean;
}
