import { operationChannel } from '../base/channels';
import { LineBudget } from '../base/line-budget';
import type { Logger } from '../base/logger';
import { observeTraces } from './observe-channel';

const WINDOW_MS = 60_000;
/** Distinct documents in a minute. The metric counts all operations. */
const MAX_LINES = 60;
const MAX_NAME_LENGTH = 64;

/** Logs operations whose document is not trusted, by name and hash: one line a minute for each document. @returns ends it */
export function logUntrustedDocuments(log: Pick<Logger, 'warn'>): () => void {
  const budget = new LineBudget({ each: 1, all: MAX_LINES, windowMs: WINDOW_MS, onOmitted: () => undefined });
  return observeTraces(operationChannel, {
    end: ({ isTrusted, transport, type, name, documentHash: hash = '', role, customerId, codes = [] }) => {
      if (isTrusted !== false || !budget.allows(hash)) return;
      const operation = { type, name: name?.slice(0, MAX_NAME_LENGTH), hash };
      log.warn({ operation, transport, role, customerId, code: codes[0] }, 'document is not trusted');
    },
  });
}
