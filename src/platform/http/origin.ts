import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin may open a socket. Browsers let any page try, and do not ask CORS first.
 *
 * Allowed are pages of this server itself and the configured origins; programs that are no browsers send none.
 */
export function isAllowedOrigin(request: IncomingMessage, corsOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
