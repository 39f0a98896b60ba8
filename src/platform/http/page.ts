import Negotiator from 'negotiator';
import type { HttpReply } from './exchange';

const HTML = 'text/html';
/** Media types of the endpoint and of the start page. */
const TYPES = ['application/graphql-response+json', 'application/json', HTML];

/**
 * Whether a GET comes from a browser's address bar rather than from a program.
 *
 * True when the header names text/html and prefers it to JSON. A wildcard alone is false: curl and fetch send it.
 */
export function prefersHtml(accept = ''): boolean {
  // Among types of equal weight, negotiator prefers the first. HTML must win in either order.
  const orders = [accept, accept.split(',').reverse().join()];
  return (
    accept.toLowerCase().includes(HTML) &&
    orders.every((order) => new Negotiator({ headers: { accept: order } }).mediaType(TYPES) === HTML)
  );
}

const PROTECTION = Object.entries({
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

/** Sets the security headers of a page or of one of its files. */
export function protect<Reply extends HttpReply>(reply: Reply, contentSecurityPolicy: string): Reply {
  reply.header('content-security-policy', contentSecurityPolicy);
  for (const [name, value] of PROTECTION) reply.header(name, value);
  return reply;
}

/** Adds request headers on which a response depends, separated by commas. CORS may have added Origin before. */
export function vary<Reply extends HttpReply>(reply: Reply, names: string): Reply {
  const known = reply.getHeader('vary');
  reply.header('vary', known === undefined ? names : `${String(known)}, ${names}`);
  return reply;
}

/** Sends a page whose address also serves programs, which is why it has a `vary` header. */
export function sendPage<Reply extends HttpReply>(reply: Reply, contentSecurityPolicy: string, html: string): Reply {
  protect(vary(reply, 'accept'), contentSecurityPolicy)
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(html);
  return reply;
}

/** A pulse in a rounded square, for light and dark backgrounds. */
export const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="8" fill="#0f766e"/>
  <path d="M4 17h6l3-9 5 17 4-12 2 4h4" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"/>
</svg>
`;
