import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Credential } from '../access/credential';
import type { Logger } from '../base/logger';
import { closeSocket } from './web-socket';

/** A client that has not sent a pong by the next ping counts as disconnected. */
const PING_INTERVAL_MS = 12_000;

interface SweptSocket {
  pingAtMs: number;
  isAlive: boolean;
  /** Set when the connection is acknowledged. */
  credential?: Credential;
  expiresAt?: Date | null;
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
   * Closes the socket when its credential is no longer valid: exactly when it expires, or, for a revoked API key, within the
   * interval plus the age of the cached result. Tokens cannot be revoked; they expire after a day at most.
   */
  watch(socket: WebSocket, credential: Credential, expiresAt: Date | null): void {
    const swept = this.sockets.get(socket);
    if (!swept) return; // already closed
    Object.assign(swept, { credential, expiresAt });
    this.awaitExpiry(socket, swept);
  }

  private sweep(): void {
    const nowMs = performance.now();
    const validities = new Map<string, Promise<boolean>>();
    for (const [socket, swept] of this.sockets) {
      if (swept.pingAtMs <= nowMs) ping(socket, swept, nowMs);
      this.awaitExpiry(socket, swept);
      if (swept.credential?.kind !== 'apiKey') continue;
      const { key } = swept.credential;
      const validity = validities.get(key) ?? this.checkValidity(swept.credential);
      validities.set(key, validity);
      void validity.then((isValid) => isValid || forbid(socket, swept));
    }
  }

  /** Called once per sweep for each API key, however many sockets use it. */
  private async checkValidity(credential: Credential): Promise<boolean> {
    return this.access.isStillValid(credential).catch((error: unknown) => {
      this.log.warn({ err: error }, 'credential check of a socket failed');
      return true;
    });
  }

  /** Only a credential that expires before the sweep after next gets its own timer. */
  private awaitExpiry(socket: WebSocket, swept: SweptSocket): void {
    const expiresInMs = swept.expiresAt ? swept.expiresAt.getTime() - Date.now() : Infinity;
    if (expiresInMs > 2 * this.intervalMs) return;
    swept.expiry ??= setTimeout(() => closeSocket(socket, CloseCode.Forbidden, EXPIRED), expiresInMs);
  }
}

const EXPIRED = 'Credential expired';

function forbid(socket: WebSocket, { expiresAt }: SweptSocket): void {
  const isExpired = expiresAt != null && expiresAt.getTime() <= Date.now();
  closeSocket(socket, CloseCode.Forbidden, isExpired ? EXPIRED : 'Credential no longer valid');
}

function ping(socket: WebSocket, swept: SweptSocket, nowMs: number): void {
  if (!swept.isAlive) {
    socket.terminate();
    return;
  }
  Object.assign(swept, { isAlive: false, pingAtMs: nowMs + PING_INTERVAL_MS });
  socket.ping();
}
