import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { parse, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql';
import { CloseCode, makeServer, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromConnectionParams, type Credential } from '../access/credential';
import type { ErrorFormatter } from '../operation/format-error';
import type { OperationPipeline } from '../operation/operation-pipeline';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import { RequestError } from '../base/errors';
import { defineLimit } from '../base/limit';
import type { Logger } from '../base/logger';
import type { InFlight } from '../operation/in-flight';
import { isAllowedOrigin } from './origin';
import { MAX_BODY_BYTES } from './server';
import { SocketSweep } from './socket-sweep';
import { closeSocket, cutOffLater, send } from './web-socket';

export interface GraphqlWsOptions {
  pipeline: OperationPipeline;
  access: AccessService;
  environment: RequestEnvironment;
  errors: ErrorFormatter;
  inFlight: InFlight;
  corsOrigins: readonly string[];
  log: Logger;
  /** From the opening of a socket to its connection_init. */
  connectionInitTimeoutMs?: number;
  /** How often sockets ask whether their credential is still good; default 1,000. What they hear may be 5 s old, see TtlCache. */
  recheckIntervalMs?: number;
}

const MAX_OPERATIONS = defineLimit('operations of a socket', {
  value: 100,
  unit: 'operations',
  description: 'Under way at a time.',
});
const CONNECTION_INIT_TIMEOUT_MS = defineLimit('connection_init, milliseconds', {
  value: 3_000,
  unit: 'ms',
  description: 'From the opening of a socket; then it is closed with 4408.',
});

/** RFC 6455, 7.4.1, and the registry that it sets up. */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

interface SocketExtra {
  socket: WebSocket;
  /** Known once the connection is acknowledged. */
  caller?: Caller;
  /** Ends the queries and mutations in flight, by the message that asked for them. */
  running: Map<SubscribePayload, () => void>;
}
/** What graphql-ws takes for an operation to execute. */
interface OperationThatRan extends ExecutionArgs {
  result: ExecutionResult | AsyncIterableIterator<ExecutionResult>;
}
/** It is asked for by graphql-ws, which looks into it for nothing but an operation. */
const ANY = parse('{ __typename }');

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** `/graphql` over WebSocket, subprotocol graphql-transport-ws. */
export class GraphqlWs {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY_BYTES,
    handleProtocols: (protocols) => (protocols.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  });
  private readonly protocol;
  private readonly sweep;
  private readonly sockets = new Map<WebSocket, SocketExtra>();

  constructor(private readonly options: GraphqlWsOptions) {
    const protocol: ServerOptions<Record<string, unknown>, SocketExtra> = {
      connectionInitWaitTimeout: options.connectionInitTimeoutMs ?? CONNECTION_INIT_TIMEOUT_MS,
      onConnect: (context) => this.connect(context),
      onSubscribe: (context, _id, payload) => this.run(context, payload),
      // The last message is sent in a microtask from here; a client that misses it would send a mutation again.
      onComplete: (context, _id, payload) => void setImmediate(() => finish(context.extra, payload)),
      execute: (args) => (args as OperationThatRan).result,
    };
    this.protocol = makeServer(protocol);
    this.sweep = new SocketSweep(options.access, options.log, options.recheckIntervalMs ?? 1_000);
  }

  /** Takes over upgrades of `/graphql`; all others are refused. */
  listenOn(httpServer: Server): void {
    httpServer.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const path = request.url?.replace(/\?.*$/s, '');
      if (path !== '/graphql') refuseUpgrade(socket, '404 Not Found');
      else if (!isAllowedOrigin(request, this.options.corsOrigins)) refuseUpgrade(socket, '403 Forbidden');
      else if (this.options.inFlight.isClosed) refuseUpgrade(socket, '503 Service Unavailable');
      else this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket));
    });
  }

  /**
   * Tells every client to go (1001) as soon as its queries and mutations have their results.
   *
   * @param drained resolves when no operation is waited for any more
   */
  async stop(drained: Promise<void>): Promise<void> {
    for (const [socket, { running }] of this.sockets) {
      if (running.size === 0) closeSocket(socket, GOING_AWAY, 'Going away');
    }
    await drained;
    for (const socket of this.sockets.keys()) closeSocket(socket, GOING_AWAY, 'Going away');
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  /** graphql-ws's own adapter for ws writes to the console, what clients sent included. */
  private accept(socket: WebSocket): void {
    const extra: SocketExtra = { socket, running: new Map() };
    this.sockets.set(socket, extra);
    // A message that is too large or is no UTF-8: ws has sent the fitting code.
    socket.on('error', () => cutOffLater(socket));
    this.sweep.add(socket);
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => closeSocket(socket, code ?? CloseCode.InternalServerError, reason ?? ''),
        onMessage: (listener) => {
          socket.on('message', (data: Buffer) => {
            listener(data.toString('utf8')).catch((error: unknown) => this.fail(socket, error));
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      this.sockets.delete(socket);
      for (const end of extra.running.values()) end();
      closed(code, reason.toString('utf8')).catch((error: unknown) => this.fail(socket, error));
    });
  }

  private async connect({ connectionParams, extra }: SocketContext): Promise<boolean> {
    const credential = this.credentialOf(connectionParams);
    if (!credential) return false; // graphql-ws closes with 4403
    try {
      extra.caller = await this.options.access.authenticate(credential);
    } catch (error) {
      if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
    this.sweep.watch(extra.socket, credential, extra.caller.expiresAt);
    return true;
  }

  private credentialOf(connectionParams: unknown): Credential | undefined {
    try {
      return credentialFromConnectionParams(connectionParams);
    } catch {
      return undefined;
    }
  }

  /** Refusals have a message of their own in the protocol, so the operation runs before graphql-ws asks for its result. */
  private async run(
    { extra, subscriptions }: SocketContext,
    payload: SubscribePayload,
  ): Promise<OperationThatRan | readonly GraphQLError[]> {
    const { pipeline, environment, errors, inFlight } = this.options;
    const { query, operationName, variables } = payload;
    try {
      if (Object.keys(subscriptions).length > MAX_OPERATIONS)
        throw new RequestError(
          'OPERATION_TOO_COMPLEX',
          `Socket exceeds the limit of operations: at most ${MAX_OPERATIONS} at a time.`,
        );
      extra.running.set(payload, inFlight.begin());
      const ctx = new RequestContext(environment, extra.caller!, () => this.disconnectSlow(extra.socket));
      const document = pipeline.documents.get(query);
      const outcome = await pipeline.run(ctx, { transport: 'websocket', document, operationName, variables });
      if ('result' in outcome) return { schema: pipeline.schema, document: ANY, result: outcome.result };
      finish(extra, payload);
      return 'refused' in outcome
        ? outcome.refused
        : { schema: pipeline.schema, document: ANY, result: outcome.results };
    } catch (error) {
      finish(extra, payload);
      return [errors.format(error)];
    }
  }

  /** Others are not kept waiting: what this client has not taken was bounded by the length of its queue. */
  private disconnectSlow(socket: WebSocket): void {
    this.options.log.info('socket closed: its client does not take its events');
    closeSocket(socket, TRY_AGAIN_LATER, 'SUBSCRIBER_TOO_SLOW');
  }

  private fail(socket: WebSocket, error: unknown): void {
    if (socket.readyState !== socket.OPEN) return; // the client is gone
    const { code } = this.options.errors.format(error).extensions;
    const isTemporary = code === 'SERVICE_UNAVAILABLE';
    closeSocket(socket, isTemporary ? TRY_AGAIN_LATER : INTERNAL_ERROR, String(code));
  }
}

function finish({ running }: SocketExtra, payload: SubscribePayload): void {
  running.get(payload)?.();
  running.delete(payload);
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
