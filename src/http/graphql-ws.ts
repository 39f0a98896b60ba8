import type { Server } from 'node:http';
import { getOperationAST, GraphQLError } from 'graphql';
import { CloseCode, type Context } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromConnectionParams, type Credential } from '../access/credential';
import type { OperationPipeline } from '../graphql/operation-pipeline';
import { RequestContext, type RequestEnvironment } from '../request/request-context';
import { RequestError } from '../shared/errors';
import type { Logger } from '../shared/logger';
import { isAllowedOrigin } from './origin';

export interface GraphqlWsOptions {
  pipeline: OperationPipeline;
  access: AccessService;
  environment: RequestEnvironment;
  corsOrigins: readonly string[];
  log: Logger;
  /** Operations that one socket may have under way; default 100. */
  maxOperations?: number;
  /** How soon a revoked credential closes its sockets; default 5,000. */
  recheckIntervalMs?: number;
}

/** Largest message, as the largest body over HTTP. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** From the opening of a socket to its connection_init. */
const INIT_TIMEOUT_MS = 3_000;
/** A socket that was told to close and does not read is cut off after this. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Longest delay of a timer of Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Closes a socket whose client does not read: RFC 6455, 7.4.1 has 1013 for "try again later". */
const TRY_AGAIN_LATER = 1013;

type SocketExtra = Extra & Partial<{ caller: Caller }>;

/** `/graphql` over WebSocket, subprotocol graphql-transport-ws. */
export class GraphqlWs {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (protocols) => (protocols.has('graphql-transport-ws') ? 'graphql-transport-ws' : false),
  });
  private readonly timers = new WeakMap<WebSocket, NodeJS.Timeout[]>();

  constructor(private readonly options: GraphqlWsOptions) {
    const { pipeline } = options;
    useServer<Record<string, unknown>, { caller: Caller }>(
      {
        connectionInitWaitTimeout: INIT_TIMEOUT_MS,
        onConnect: (context) => this.connect(context),
        onDisconnect: (context) => this.forget(context.extra.socket),
        onSubscribe: async (context, _id, { query, operationName, variables }) => {
          if (Object.keys(context.subscriptions).length > (options.maxOperations ?? 100)) return [tooManyOperations(options.maxOperations ?? 100)];
          const ctx = this.createContext(context.extra.caller!, context.extra.socket);
          const prepared = await pipeline.prepare(ctx, { query, operationName, variables });
          if ('document' in prepared && getOperationAST(prepared.document, prepared.operationName)) return prepared;
          return 'document' in prepared ? [unknownOperation()] : prepared;
        },
        execute: (args) => pipeline.execute(args as Parameters<OperationPipeline['execute']>[0]),
        subscribe: (args) => {
          const ctx = args.contextValue as RequestContext;
          return pipeline.subscribe(args as Parameters<OperationPipeline['execute']>[0], () => ctx.again());
        },
      },
      this.server,
    );
  }

  /** Takes over upgrades of `/graphql`; all others are refused. */
  listenOn(httpServer: Server): void {
    httpServer.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const path = request.url?.replace(/\?.*$/, '');
      if (path !== '/graphql') return socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      if (!isAllowedOrigin(request, this.options.corsOrigins)) return socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      this.server.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', () => webSocket.terminate());
        this.server.emit('connection', webSocket, request);
      });
    });
  }

  /** Tells every client to go (1001) and cuts off who does not. */
  async stop(): Promise<void> {
    for (const socket of this.server.clients) closeSocket(socket, 1001, 'Going away');
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private async connect({ connectionParams, extra }: Context<Record<string, unknown>, SocketExtra>): Promise<boolean> {
    try {
      const credential = credentialFromConnectionParams(connectionParams);
      extra.caller = await this.options.access.authenticate(credential);
      this.watch(extra.socket, credential, extra.caller);
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.code === 'UNAUTHENTICATED') return false; // graphql-ws closes with 4403
      closeSocket(extra.socket, TRY_AGAIN_LATER, error.code);
      return false;
    }
  }

  /** A credential that stops being good closes its sockets: at its expiry to the moment, revoked within the interval. */
  private watch(socket: WebSocket, credential: Credential, { expiresAt }: Caller): void {
    const forbid = (reason: string) => closeSocket(socket, CloseCode.Forbidden, reason);
    const recheck = setInterval(() => {
      this.options.access
        .isStillValid(credential)
        .then((valid) => valid || forbid('Credential no longer valid'))
        .catch((error: unknown) => this.options.log.warn({ err: error }, 'credential of a socket not checked'));
    }, this.options.recheckIntervalMs ?? 5_000);
    const timers = [recheck];
    const expiresInMs = expiresAt ? expiresAt.getTime() - Date.now() : Infinity;
    if (expiresInMs < MAX_TIMER_MS) timers.push(setTimeout(() => forbid('Credential expired'), expiresInMs));
    this.timers.set(socket, timers);
  }

  private forget(socket: WebSocket): void {
    for (const timer of this.timers.get(socket) ?? []) clearTimeout(timer);
  }

  private createContext(caller: Caller, socket: WebSocket): RequestContext {
    return new RequestContext(this.options.environment, caller, () => closeSocket(socket, TRY_AGAIN_LATER, 'SUBSCRIBER_TOO_SLOW'));
  }
}

/** A client that does not read would never answer the closing handshake. */
function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  const cutOff = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(cutOff));
}

function tooManyOperations(maximum: number): GraphQLError {
  return new GraphQLError(`Socket exceeds the limit of operations: at most ${maximum} at a time.`, {
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  });
}

function unknownOperation(): GraphQLError {
  return new GraphQLError('The document has no such operation, or several and operationName does not say which.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
