import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LOOP } from '../base/turns';
import { decodeUtf8 } from '../base/utf8';
import { ambiguousMemberOf } from './ambiguous-members';
import { scopeKey } from '../db/scope';
import { HttpRefusal, isRestUrl, MALFORMED_URL } from './http-error';
import { entryOf } from './request-log';

/** To parse a megabyte takes some hundredths of a second, so large bodies wait for a turn of their caller's customer. */
const LARGE_BODY_BYTES = 65_536;

type ParserDone = (error: Error | null, value?: unknown) => void;

/** Headers that the gateway reads. Others, such as a proxy's own, may contain any bytes. */
const READ_HEADERS = [
  'authorization',
  'impilo-api-key',
  'accept',
  'content-type',
  'content-encoding',
  'origin',
  'host',
];

/**
 * Refuses bytes that are not UTF-8 wherever a request becomes text: in its URL, its headers and its body. WebSocket messages are
 * checked in graphql-ws.ts.
 */
export function readStrictly(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, next) => {
    const refusal = refusalOfHead(request);
    if (refusal) next(refusal);
    else next();
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const parseAny = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeAllContentTypeParsers();
  const parse = (request: FastifyRequest, body: Buffer, done: ParserDone) => {
    const text = decodeUtf8(body);
    const contentType = request.headers['content-type']!;
    if (contentType !== 'application/json' && !isOfUtf8(contentType))
      done(new HttpRefusal(415, 'The charset must be UTF-8.'));
    else if (text === undefined) done(new HttpRefusal(400, 'The body contains bytes that are not valid UTF-8.'));
    else if (!isRestUrl(request.raw.url)) void parseJson(request, text, done);
    else
      void parseAny(request, text, (error: Error | null, value?: unknown) => {
        const member = error ? undefined : ambiguousMemberOf(text);
        const refusal = member && new HttpRefusal(400, `${member.path} ${member.rule}.`, member.path);
        done(error ?? refusal ?? null, value);
      });
  };
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length < LARGE_BODY_BYTES) parse(request, body, done);
    else void LOOP.next(ownerOf(request)).then(() => parse(request, body, done));
  });
}

function ownerOf(request: FastifyRequest): string {
  const { caller } = entryOf(request);
  return caller ? scopeKey(caller.scope) : '';
}

function refusalOfHead({ raw }: FastifyRequest): HttpRefusal | undefined {
  if (!isUrlText(raw.url!)) return new HttpRefusal(400, MALFORMED_URL);
  if (raw.httpVersion === '1.1' && !raw.headers.host) return new HttpRefusal(400, 'The header Host is missing.');
  for (const name of READ_HEADERS)
    if (!isUtf8Header(raw.headers[name]))
      return new HttpRefusal(400, `The header ${name} contains bytes that are not valid UTF-8.`);
  return undefined;
}

/** Whether a URL consists of ASCII characters and of percent-encoded UTF-8. */
export function isUrlText(url: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(url)) return false;
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** The path as routes read it: without the query, and without a slash at its end. */
export function pathOf(url: string): string {
  return decodeURI(url.replace(/[?#].*$/s, '')).replace(/(?<=.)\/$/, '');
}

/** @param value as Node reads it: each character is a byte */
function isUtf8Header(value: string | string[] | undefined): boolean {
  if (value === undefined || (typeof value === 'string' && isPlain(value))) return true;
  return isUtf8(Buffer.from(String(value), 'latin1'));
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Whether JSON of this content type is in UTF-8, which is also the charset if none is named. */
function isOfUtf8(contentType: string): boolean {
  return /^utf-?8$/i.test(new MIMEType(contentType).params.get('charset') ?? 'utf-8');
}
