import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';

/** A request over HTTP, as far as the rules of all interfaces read it: one of fastify, or one of `/graphql`. */
export interface HttpRequest {
  readonly id: string;
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly log: FastifyBaseLogger;
  /** The pattern of its route. */
  readonly routeOptions: { readonly url?: string | undefined };
}

/** The response to it. Names of headers are in lower case. */
export interface HttpReply {
  readonly request: HttpRequest;
  readonly raw: ServerResponse;
  readonly statusCode: number;
  /** Milliseconds since the request began. */
  readonly elapsedTime: number;
  code(status: number): HttpReply;
  header(name: string, value: string): HttpReply;
  type(contentType: string): HttpReply;
  getHeader(name: string): number | string | string[] | undefined;
  hasHeader(name: string): boolean;
  removeHeader(name: string): HttpReply;
  send(payload?: string): HttpReply;
}

/** What is sent: of one response, or of a file. */
export type Payload = unknown;

const CALLBACKS = Symbol('called when the response is closed');

/** Calls a function when a response was sent, or its connection is closed. As a listener, and faster than several of them. */
export function onClose(response: ServerResponse, callback: () => void): void {
  const closing = response as ServerResponse & { [CALLBACKS]?: (() => void)[] };
  if (closing[CALLBACKS]) {
    closing[CALLBACKS].push(callback);
    return;
  }
  const callbacks = (closing[CALLBACKS] = [callback]);
  response.once('close', () => {
    for (const one of callbacks) one();
  });
}
