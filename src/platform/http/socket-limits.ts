import type { IncomingMessage } from 'node:http';
import type { Caller } from '../access/caller';
import { Amounts } from '../base/amounts';
import { RequestError } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import { scopeKey } from '../db/scope';
import { addressOf } from './client-address';

const SOCKETS = {
  'sockets of a credential': defineLimit('sockets of a credential', {
    value: 200,
    unit: 'sockets',
    description: 'WebSockets of one API key or of one subject of tokens. One more is closed with 1013.',
  }),
  'sockets of a customer': defineLimit('sockets of a customer', {
    value: 2_000,
    unit: 'sockets',
    description: 'WebSockets of one customer, or of all operators. One more is closed with 1013.',
  }),
  'new sockets of an address': defineLimit('new sockets of an address', {
    value: 200,
    unit: 'sockets',
    description:
      'WebSockets of one network address without an accepted connection_init. One more is refused with 503 at its upgrade.',
  }),
  'new sockets': defineLimit('new sockets', {
    value: 1_000,
    unit: 'sockets',
    description: 'The same for all addresses together.',
  }),
};

const BYTES = {
  'operation bytes of a socket': defineLimit('operation bytes of a socket', {
    value: 2_097_152,
    unit: 'bytes',
    description:
      'Messages of the operations in progress on one WebSocket, which are in memory as long as a subscription lives. One more is refused.',
  }),
  'operation bytes of a credential': defineLimit('operation bytes of a credential', {
    value: 8_388_608,
    unit: 'bytes',
    description: 'The same for all WebSockets of one credential.',
  }),
  'operation bytes': defineLimit('operation bytes', {
    value: 33_554_432,
    unit: 'bytes',
    description: 'The same for all WebSockets of an instance.',
  }),
};

type SocketLimit = keyof typeof SOCKETS;
type ByteLimit = keyof typeof BYTES;
export type SocketLimitValues = Record<SocketLimit | ByteLimit, number>;

const ALL = '';

/** How many sockets there are, and how much their operations keep in memory, by owner. The numbers are those of one instance. */
export class SocketLimits {
  private readonly amounts: Record<SocketLimit | ByteLimit, Amounts> = {
    'sockets of a credential': new Amounts(),
    'sockets of a customer': new Amounts(),
    'new sockets of an address': new Amounts(),
    'new sockets': new Amounts(),
    'operation bytes of a socket': new Amounts(),
    'operation bytes of a credential': new Amounts(),
    'operation bytes': new Amounts(),
  };
  private readonly values: SocketLimitValues;

  /** @param values instead of the limits, for tests */
  constructor(values: Partial<SocketLimitValues> = {}) {
    this.values = { ...SOCKETS, ...BYTES, ...values };
  }

  /** Why the socket of an upgrade cannot be opened now. */
  refusalOf(request: IncomingMessage): string | undefined {
    if (this.isFull('new sockets', ALL)) return 'Too many sockets are being opened. Connect again later.';
    if (this.isFull('new sockets of an address', addressOf(request)))
      return 'Too many sockets of this address have not sent connection_init. Connect again later.';
    return undefined;
  }

  /** Counts a new socket. @returns called when its connection_init is accepted or it is closed */
  open(request: IncomingMessage): () => void {
    return this.all([
      ['new sockets', ALL, 1],
      ['new sockets of an address', addressOf(request), 1],
    ]);
  }

  /** Why a socket of this caller cannot be accepted. The text has at most 123 bytes. */
  refusalOfCaller({ identity, scope }: Caller): string | undefined {
    const limit = (['sockets of a credential', 'sockets of a customer'] as const).find((name, index) =>
      this.isFull(name, index === 0 ? identity : scopeKey(scope)),
    );
    return limit && `Too many ${limit}: at most ${this.values[limit]} are allowed. Close one and connect again.`;
  }

  /** Counts the socket of a caller. @returns called when it is closed */
  accept({ identity, scope }: Caller): () => void {
    return this.all([
      ['sockets of a credential', identity, 1],
      ['sockets of a customer', scopeKey(scope), 1],
    ]);
  }

  /** Counts an operation in progress. @param socket identifies the socket. @returns called when it is finished */
  begin(socket: string, { identity }: Caller, bytes: number): () => void {
    return this.all([
      ['operation bytes of a socket', socket, bytes],
      ['operation bytes of a credential', identity, bytes],
      ['operation bytes', ALL, bytes],
    ]);
  }

  /** @throws RequestError OPERATION_TOO_COMPLEX when the operation that has begun is one too many */
  assertBytes(socket: string, { identity }: Caller): void {
    const owners: [ByteLimit, string][] = [
      ['operation bytes of a socket', socket],
      ['operation bytes of a credential', identity],
      ['operation bytes', ALL],
    ];
    for (const [limit, owner] of owners) {
      if (this.amounts[limit].of(owner) <= this.values[limit]) continue;
      noteLimitReached(limit);
      const text = `The limit of ${limit} is ${this.values[limit]}. Use shorter filters, or end other operations first.`;
      throw new RequestError('OPERATION_TOO_COMPLEX', text);
    }
  }

  private isFull(limit: SocketLimit, owner: string): boolean {
    if (this.amounts[limit].of(owner) < this.values[limit]) return false;
    noteLimitReached(limit);
    return true;
  }

  private all(parts: readonly [SocketLimit | ByteLimit, string, number][]): () => void {
    const ends = parts.map(([limit, owner, amount]) => this.amounts[limit].add(owner, amount));
    return () => ends.forEach((end) => end());
  }
}
