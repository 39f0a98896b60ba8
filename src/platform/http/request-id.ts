import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID = 'x-request-id';

/** No white space, quotes or control characters, and no `@`: it is neither a line of a log nor an e-mail address. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** https://www.w3.org/TR/trace-context/: version, trace id, parent id and flags. Only later versions may have more. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(|-.*)$/;

const ids = new WeakMap<object, string>();

/** The id of an upgrade, which has no object of its own: always the same. See `newRequestId`. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  let id = ids.get(request);
  if (id === undefined) ids.set(request, (id = newRequestId(request)));
  return id;
}

/**
 * The id of a request: what the client sent as `x-request-id`, else the trace id of its `traceparent`, else a new one. Values that are
 * not well-formed are ignored.
 */
export function newRequestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers[REQUEST_ID];
  return typeof sent === 'string' && ID.test(sent) ? sent : (traceIdOf(headers.traceparent) ?? randomUUID());
}

function traceIdOf(traceparent: unknown): string | undefined {
  const [, version, traceId, rest] = typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent) ?? []) : [];
  return version === '00' && rest !== '' ? undefined : traceId;
}
