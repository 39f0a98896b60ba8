import { RequestError } from '../base/errors';

/** A credential that is not verified yet. Read from headers and from connection_init, never from a URL. */
export type Credential =
  { readonly kind: 'apiKey'; readonly key: string } | { readonly kind: 'jwt'; readonly token: string };

/** Whether authentication refuses a credential with this code. Other codes are of faults. */
export function isOfCredential(code: unknown): boolean {
  return code === 'UNAUTHENTICATED' || code === 'RATE_LIMITED';
}

/** Three base64url parts, the first a JSON object. The third is empty for an unsigned token, which is rejected later. */
const JWT = /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/;
const BEARER = /^bearer(?: +(.*))?$/i;
/** The token syntax of RFC 6750, which includes JWTs and all keys that the gateway generates. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** A scheme and a value, such as `Basic dTpw`. */
const WITH_SCHEME = /^\S+\s+\S/;

const HEADERS_EXPECTED =
  'Send "Authorization: Bearer <API key or JWT>" or "Impilo-API-Key: <API key>" with the request.';
const PARAMETERS_EXPECTED = 'Send { "authorization": "Bearer <key or JWT>" } in connection_init.';

/**
 * Names of members of connection_init that hold a credential, in lower case without hyphens and underscores. Clients have no common
 * name for it.
 */
const CREDENTIAL_NAMES = new Set(
  'authorization apikey impiloapikey xapikey token authtoken accesstoken bearertoken jwt'.split(' '),
);
/** Members of connection_init in which clients nest it. */
const WRAPPERS = new Set(['headers', 'context', 'connectionparams']);
const MAX_NESTING = 3;

/** Every value of each header. Node's `headers` keeps only the first of several `Authorization` headers. */
export type DistinctHeaders = NodeJS.Dict<string | string[]>;

/** @throws RequestError UNAUTHENTICATED when the credential is missing, malformed or ambiguous */
export function credentialFromHeaders(headers: DistinctHeaders): Credential {
  return single(
    [
      ...valuesOf(headers, 'authorization').map((value) => bearerToken(value, HEADERS_EXPECTED)),
      ...valuesOf(headers, 'impilo-api-key').map((value) => apiKey(value, HEADERS_EXPECTED)),
    ],
    HEADERS_EXPECTED,
  );
}

const CREDENTIAL_HEADERS = ['authorization', 'impilo-api-key'];

/** Every value of the headers of credentials. Node's `headersDistinct` would sort all headers. */
export function credentialHeadersOf({ rawHeaders }: { readonly rawHeaders: readonly string[] }): DistinctHeaders {
  const found: NodeJS.Dict<string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index]!;
    for (const name of CREDENTIAL_HEADERS)
      if (given.length === name.length && given.toLowerCase() === name)
        (found[name] ??= []).push(rawHeaders[index + 1]!);
  }
  return found;
}

function valuesOf(headers: DistinctHeaders, name: string): string[] {
  return [headers[name] ?? []].flat();
}

/**
 * Reads the payload of a WebSocket's connection_init, in the shapes that clients send: member names in any case, with hyphens or
 * underscores, below `headers` or not, and a token with or without the scheme Bearer. Without any, the headers of the upgrade
 * count, which only programs can set.
 *
 * @throws RequestError UNAUTHENTICATED when the credential is missing, malformed or ambiguous. The message has at most 123 bytes.
 */
export function credentialFromConnectionParams(params: unknown, upgrade: DistinctHeaders = {}): Credential {
  const values = credentialsIn(params);
  const given = values.filter((value) => typeof value !== 'string' || value.trim() !== '');
  if (values.length === 0 && (isGiven(upgrade.authorization) || isGiven(upgrade['impilo-api-key'])))
    return credentialFromHeaders(upgrade);
  if (values.length > 0 && given.length === 0) throw unauthenticated('The credential is empty.', PARAMETERS_EXPECTED);
  return single(given.map(tokenOrKey), PARAMETERS_EXPECTED);
}

/** The values of all members that hold a credential. */
function credentialsIn(params: unknown, depth = 0): unknown[] {
  if (typeof params !== 'object' || params === null || depth > MAX_NESTING) return [];
  return Object.entries(params).flatMap(([name, value]: [string, unknown]) => {
    const plainName = name.toLowerCase().replaceAll(/[-_]/g, '');
    if (WRAPPERS.has(plainName)) return credentialsIn(value, depth + 1);
    return CREDENTIAL_NAMES.has(plainName) ? [value].flat().filter(isGiven) : [];
  });
}

/** @throws RequestError when it is none, or when there are two different ones */
function single(given: readonly Credential[], expected: string): Credential {
  const [first] = given;
  if (!first) throw unauthenticated('No credential was sent.', expected);
  if (given.some((other) => secretOf(other) !== secretOf(first)))
    throw unauthenticated('Two different credentials were sent. Send one.', expected);
  return first;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function tokenOrKey(value: unknown): Credential {
  if (typeof value !== 'string') throw unauthenticated('The credential is not a string.', PARAMETERS_EXPECTED);
  const text = value.trim();
  return BEARER.test(text) || WITH_SCHEME.test(text)
    ? bearerToken(text, PARAMETERS_EXPECTED)
    : toCredential(text, PARAMETERS_EXPECTED);
}

function bearerToken(value: unknown, expected: string): Credential {
  const match = typeof value === 'string' ? BEARER.exec(value.trim()) : null;
  if (!match) throw unauthenticated('The authorization scheme is not Bearer.', expected);
  return toCredential(match[1] ?? '', expected);
}

function toCredential(text: string, expected: string): Credential {
  return JWT.test(text) ? { kind: 'jwt', token: text } : apiKey(text, expected);
}

function apiKey(value: unknown, expected: string): Credential {
  const key = typeof value === 'string' ? value.trim() : '';
  if (key === '') throw unauthenticated('The credential is empty.', expected);
  if (!TOKEN.test(key)) throw unauthenticated('The credential has characters that no key or token has.', expected);
  return { kind: 'apiKey', key };
}

function secretOf(credential: Credential): string {
  return credential.kind === 'jwt' ? credential.token : credential.key;
}

function unauthenticated(reason: string, expected: string): RequestError {
  return new RequestError('UNAUTHENTICATED', `${reason} ${expected}`);
}
