import { IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { endWithError, MALFORMED_URL } from './http-error';
import { isAllowedOrigin } from './origin';
import { NOT_FOUND } from './methods';
import { REQUEST_ID, requestIdOf } from './request-id';
import { isUrlText } from './request-text';
import { pathOf } from './url-path';

const PROTOCOL = 'graphql-transport-ws';
const PATH = '/graphql';

/**
 * A request to this server. An upgrade to anything but WebSocket is ignored, as HTTP allows: Java's client and `curl --http2` ask
 * for `h2c` with their first request, and are content with HTTP/1.1.
 */
export class RequestWithoutUpgrade extends IncomingMessage {
  /** Set by Node's parser. */
  declare private isUpgrade: boolean;

  set upgrade(isUpgrade: boolean) {
    this.isUpgrade = isUpgrade;
  }

  /** Read by Node after the headers have been parsed. */
  get upgrade(): boolean {
    return this.isUpgrade && (this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket');
  }
}

export interface UpgradeOptions {
  readonly maxPayload: number;
  readonly corsOrigins: readonly string[];
  readonly isStopping: () => boolean;
  /** Receives each upgrade that is refused, and why. */
  readonly refused: (request: IncomingMessage, reason: string) => void;
  /** Why there is no room for another socket. */
  readonly refusalOf: (request: IncomingMessage) => string | undefined;
  /** Receives each new socket, and its request. */
  readonly accept: (socket: WebSocket, request: IncomingMessage) => void;
}

/** Opens WebSockets at `/graphql`, and refuses all other upgrades. */
export class Upgrades {
  private readonly server: WebSocketServer;

  constructor(private readonly options: UpgradeOptions) {
    this.server = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxPayload,
      handleProtocols: (protocols) => (protocols.has(PROTOCOL) ? PROTOCOL : false),
    });
    this.server.on('headers', (headers, request) => headers.push(`${REQUEST_ID}: ${requestIdOf(request)}`));
    // Without a listener, ws refuses with HTML.
    this.server.on('wsClientError', ({ message }, socket, { method }) => {
      const text = `The WebSocket handshake failed: ${message}.`;
      if (method === 'GET') endWithError(socket, 400, 'BAD_USER_INPUT', text, { 'sec-websocket-version': '13' });
      else endWithError(socket, 405, 'BAD_USER_INPUT', text, { allow: 'GET' });
    });
  }

  listenOn(httpServer: Server): void {
    httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const refusal = this.refusalOf(request);
      if (refusal) {
        this.options.refused(request, refusal[2]);
        endWithError(socket, ...refusal, { [REQUEST_ID]: requestIdOf(request) }, request.url);
      } else this.server.handleUpgrade(request, socket, head, (opened) => this.options.accept(opened, request));
    });
  }

  /** Resolves when all sockets are closed. */
  async closed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private refusalOf(request: IncomingMessage): [number, string, string] | undefined {
    const { url = '', headers } = request;
    if (!isUrlText(url)) return [400, 'BAD_USER_INPUT', MALFORMED_URL];
    if (pathOf(url) !== PATH) return [404, 'BAD_USER_INPUT', NOT_FOUND];
    if (!isAllowedOrigin(headers, this.options.corsOrigins))
      return [403, 'FORBIDDEN', 'Pages of this origin may not open sockets. CORS_ORIGINS does not list it.'];
    const offered = headers['sec-websocket-protocol'];
    if (offered !== undefined && !offered.split(',').some((name) => name.trim() === PROTOCOL))
      return [400, 'BAD_USER_INPUT', `The subprotocol of the WebSocket must be ${PROTOCOL}.`];
    if (this.options.isStopping()) return [503, 'SERVICE_UNAVAILABLE', 'The gateway is stopping. Connect again.'];
    const refusal = this.options.refusalOf(request);
    return refusal === undefined ? undefined : [503, 'SERVICE_UNAVAILABLE', refusal];
  }
}
