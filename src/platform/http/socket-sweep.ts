import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import type { Credential } from '../access/credential';
import type { Logger } from '../base/logger';
import { scopeKey } from '../db/scope';
import { closeSocket } from './web-socket';

/** A client that has not sent a pong by the next ping counts as disconnected. */
const PING_INTERVAL_MS = 12_000;

interface Access {
  readonly credential: Credential;
  readonly caller: Caller;
}

interface SweptSocket {
  pingAtMs: number;
  isAlive: boolean;
  /** Set when the connection is acknowledged. */
  access?: Access;
  /** Set shortly before the credential expires. */
  expiry?: NodeJS.Timeout;
}

/**
 * Checks all sockets periodically, with one timer while there are any. It detects clients that disconnected silently, keeps
 * proxies from closing idle connections, and closes the sockets of credentials that are no longer valid.
 */
export class SocketSweep {
  private readonly sockets = new Map<WebSocket, SweptSocket>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly access: AccessService,
    private readonly log: Logger,
    private readonly intervalMs: number,
  ) {}

  add(socket: WebSocket): void {
    const swept: SweptSocket = { pingAtMs: performance.now() + PING_INTERVAL_MS, isAlive: true };
    this.sockets.set(socket, swept);
    this.timer ??= setInterval(() => this.sweep(), this.intervalMs);
    socket.on('pong', () => (swept.isAlive = true));
    socket.once('close', () => {
      clearTimeout(swept.expiry);
      this.sockets.delete(socket);
      if (this.sockets.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }

  /**
   * Closes the socket when its credential is no longer valid: exactly when it expires, or, when an API key is revoked or a customer
   * is deactivated, within the interval plus the age of the cached result. Tokens cannot be revoked; they expire after a day at
   * most.
   */
  watch(socket: WebSocket, credential: Credential, caller: Caller): void {
    const swept = this.sockets.get(socket);
    if (!swept) return; // already closed
    swept.access = { credential, caller };
    this.awaitExpiry(socket, swept);
  }

  private sweep(): void {
    const nowMs = performance.now();
    const validities = new Map<string, Promise<boolean>>();
    for (const [socket, swept] of this.sockets) {
      if (swept.pingAtMs <= nowMs) ping(socket, swept, nowMs);
      this.awaitExpiry(socket, swept);
      if (!swept.access) continue;
      if (this.isExpired(socket, swept.access.caller)) continue;
      const key = checkedOnce(swept.access);
      const validity = validities.get(key) ?? this.checkValidity(swept.access);
      validities.set(key, validity);
      void validity.then((isValid) => isValid || this.forbid(socket, swept));
    }
  }

  private async checkValidity({ credential, caller }: Access): Promise<boolean> {
    return this.access.isStillValid(credential, caller).catch((error: unknown) => {
      this.log.warn({ err: error }, 'credential check of a socket failed');
      return true;
    });
  }

  /**
   * Whether the credential has expired. Then the socket is closed. Checked before each operation and message, too: a timer follows the
   * monotonic time, but the clock that credentials expire by may be set.
   */
  isExpired(socket: WebSocket, caller: Caller): boolean {
    if (this.access.expiresInMs(caller) > 0) return false;
    if (socket.readyState === socket.OPEN) closeSocket(socket, CloseCode.Forbidden, EXPIRED);
    return true;
  }

  /** Only a credential that expires before the sweep after next gets its own timer. */
  private awaitExpiry(socket: WebSocket, swept: SweptSocket): void {
    const { caller } = swept.access ?? {};
    const expiresInMs = caller ? this.access.expiresInMs(caller) : Infinity;
    if (!caller || swept.expiry || expiresInMs > 2 * this.intervalMs) return;
    swept.expiry = setTimeout(
      () => {
        if (this.isExpired(socket, caller)) return;
        swept.expiry = undefined;
        this.awaitExpiry(socket, swept);
      },
      Math.max(expiresInMs, 0),
    );
  }

  private forbid(socket: WebSocket, { access }: SweptSocket): void {
    if (!access || this.isExpired(socket, access.caller)) return;
    closeSocket(socket, CloseCode.Forbidden, 'Credential no longer valid');
  }
}

export const EXPIRED = 'Credential expired';

/** Sockets with the same value have the same validity: those of one API key, or those of the tokens of one customer. */
function checkedOnce({ credential, caller }: Access): string {
  return credential.kind === 'apiKey' ? credential.key : `token of ${scopeKey(caller.scope)}`;
}

function ping(socket: WebSocket, swept: SweptSocket, nowMs: number): void {
  // A client that has bytes to read sees the ping after them, see Connections.
  if (!swept.isAlive && socket.bufferedAmount === 0) {
    socket.terminate();
    return;
  }
  Object.assign(swept, { isAlive: false, pingAtMs: nowMs + PING_INTERVAL_MS });
  socket.ping();
}
