import { statementChannel } from '../base/channels';
import type { Logger } from '../base/logger';
import { observeTraces } from './observe-channel';

/** Logs statements that take longer, by name. Waits for a connection do not count. @returns ends it */
export function logSlowStatements(log: Pick<Logger, 'warn'>, slowMs: number): () => void {
  return observeTraces(statementChannel, {
    end: ({ name: statement, scope, customerId, rows, sqlState }, seconds) => {
      const ms = Math.round(seconds * 1_000);
      if (ms >= slowMs) log.warn({ statement, scope, customerId, rows, sqlState, ms }, 'slow statement');
    },
  });
}
