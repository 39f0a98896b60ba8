import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { AccessService } from '../access/access.service';
import type { Caller } from '../access/caller';
import type { Credential } from '../access/credential';
import type { Logger } from '../base/logger';
import { closeSocket } from './web-socket';

export interface SocketSweepOptions {
  access: AccessService;
  log: Logger;
  intervalMs: number;
}

/** A client that has not answered a ping by the next one is gone. */
const PING_INTERVAL_MS = 12_000;

const EXPIRED = 'Credential expired';

interface Heartbeat {
  pingAtMs: number;
  isAlive: boolean;
}

/** The sockets of one credential. */
interface Holders {
  readonly credential: Credential;
  readonly sockets: Set<WebSocket>;
  readonly expiresAt: Date | null;
  /** Set when it is near. */
  expiry?: NodeJS.Timeout;
}

/** Looks after all sockets of the process at each interval, with one timer as long as there are any. */
export class SocketSweep {
  private readonly heartbeats = new Map<WebSocket, Heartbeat>();
  private readonly holders = new Map<string, Holders>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SocketSweepOptions) {}

  /** Finds out when the client goes away without a word, and keeps proxies from closing a quiet connection. */
  keepAlive(socket: WebSocket): void {
    const heartbeat: Heartbeat = { pingAtMs: performance.now() + PING_INTERVAL_MS, isAlive: true };
    socket.on('pong', () => (heartbeat.isAlive = true));
    this.heartbeats.set(socket, heartbeat);
    this.timer ??= setInterval(() => this.sweep(), this.options.intervalMs);
    socket.once('close', () => {
      this.heartbeats.delete(socket);
      if (this.heartbeats.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }

  /**
   * Closes the socket when its credential stops being good: at its expiry to the moment; for a revoked key within the interval
   * and the age of what is remembered of it. A token cannot be revoked, and lives for a day at the most.
   */
  watch(socket: WebSocket, credential: Credential, { expiresAt }: Caller): void {
    if (socket.readyState !== socket.OPEN) return;
    const key = `${JSON.stringify(credential)} ${expiresAt?.getTime()}`;
    const holders = this.holders.get(key) ?? { credential, sockets: new Set(), expiresAt };
    this.holders.set(key, holders);
    holders.sockets.add(socket);
    this.awaitExpiry(holders);
    socket.once('close', () => {
      holders.sockets.delete(socket);
      if (holders.sockets.size > 0) return;
      clearTimeout(holders.expiry);
      this.holders.delete(key);
    });
  }

  private sweep(): void {
    const nowMs = performance.now();
    for (const [socket, heartbeat] of this.heartbeats)
      if (heartbeat.pingAtMs <= nowMs) this.ping(socket, heartbeat, nowMs);
    for (const holders of this.holders.values()) {
      this.awaitExpiry(holders);
      this.recheck(holders);
    }
  }

  private ping(socket: WebSocket, heartbeat: Heartbeat, nowMs: number): void {
    if (!heartbeat.isAlive) {
      socket.terminate();
      return;
    }
    heartbeat.isAlive = false;
    heartbeat.pingAtMs = nowMs + PING_INTERVAL_MS;
    socket.ping();
  }

  private recheck(holders: Holders): void {
    const { access, log } = this.options;
    if (holders.credential.kind !== 'apiKey') return;
    access
      .isStillValid(holders.credential)
      .then((valid) => valid || forbid(holders, isOver(holders.expiresAt) ? EXPIRED : 'Credential no longer valid'))
      .catch((error: unknown) => log.warn({ err: error }, 'credential of a socket not checked'));
  }

  /** A timer of its own has only what expires before the sweep after the next one. */
  private awaitExpiry(holders: Holders): void {
    const expiresInMs = holders.expiresAt ? holders.expiresAt.getTime() - Date.now() : Infinity;
    if (expiresInMs <= 2 * this.options.intervalMs)
      holders.expiry ??= setTimeout(() => forbid(holders, EXPIRED), expiresInMs);
  }
}

function isOver(time: Date | null): boolean {
  return time !== null && time.getTime() <= Date.now();
}

function forbid({ sockets }: Holders, reason: string): void {
  for (const socket of sockets) closeSocket(socket, CloseCode.Forbidden, reason);
}
