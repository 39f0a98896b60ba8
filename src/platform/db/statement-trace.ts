import type { QueryConfig, QueryResult } from 'pg';
import { statementChannel, traced, type StatementTrace } from '../base/channels';
import { describeDatabaseError, statementName } from './pg-error';
import { customerIdOf, type Scope } from './scope';

/** Sends a statement and traces it on the channel of statements: its name, never its values. */
export function traceStatement<Row extends object>(
  scope: Scope,
  { text, name }: Pick<QueryConfig, 'text' | 'name'>,
  isInTransaction: boolean,
  send: () => Promise<QueryResult<Row>>,
): Promise<QueryResult<Row>> {
  if (!statementChannel.hasSubscribers) return send();
  const trace: StatementTrace = {
    name: statementName(text) ?? name ?? text, // statements without a comment are constants, e.g. START TRANSACTION
    scope: scope.kind,
    customerId: customerIdOf(scope),
    isInTransaction,
  };
  return traced(statementChannel, trace, async () => {
    try {
      const result = await send();
      trace.rows = result.rowCount;
      return result;
    } catch (error) {
      trace.sqlState = describeDatabaseError(error)?.sqlState as string | undefined;
      throw error;
    }
  });
}
