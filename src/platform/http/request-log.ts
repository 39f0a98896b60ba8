import type { Caller } from '../access/caller';
import type { OperationTrace } from '../base/channels';
import { LineBudget } from '../base/line-budget';
import type { Logger } from '../base/logger';
import { customerIdOf } from '../db/scope';
import type { Departure } from '../operation/client-gone';
import { addressOf } from './client-address';
import type { HttpReply, HttpRequest } from './exchange';

export interface RequestLogOptions {
  readonly log: Logger;
  /** An operation that takes longer is logged as a warning. */
  readonly slowOperationMs: number;
  /** Lines of requests without a caller, and of refused operations of one caller, in a minute. */
  readonly strangers?: { readonly each: number; readonly all: number };
}

/** What the line of a request says, beyond what every request has. */
export interface RequestEntry {
  caller?: Caller;
  departure?: Departure;
  address?: string;
  operation?: OperationTrace;
  /** Settles when the request is handled, which can be after its client has gone. */
  handled?: Promise<unknown>;
  /** Set when its client has disconnected before the response began. */
  isGone?: boolean;
  /** Codes of a request that was refused before it was an operation. */
  codes?: readonly string[];
  /** Why its credential was refused. */
  refusal?: string;
  /** Id of a fault outside of operations. */
  errorId?: string;
}

/** An operation over WebSocket. */
export interface SocketOperation {
  readonly requestId: string;
  readonly address: string;
  readonly caller: Caller;
  readonly trace: OperationTrace | undefined;
  readonly ms: number;
  /** Instead of those of the trace. */
  readonly codes?: readonly string[];
}

/** 120 lines a minute are enough to notice an attack and where it comes from, and 1,200 (about 400 kB) fill no disk. */
const STRANGERS = { each: 120, all: 1_200 };
const WINDOW_MS = 60_000;

const MAX_NAME_LENGTH = 64;
/** Codes of one operation. It can have as many errors as fields. */
const MAX_CODES = 5;

/** Status of a request whose client has not waited for the response, as nginx has it. */
const CLIENT_CLOSED_REQUEST = 499;

/** A member of the request itself: a map of all requests would take longer. */
const ENTRY = Symbol('entry of the request');

/** The entry of a request, to be completed until its response is sent. */
export function entryOf(request: HttpRequest): RequestEntry {
  return ((request as { [ENTRY]?: RequestEntry })[ENTRY] ??= {});
}

/** The status of a response, as it is logged and counted. */
export function statusOf(request: HttpRequest, { statusCode }: HttpReply): number {
  return entryOf(request).isGone ? CLIENT_CLOSED_REQUEST : statusCode;
}

/**
 * Writes one line for each operation on every transport, when it has ended, and one for each other request.
 *
 * No line has a document, a variable, a result or a credential. Texts that clients chose are bounded, and have no control characters.
 */
export class RequestLog {
  private readonly budget: LineBudget;

  constructor(private readonly options: RequestLogOptions) {
    this.budget = new LineBudget({
      ...(options.strangers ?? STRANGERS),
      windowMs: WINDOW_MS,
      onOmitted: (lines) => options.log.warn({ lines }, 'lines of refused requests were left out'),
    });
  }

  stop(): void {
    this.budget.end();
  }

  /** @param req as it is logged */
  requestCompleted(request: HttpRequest, reply: HttpReply, req: object): void {
    const entry = entryOf(request);
    const { operation, caller, address = addressOf(request.raw), codes, refusal, errorId } = entry;
    const isFree = caller !== undefined && reply.statusCode !== 429;
    if (!isFree && !this.budget.allows(caller?.identity ?? address)) return;
    const ms = Math.round(reply.elapsedTime);
    // The route decides whether its lines are logged.
    const log = request.log as Logger;
    const slowMs = operation ? ms : 0;
    if (!this.logs(log, slowMs)) return;
    const bytes = Number(reply.getHeader('content-length') ?? NaN);
    const fields = {
      req,
      res: { statusCode: statusOf(request, reply) },
      ...(operation && fieldsOf(operation)),
      ...(!operation && codes && { outcome: outcomeOf(codes) }),
      ...(refusal !== undefined && { refusal }),
      ...(errorId !== undefined && { errorIds: [errorId] }),
      ...(caller && { caller: fieldsOfCaller(caller) }),
      address,
      ...(!Number.isNaN(bytes) && { bytes }),
      ms,
    };
    this.write(log, fields, slowMs, 'request completed');
  }

  operationCompleted({ trace, ...operation }: SocketOperation): void {
    if (!trace && !this.budget.allows(operation.caller.identity)) return;
    const fields = { ...(trace && fieldsOf(trace, true)), ...ofSocket(operation) };
    this.write(this.options.log, fields, operation.ms, 'operation completed');
  }

  subscriptionOpened({ trace, ...operation }: SocketOperation): void {
    const fields = { ...(trace && fieldsOf(trace)), ...ofSocket(operation) };
    this.write(this.options.log, fields, operation.ms, 'subscription opened');
  }

  /** @param reason a code of an error, or how it ended without one */
  subscriptionClosed({ trace, ...operation }: SocketOperation, events: number, reason: string): void {
    const { operation: name } = trace ? fieldsOf(trace) : {};
    this.options.log.info({ operation: name, ...ofSocket(operation), events, reason }, 'subscription closed');
  }

  /** A socket whose credential was refused, or an upgrade that was. */
  socketRefused(requestId: string, address: string, refusal: string): void {
    if (this.budget.allows(address)) this.options.log.info({ requestId, address, refusal }, 'socket refused');
  }

  /** Whether `write` writes a line. */
  private logs(log: Logger, ms: number): boolean {
    return log.isLevelEnabled(ms >= this.options.slowOperationMs ? 'warn' : 'info');
  }

  private write(log: Logger, fields: object, ms: number, message: string): void {
    if (ms >= this.options.slowOperationMs) log.warn({ ...fields, slow: true }, message);
    else log.info(fields, message);
  }
}

function ofSocket({ requestId, address, caller, ms, codes }: Omit<SocketOperation, 'trace'>) {
  return {
    requestId,
    transport: 'websocket',
    ...(codes && { outcome: outcomeOf(codes) }),
    caller: fieldsOfCaller(caller),
    address,
    ms,
  };
}

/** @param withBytes for results whose bytes are not counted elsewhere */
function fieldsOf(
  { type, name, documentHash, cost, codes = [], statements, bytes, errorIds, read }: OperationTrace,
  withBytes = false,
) {
  return {
    operation: { type, name: name?.slice(0, MAX_NAME_LENGTH), hash: documentHash },
    outcome: outcomeOf(codes),
    cost,
    statements,
    ...(read && { read }),
    ...(withBytes && { bytes }),
    ...(errorIds && errorIds.length > 0 && { errorIds: errorIds.slice(0, MAX_CODES) }),
  };
}

/** `OK`, or the distinct codes. */
function outcomeOf(codes: readonly string[]): string {
  return codes.length === 0 ? 'OK' : [...new Set(codes)].slice(0, MAX_CODES).join(' ');
}

/** Operators of the gateway name keys. The subject of a token may be an e-mail address, so it is not logged. */
function fieldsOfCaller({ role, scope, key }: Caller) {
  return {
    role,
    customerId: customerIdOf(scope),
    ...(key && { key: printable(key.name), keyId: key.id }),
  };
}

/** Without control characters, line separators and marks that reverse the direction of text. */
function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, MAX_NAME_LENGTH);
}
