import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open a socket. Browsers allow any page to try, without a CORS check.
 *
 * Allowed are pages of this server and of the configured origins. Clients other than browsers send no origin. A page cannot set
 * the headers of a proxy, so they need no trust.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, corsOrigins: readonly string[]): boolean {
  if (headers.origin === undefined) return true;
  if (!URL.canParse(headers.origin)) return false;
  const { origin, protocol } = new URL(headers.origin);
  if (origin === 'null') return false;
  return corsOrigins.includes(origin) || hostsOf(headers).some((host) => originOf(protocol, host) === origin);
}

/** Host and port of this server as the client sees them: it may be behind a proxy that changes `Host`. */
function hostsOf(headers: IncomingHttpHeaders): string[] {
  const forwardedHost = firstOf(headers['x-forwarded-host']);
  const forwardedPort = firstOf(headers['x-forwarded-port']);
  const named = [headers.host, forwardedHost, /(?:^|[;,\s])host="?([^",;\s]+)/i.exec(headers.forwarded ?? '')?.[1]];
  return named.flatMap((host) => {
    if (host === undefined) return [];
    return forwardedPort === undefined || /:\d+$/.test(host) ? [host] : [host, `${host}:${forwardedPort}`];
  });
}

/** The value of the proxy that is nearest to the client. */
function firstOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',')[0]!.trim();
}

/** In the scheme of the page, because this server does not know that of its proxy. A default port is omitted. */
function originOf(protocol: string, host: string): string | undefined {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
