import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { MIMEType } from 'node:util';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import { LOOP } from '../base/turns';
import { decodeUtf8 } from '../base/utf8';
import { ambiguousMemberOf } from './ambiguous-members';
import { scopeKey } from '../db/scope';
import type { HttpRequest } from './exchange';
import { HttpRefusal, isRestUrl, MALFORMED_URL, NOT_JSON } from './http-error';
import { hasBody, payloadOf, readBody } from './request-body';
import { entryOf } from './request-log';

/** To parse a megabyte takes some hundredths of a second, so large bodies wait for a turn of their caller's customer. */
const LARGE_BODY_BYTES = 65_536;

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

/** Called once, with the value or with what refuses it. */
export type BodyDone = (error: Error | null, value?: unknown) => void;

/**
 * Reads bodies as JSON. Bytes that are not UTF-8 are refused wherever a request becomes text: in its URL and its headers, see
 * `refusalOfHead`, and in its body. WebSocket messages are checked in graphql-ws.ts.
 */
export class JsonBodies {
  private readonly parseJson;
  private readonly parseAny;

  /** @param app its parser of JSON is used */
  constructor(app: FastifyInstance) {
    this.parseJson = app.getDefaultJsonParser('error', 'error');
    this.parseAny = app.getDefaultJsonParser('ignore', 'ignore');
    app.removeAllContentTypeParsers();
    app.addHook('preParsing', (request, reply, _payload, next) => {
      try {
        next(null, payloadOf(request, reply) as RequestPayload);
      } catch (error) {
        next(error as HttpRefusal);
      }
    });
    app.addContentTypeParser(JSON_ESSENCE, (request, payload, done) => this.read(request, payload, done));
  }

  /** Whether a request has a body to read. @throws HttpRefusal 415 for one that is not JSON */
  isExpected({ headers, raw }: HttpRequest): boolean {
    const contentType = headers['content-type'];
    if (contentType === undefined ? !hasBody(raw) : isJsonType(contentType)) return contentType !== undefined;
    throw new HttpRefusal(415, NOT_JSON);
  }

  /** @param payload see `payloadOf` */
  read(request: HttpRequest, payload: Readable, done: BodyDone): void {
    readBody(request.raw, payload, (error, body) => {
      if (error) done(error);
      else if (body!.length < LARGE_BODY_BYTES) this.parse(request, body!, done);
      else void LOOP.next(ownerOf(request)).then(() => this.parse(request, body!, done));
    });
  }

  private parse(request: HttpRequest, body: Buffer, done: BodyDone): void {
    const text = decodeUtf8(body);
    const contentType = request.headers['content-type']!;
    if (contentType !== JSON_ESSENCE && !isOfUtf8(contentType))
      done(new HttpRefusal(415, 'The charset must be UTF-8.'));
    else if (text === undefined) done(new HttpRefusal(400, 'The body contains bytes that are not valid UTF-8.'));
    else if (!isRestUrl(request.raw.url)) void this.parseJson(request as FastifyRequest, text, done);
    else
      void this.parseAny(request as FastifyRequest, text, (error: Error | null, value?: unknown) => {
        const member = error ? undefined : ambiguousMemberOf(text);
        const refusal = member && new HttpRefusal(400, `${member.path} ${member.rule}.`, member.path);
        done(error ?? refusal ?? null, value);
      });
  }
}

const JSON_ESSENCE = 'application/json';

function isJsonType(contentType: string): boolean {
  if (contentType === JSON_ESSENCE) return true;
  try {
    return new MIMEType(contentType).essence === JSON_ESSENCE;
  } catch {
    return false;
  }
}

function ownerOf(request: HttpRequest): string {
  const { caller } = entryOf(request);
  return caller ? scopeKey(caller.scope) : '';
}

/** Refuses a request by its URL and its headers. */
export function refusalOfHead({ raw }: HttpRequest): HttpRefusal | undefined {
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
