import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin may open a socket. Browsers allow any page to try, without a CORS check.
 *
 * Allowed are pages of this server and of the configured origins. Clients other than browsers send no origin.
 */
export function isAllowedOrigin(request: IncomingMessage, corsOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
