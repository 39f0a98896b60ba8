import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../base/errors';

/** A credential that is not verified yet. Read from headers and from connection_init, never from a URL. */
export type Credential =
  { readonly kind: 'apiKey'; readonly key: string } | { readonly kind: 'jwt'; readonly token: string };

/** Three base64url parts, the first a JSON object. The third is empty for an unsigned token, which is rejected later. */
const JWT = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/;
const BEARER = /^bearer(?: +(.*))?$/i;
/** The token syntax of RFC 6750, which includes JWTs and all keys that the gateway generates. */
const TOKEN = /^[\w.~+/-]+=*$/;

const HEADERS_EXPECTED =
  'Send "Authorization: Bearer <API key or JWT>" or "Impilo-API-Key: <API key>" with the request.';
const PARAMETERS_EXPECTED =
  'Send { "authorization": "Bearer <API key or JWT>" } or { "apiKey": "<API key>" } as the payload of connection_init.';

/** @throws RequestError UNAUTHENTICATED when the credential is missing or malformed */
export function credentialFromHeaders(headers: IncomingHttpHeaders): Credential {
  return toCredential([headers.authorization], [headers['impilo-api-key']].flat(), HEADERS_EXPECTED);
}

/**
 * Reads the payload of a WebSocket's connection_init. Member names are case-insensitive, and header names are accepted too.
 *
 * @throws RequestError UNAUTHENTICATED when the credential is missing or malformed
 */
export function credentialFromConnectionParams(params: unknown): Credential {
  const entries = typeof params === 'object' && params !== null ? Object.entries(params) : [];
  const valuesOf = (...names: string[]) =>
    entries.filter(([name]) => names.includes(name.toLowerCase())).map(([, value]: [string, unknown]) => value);
  return toCredential(valuesOf('authorization'), valuesOf('apikey', 'impilo-api-key'), PARAMETERS_EXPECTED);
}

function toCredential(authorizations: readonly unknown[], keys: readonly unknown[], expected: string): Credential {
  const given = [
    ...authorizations.filter(isGiven).map((value) => bearerToken(value, expected)),
    ...keys.filter(isGiven).map((value) => apiKey(value, expected)),
  ];
  const [first] = given;
  if (!first) throw unauthenticated('No credential was sent.', expected);
  if (given.some((other) => secretOf(other) !== secretOf(first))) {
    throw unauthenticated('Two different credentials were sent. Send one.', expected);
  }
  return first;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function bearerToken(value: unknown, expected: string): Credential {
  const match = typeof value === 'string' ? BEARER.exec(value.trim()) : null;
  if (!match) throw unauthenticated('The authorization scheme is not Bearer.', expected);
  const token = match[1] ?? '';
  return JWT.test(token) ? { kind: 'jwt', token } : apiKey(token, expected);
}

function apiKey(value: unknown, expected: string): Credential {
  const key = typeof value === 'string' ? value.trim() : '';
  if (key === '') throw unauthenticated('The credential is empty.', expected);
  if (!TOKEN.test(key))
    throw unauthenticated('The credential contains characters that are not allowed in a key or a token.', expected);
  return { kind: 'apiKey', key };
}

function secretOf(credential: Credential): string {
  return credential.kind === 'jwt' ? credential.token : credential.key;
}

function unauthenticated(reason: string, expected: string): RequestError {
  return new RequestError('UNAUTHENTICATED', `${reason} ${expected}`);
}
