import type { PoolClient } from 'pg';
import { steadyMs } from '../base/clock';
import type { Lease } from './connections';
import { ExpectedTimes } from './expected-times';

/** Bounds of the reads on a connection. */
export interface SharingBounds {
  /** At the same time. */
  readonly reads: number;
  /** For which one is expected to wait behind others, in milliseconds. */
  readonly waitMs: number;
  /** The same while the owner uses fewer connections than `spread`: about what it costs to wake a process of PostgreSQL. */
  readonly shortWaitMs: number;
  readonly spread: number;
}

const BOUNDS: SharingBounds = { reads: 16, waitMs: 2, shortWaitMs: 0.3, spread: 2 };

/** A connection with reads that are expected to be short. PostgreSQL runs one after the other. */
interface Shared {
  readonly lease: Lease;
  reads: number;
  /** Of all its reads, in milliseconds. */
  expectedMs: number;
  /** Since when PostgreSQL has run the first of them. */
  sinceMs: number;
  isBroken: boolean;
}

/**
 * Connections on which short reads of the same customer are sent behind each other, without a wait for the response in between.
 *
 * For short statements, processes of PostgreSQL that take turns on a processor, and are each woken for one statement, cost as much as
 * the statements themselves.
 */
export class SharedConnections {
  private readonly times = new ExpectedTimes();
  private readonly byOwner = new Map<string, readonly Shared[]>();
  private readonly bounds: SharingBounds;

  /** @param mayKeep whether more may be sent on a connection. If not, it is given back when its reads have ended */
  constructor(
    private readonly mayKeep: (client: PoolClient) => boolean,
    bounds: Partial<SharingBounds> = {},
    private readonly now = steadyMs,
  ) {
    this.bounds = { ...BOUNDS, ...bounds };
  }

  /**
   * A connection on which a read is sent behind others. Undefined when it needs one of its own.
   *
   * @param owner whose reads they are
   * @param name of the prepared statement
   */
  join(owner: string, name: string): Lease | undefined {
    const ofOwner = this.byOwner.get(owner);
    if (ofOwner === undefined) return undefined;
    const expectedMs = this.times.of(name);
    if (expectedMs === undefined || expectedMs > this.bounds.waitMs) return undefined;
    const shared = ofOwner.reduce((best, one) => (one.expectedMs < best.expectedMs ? one : best));
    return this.takesMore(shared, ofOwner.length) ? this.begin(owner, shared, name, expectedMs) : undefined;
  }

  /** Lets others be sent behind a read on its connection, if it is expected to be short. The lease ends when all reads have ended. */
  share(owner: string, name: string, lease: Lease): Lease {
    const expectedMs = this.times.of(name) ?? Infinity;
    const shared = { lease, reads: 0, expectedMs: 0, sinceMs: this.now(), isBroken: false };
    if (expectedMs <= this.bounds.waitMs) this.byOwner.set(owner, [...(this.byOwner.get(owner) ?? []), shared]);
    return this.begin(owner, shared, name, expectedMs);
  }

  private takesMore({ lease, reads, expectedMs, sinceMs, isBroken }: Shared, connections: number): boolean {
    const { reads: maxReads, waitMs, shortWaitMs, spread } = this.bounds;
    if (isBroken || reads >= maxReads || expectedMs > (connections < spread ? shortWaitMs : waitMs)) return false;
    // One that takes longer than expected may take very long.
    const isLate = this.now() - sinceMs > 2 * waitMs;
    return !isLate && this.mayKeep(lease.client);
  }

  private begin(owner: string, shared: Shared, name: string, expectedMs: number): Lease {
    shared.reads += 1;
    shared.expectedMs += expectedMs;
    const release = (isBroken = false): void => {
      const now = this.now();
      this.times.note(name, now - shared.sinceMs, now);
      shared.sinceMs = now;
      shared.reads -= 1;
      shared.expectedMs -= expectedMs;
      shared.isBroken ||= isBroken;
      if (shared.reads > 0) return;
      this.end(owner, shared);
      shared.lease.release(shared.isBroken);
    };
    return { client: shared.lease.client, release };
  }

  private end(owner: string, shared: Shared): void {
    const others = (this.byOwner.get(owner) ?? []).filter((one) => one !== shared);
    if (others.length > 0) this.byOwner.set(owner, others);
    else this.byOwner.delete(owner);
  }
}
