import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../base/logger';
import type { HttpReply, HttpRequest, Payload } from './exchange';
import { GRAPHQL_PATH } from './graphql-url';
import { handleError } from './http-error';
import type { HttpRules } from './http-rules';
import { newRequestId } from './request-id';
import { RequestLogger } from './request-logger';

const ROUTE = { url: GRAPHQL_PATH };

/** A request of `/graphql`. */
export class GraphqlRequest implements HttpRequest {
  readonly id: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly routeOptions = ROUTE;
  /** Set when it is read. */
  body: unknown;
  private logger: FastifyBaseLogger | undefined;

  constructor(
    readonly raw: IncomingMessage,
    private readonly parentLog: Logger,
  ) {
    this.id = newRequestId(raw);
    this.method = raw.method!;
    this.headers = raw.headers;
  }

  get log(): FastifyBaseLogger {
    return (this.logger ??= RequestLogger.create(this.parentLog, { requestId: this.id }, {}));
  }

  /** Parameters of the URL. One that is there several times is a list. */
  get query(): Readonly<Record<string, unknown>> {
    return parse(/\?([^#]*)/.exec(this.raw.url!)?.[1] ?? '');
  }
}

/** The response to it. Its head and its body are sent at once. */
export class GraphqlReply implements HttpReply {
  statusCode = 200;
  private readonly startedMs = performance.now();
  /** Names and values in turn. */
  private readonly fields: string[] = [];
  private wasSent = false;

  constructor(
    readonly request: GraphqlRequest,
    readonly raw: ServerResponse,
    private readonly rules: HttpRules,
  ) {}

  /** Whether there is a response, which may still be compressed or wait for the rest of a body. */
  get isSent(): boolean {
    return this.wasSent;
  }

  get elapsedTime(): number {
    return performance.now() - this.startedMs;
  }

  code(status: number): this {
    this.statusCode = status;
    return this;
  }

  header(name: string, value: string): this {
    const index = this.indexOf(name);
    if (index === -1) this.fields.push(name, value);
    else this.fields[index + 1] = value;
    return this;
  }

  type(contentType: string): this {
    return this.header('content-type', contentType);
  }

  getHeader(name: string): string | undefined {
    const index = this.indexOf(name);
    return index === -1 ? undefined : this.fields[index + 1];
  }

  hasHeader(name: string): boolean {
    return this.indexOf(name) !== -1;
  }

  removeHeader(name: string): this {
    const index = this.indexOf(name);
    if (index !== -1) this.fields.splice(index, 2);
    return this;
  }

  /** Only the first response is sent. */
  send(payload = ''): this {
    if (this.wasSent) return this;
    this.wasSent = true;
    const final = this.rules.finish(this.request, this, payload);
    if (final instanceof Promise)
      final.then(
        (body: Payload) => this.write(body as string | Buffer),
        (error: unknown) => {
          this.wasSent = false;
          handleError(error, this.request, this);
        },
      );
    else this.write(final as string);
    return this;
  }

  private write(body: string | Buffer): void {
    const bytes = Buffer.byteLength(body);
    this.header('content-length', String(bytes));
    this.raw.writeHead(this.statusCode, this.fields);
    // ASCII, which most responses are, is written faster as what it also is.
    this.raw.end(body, typeof body === 'string' && bytes === body.length ? 'latin1' : 'utf8');
  }

  private indexOf(name: string): number {
    for (let index = 0; index < this.fields.length; index += 2) if (this.fields[index] === name) return index;
    return -1;
  }
}
