import { setMaxListeners } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { parse, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql';
import {
  CloseCode,
  makeServer,
  MessageType,
  stringifyMessage,
  validateMessage,
  type Context,
  type ServerOptions,
  type SubscribePayload,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import { credentialFromConnectionParams, isOfCredential, type DistinctHeaders } from '../access/credential';
import type { ErrorFormatter } from '../operation/format-error';
import { Departure } from '../operation/client-gone';
import type { OperationPipeline } from '../operation/operation-pipeline';
import { documentHashOf } from '../operation/document-hash';
import type { PersistedQueries } from '../operation/persisted-queries';
import { RequestContext, type RequestEnvironment } from '../operation/request-context';
import { noteRefusedCredential } from '../base/channels';
import { RequestError } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import type { Logger } from '../base/logger';
import { decodeUtf8 } from '../base/utf8';
import type { InFlight } from '../operation/in-flight';
import { addressOf } from './client-address';
import type { Connections } from './connections';
import { documentIdOfMessage, hashIn, registeredHash, textOfId } from './document-id';
import { asksForCost, costOf } from './operation-cost';
import { OperationLine, originOf, type SocketOrigin } from './operation-line';
import { requestIdOf } from './request-id';
import type { RequestLog } from './request-log';
import { MAX_BODY_BYTES } from './request-body';
import { EXPIRED, SocketSweep } from './socket-sweep';
import { Upgrades } from './upgrade';
import { SocketFlow } from './socket-flow';
import { SocketLimits, type SocketLimitValues } from './socket-limits';
import { closeSocket, cutOffLater } from './web-socket';

export interface GraphqlWsOptions {
  pipeline: OperationPipeline;
  persisted: PersistedQueries;
  access: AccessService;
  environment: RequestEnvironment;
  errors: ErrorFormatter;
  inFlight: InFlight;
  connections: Connections;
  corsOrigins: readonly string[];
  log: Logger;
  lines: RequestLog;
  /** Time allowed from the opening of a socket to its connection_init. */
  connectionInitTimeoutMs?: number;
  /** Interval at which the credentials of sockets are checked again; default 1,000. The result may be 5 s old, see TtlCache. */
  recheckIntervalMs?: number;
  /** Instead of the limits, for tests. */
  socketLimits?: Partial<SocketLimitValues>;
}

const MAX_OPERATIONS = defineLimit('operations of a socket', {
  value: 100,
  unit: 'operations',
  description: 'Number of operations in progress on one WebSocket.',
});
const CONNECTION_INIT_TIMEOUT_MS = defineLimit('connection_init, milliseconds', {
  value: 3_000,
  unit: 'ms',
  description: 'Time from the opening of a WebSocket to its connection_init. Then the socket is closed with 4408.',
});

const MAX_PING_BYTES = defineLimit('ping payload bytes', {
  value: 1_024,
  unit: 'bytes',
  description:
    'Payload of a ping of graphql-transport-ws, which the pong repeats. A larger one closes the socket with 4400.',
});

/** Close codes of RFC 6455, section 7.4.1, and of its IANA registry. */
const GOING_AWAY = 1001;
const INVALID_PAYLOAD = 1007;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

interface SocketExtra {
  /** Unique in this process. */
  id: string;
  socket: WebSocket;
  flow: SocketFlow;
  origin: SocketOrigin;
  /** Of the upgrade: those with a credential. */
  headers: DistinctHeaders;
  /** Set when the connection is acknowledged. */
  caller?: Caller;
  /** Callbacks that end the queries and mutations in flight, by their subscribe message. */
  running: Map<SubscribePayload, () => void>;
  /** Aborted when the socket is closed. */
  departure: Departure;
  /** Ends the count of the socket, see SocketLimits. */
  leave: () => void;
}
/** An operation that has run, in the shape of the arguments that graphql-ws executes. */
interface ExecutedOperation extends ExecutionArgs {
  result: ExecutionResult | AsyncIterableIterator<ExecutionResult>;
}
/** graphql-ws requires a document and only checks that it contains an operation. */
const PLACEHOLDER = parse('{ __typename }');

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** `/graphql` over WebSocket, subprotocol graphql-transport-ws. */
export class GraphqlWs {
  private readonly upgrades;
  private readonly protocol;
  private readonly sweep;
  private readonly limits: SocketLimits;
  private readonly sockets = new Map<WebSocket, SocketExtra>();
  private opened = 0;

  constructor(private readonly options: GraphqlWsOptions) {
    const protocol: ServerOptions<Record<string, unknown>, SocketExtra> = {
      connectionInitWaitTimeout: options.connectionInitTimeoutMs ?? CONNECTION_INIT_TIMEOUT_MS,
      onConnect: (context) => this.connect(context),
      onSubscribe: (context, _id, payload) => this.run(context, payload),
      // graphql-ws sends the last message in a later microtask. Without it, the client would repeat a mutation.
      onComplete: (context, _id, payload) => void setImmediate(() => finish(context.extra, payload)),
      execute: (args) => (args as ExecutedOperation).result,
    };
    this.protocol = makeServer(protocol);
    this.limits = new SocketLimits(options.socketLimits);
    this.upgrades = new Upgrades({
      maxPayload: MAX_BODY_BYTES,
      corsOrigins: options.corsOrigins,
      isStopping: () => options.inFlight.isClosed,
      refused: (request, reason) => options.lines.socketRefused(requestIdOf(request), addressOf(request), reason),
      refusalOf: (request) => this.limits.refusalOf(request),
      accept: (socket, request) => this.accept(socket, request),
    });
    this.sweep = new SocketSweep(options.access, options.log, options.recheckIntervalMs ?? 1_000);
  }

  listenOn(httpServer: Server): void {
    this.upgrades.listenOn(httpServer);
  }

  /** Number of open sockets. */
  get count(): number {
    return this.sockets.size;
  }

  /**
   * Closes every socket (1001) as soon as its queries and mutations have their results.
   *
   * @param drained resolves when all operations are finished, or at the timeout
   */
  async stop(drained: Promise<void>): Promise<void> {
    for (const [socket, { running }] of this.sockets) {
      if (running.size === 0) closeSocket(socket, GOING_AWAY, 'Going away');
    }
    await drained;
    for (const socket of this.sockets.keys()) closeSocket(socket, GOING_AWAY, 'Going away');
    await this.upgrades.closed();
  }

  /** Replaces graphql-ws's own adapter for ws, which logs to the console, including what clients sent. */
  private accept(socket: WebSocket, request: IncomingMessage): void {
    const { connections } = this.options;
    const { authorization, 'impilo-api-key': key } = request.headersDistinct;
    const extra: SocketExtra = {
      id: String((this.opened += 1)),
      socket,
      flow: new SocketFlow(socket, request.socket, connections),
      origin: originOf(request),
      headers: { authorization, 'impilo-api-key': key },
      running: new Map(),
      departure: new Departure(),
      leave: this.limits.open(request),
    };
    // One for each operation that waits.
    setMaxListeners(0, extra.departure.signal);
    this.sockets.set(socket, extra);
    // A message that is too large or not UTF-8: ws has already sent the close code.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') noteLimitReached('body bytes');
      cutOffLater(socket);
    });
    connections.closeWith(request.socket, () => closeSocket(socket, TRY_AGAIN_LATER, 'SUBSCRIBER_TOO_SLOW'));
    this.sweep.add(socket);
    let last = '';
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send: async (data) => {
          if (!extra.caller || !this.sweep.isExpired(socket, extra.caller)) await extra.flow.send(data);
        },
        close: (code, reason) => {
          if (code === CloseCode.ConnectionInitialisationTimeout) noteLimitReached('connection_init, milliseconds');
          closeSocket(
            socket,
            code ?? CloseCode.InternalServerError,
            code === CloseCode.BadRequest ? faultOf(last) : (reason ?? ''),
          );
        },
        onPing: async (payload) => {
          const pong = stringifyMessage({ type: MessageType.Pong, ...(payload && { payload }) });
          if (pong.length <= MAX_PING_BYTES) return extra.flow.send(pong);
          noteLimitReached('ping payload bytes');
          closeSocket(socket, CloseCode.BadRequest, `The payload of a ping is limited to ${MAX_PING_BYTES} bytes`);
        },
        onMessage: (listener) => {
          socket.on('message', (data: Buffer) => {
            // What was received before the socket closed. Its client gets no result.
            if (socket.readyState !== socket.OPEN) return;
            extra.flow.received(data.length);
            // ws has checked text messages, but not binary ones.
            const text = decodeUtf8(data);
            if (text === undefined) closeSocket(socket, INVALID_PAYLOAD, 'The message is not valid UTF-8');
            else {
              last = text; // until graphql-ws has parsed it, which it does at once
              // The message of an operation is kept until the operation is finished.
              const finished = extra.caller ? this.limits.begin(extra.id, extra.caller, data.length) : () => undefined;
              listener(text)
                .catch((error: unknown) => this.fail(socket, error))
                .finally(finished);
              last = '';
            }
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      this.sockets.delete(socket);
      extra.origin.closeCode = code;
      extra.leave();
      for (const end of extra.running.values()) end();
      extra.departure.depart();
      closed(code, reason.toString('utf8')).catch((error: unknown) => this.fail(socket, error));
    });
  }

  /** @returns whether the connection is acknowledged. When it is not, the close reason says why. */
  private async connect({ connectionParams, extra }: SocketContext): Promise<boolean> {
    try {
      const { access } = this.options;
      const { address } = extra.origin;
      const credential = access.read(address, () => credentialFromConnectionParams(connectionParams, extra.headers));
      const caller = await access.authenticate(credential, address);
      const refusal = this.limits.refusalOfCaller(caller);
      if (refusal !== undefined) {
        this.options.lines.socketRefused(extra.origin.requestId, extra.origin.address, refusal);
        closeSocket(extra.socket, TRY_AGAIN_LATER, refusal);
        return false;
      }
      if (extra.socket.readyState !== extra.socket.OPEN) return false;
      extra.leave();
      extra.leave = this.limits.accept(caller);
      extra.caller = caller;
      this.sweep.watch(extra.socket, credential, caller);
      return true;
    } catch (error) {
      if (!(error instanceof RequestError) || !isOfCredential(error.code)) throw error;
      noteRefusedCredential('websocket');
      this.options.lines.socketRefused(extra.origin.requestId, extra.origin.address, error.message);
      closeSocket(extra.socket, error.code === 'RATE_LIMITED' ? TRY_AGAIN_LATER : CloseCode.Forbidden, error.message);
      return false;
    }
  }

  /** Runs the operation before graphql-ws executes it, because the protocol has a separate message for refused operations. */
  private async run(
    { extra, subscriptions }: SocketContext,
    payload: SubscribePayload,
  ): Promise<ExecutedOperation | readonly GraphQLError[]> {
    const { pipeline, environment, errors, inFlight } = this.options;
    const { variables } = payload;
    const operationName = payload.operationName === '' ? null : payload.operationName;
    const line = new OperationLine(this.options.lines, extra.origin, extra.caller!);
    try {
      if (this.sweep.isExpired(extra.socket, extra.caller!)) throw new RequestError('UNAUTHENTICATED', EXPIRED);
      this.limits.assertBytes(extra.id, extra.caller!);
      await environment.rates.spend(extra.caller!, 0);
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) {
        noteLimitReached('operations of a socket');
        throw new RequestError(
          'OPERATION_TOO_COMPLEX',
          `Too many operations in progress on this socket: at most ${MAX_OPERATIONS} are allowed.`,
        );
      }
      extra.running.set(payload, inFlight.begin());
      const { departure } = extra;
      const ctx = line.within(Object.assign(new RequestContext(environment, extra.caller!), { departure }));
      const { document, documentHash } = await this.documentOf(ctx, payload);
      const outcome = line.ended(
        await pipeline.run(ctx, { transport: 'websocket', document, documentHash, operationName, variables }),
      );
      if (!('refused' in outcome)) await this.register(ctx, payload);
      if ('result' in outcome) {
        const result = asksForCost(payload.extensions?.cost)
          ? { ...outcome.result, extensions: costOf(ctx) }
          : outcome.result;
        return { schema: pipeline.schema, document: PLACEHOLDER, result };
      }
      finish(extra, payload);
      return 'refused' in outcome
        ? outcome.refused
        : { schema: pipeline.schema, document: PLACEHOLDER, result: outcome.results };
    } catch (error) {
      finish(extra, payload);
      const refusal = errors.format(error, line.requestId);
      line.failed(refusal);
      return [refusal];
    }
  }

  private async documentOf(ctx: RequestContext, payload: SubscribePayload) {
    const id = documentIdOfMessage(payload);
    const found = id === undefined ? payload.query : await textOfId(this.options, ctx.caller, id);
    if (typeof found === 'object') return { document: found, documentHash: hashIn(id!) };
    const document = await this.options.pipeline.documentOf(ctx, found);
    return { document, documentHash: document.hash };
  }

  private async register({ caller }: RequestContext, { query, extensions }: SubscribePayload): Promise<void> {
    const hash = registeredHash(extensions);
    if (hash !== undefined && documentHashOf(query) === hash) await this.options.persisted.keep(caller, hash, query);
  }

  private fail(socket: WebSocket, error: unknown): void {
    if (socket.readyState !== socket.OPEN) return; // the client is gone
    const { code } = this.options.errors.format(error).extensions;
    const isTemporary = code === 'SERVICE_UNAVAILABLE';
    closeSocket(socket, isTemporary ? TRY_AGAIN_LATER : INTERNAL_ERROR, String(code));
  }
}

/** Why graphql-ws refuses a message. It throws the reason away. */
function faultOf(text: string): string {
  try {
    validateMessage(JSON.parse(text));
    return 'Invalid message';
  } catch (error) {
    // What was sent may be a key.
    return error instanceof SyntaxError
      ? 'The message is not JSON'
      : (error as Error).message.replace(/, but got .*/s, '');
  }
}

function finish({ running }: SocketExtra, payload: SubscribePayload): void {
  running.get(payload)?.();
  running.delete(payload);
}
