import { steadyMs } from './clock';

/** Bounds of a queue. */
export interface FairQueueBounds {
  /** Places in use at a time. */
  readonly places: number;
  /** Places in use at a time by one owner. @param isShared whether others have used places lately, too */
  readonly placesOf: (owner: string, isShared: boolean) => number;
  /** Who waits, in all. Default: no bound. */
  readonly waiters?: number;
  /** Who waits, of one owner. Default: no bound. */
  readonly waitersPerOwner?: number;
  /** Time for which one waits. Default: no bound. */
  readonly waitMs?: number;
}

/** No place is given: too many wait, or the wait was too long. */
export class QueueFullError extends Error {
  constructor(
    /** Whether the owner itself uses all places that it may have, or has too many waiters. Otherwise others are in its way, too. */
    readonly isOwn: boolean,
    readonly isLate: boolean,
  ) {
    super(isLate ? 'The wait for a place was too long.' : 'Too many wait for a place.');
    this.name = 'QueueFullError';
  }
}

/** How one waits for a place. */
export interface Wait {
  /** As long as it takes, and not counted in the bounds of waiters. */
  readonly isPatient?: boolean;
  /** Ends the wait. A place that was given is kept. */
  readonly signal?: AbortSignal;
}

/** An owner counts as one of several for so long after another one was served. */
const SHARED_MS = 2_000;

interface Owner {
  used: number;
  /** First come, first served. */
  readonly waiters: Set<Waiter>;
}

interface Waiter {
  readonly serve: (leave: () => void) => void;
  /** Ends what could end the wait. */
  readonly clear: () => void;
}

/**
 * Places that owners share, such as the connections of a pool among customers.
 *
 * A free place goes to the owner who uses the fewest; among equals, to the one who was served the longest time ago. So an owner who
 * asks for little waits for one place to become free, whatever the others ask for. Without memory for owners who neither use a place
 * nor wait.
 */
export class FairQueue {
  private readonly owners = new Map<string, Owner>();
  /** Owners with waiters, the one who was served the longest time ago first. */
  private readonly lines = new Set<string>();
  private usedPlaces = 0;
  private waiters = 0;
  private lastOwner: string | undefined;
  /** When the last owner was served, and when any other one was. */
  private lastAtMs = -Infinity;
  private otherAtMs = -Infinity;

  /** @param now milliseconds of a steady clock */
  constructor(
    private readonly bounds: FairQueueBounds,
    private readonly now = steadyMs,
  ) {}

  /** Places in use. */
  get used(): number {
    return this.usedPlaces;
  }

  get waiting(): number {
    return this.waiters;
  }

  /** Takes a place that is free now. @returns gives it back, as `enter`; undefined when one must wait */
  tryEnter(owner: string): (() => void) | undefined {
    const own = this.owners.get(owner) ?? { used: 0, waiters: new Set() };
    // Who could have a place does not wait, so no waiter is passed here.
    return this.mayUse(owner, own) ? this.use(owner, own) : undefined;
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back; may be called more than once
   * @throws QueueFullError; the reason of the signal
   */
  enter(owner: string, { isPatient = false, signal }: Wait = {}): Promise<() => void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const leave = this.tryEnter(owner);
    if (leave) return Promise.resolve(leave);
    const own = this.owners.get(owner) ?? { used: 0, waiters: new Set() };
    const { waiters = Infinity, waitersPerOwner = Infinity, waitMs = Infinity } = this.bounds;
    const isOwn = own.waiters.size >= waitersPerOwner;
    if (!isPatient && (isOwn || this.waiters >= waiters))
      return Promise.reject(new QueueFullError(isOwn || this.isAtLimit(owner, own), false));
    return new Promise((resolve, reject) => {
      const end = (error: Error): void => {
        this.removeWaiter(owner, own, waiter);
        reject(error);
        this.forgetIfIdle(owner, own);
      };
      const abandon = () => end(signal!.reason as Error);
      const isBounded = !isPatient && waitMs !== Infinity;
      const timer = isBounded
        ? setTimeout(() => end(new QueueFullError(this.isAtLimit(owner, own), true)), waitMs)
        : undefined;
      signal?.addEventListener('abort', abandon);
      const clear = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
      };
      const waiter: Waiter = { serve: resolve, clear };
      this.owners.set(owner, own);
      own.waiters.add(waiter);
      this.lines.add(owner);
      this.waiters += 1;
    });
  }

  private isAtLimit(owner: string, { used }: Owner): boolean {
    const otherAtMs = owner === this.lastOwner ? this.otherAtMs : this.lastAtMs;
    return used >= this.bounds.placesOf(owner, this.now() - otherAtMs < SHARED_MS);
  }

  private mayUse(owner: string, own: Owner): boolean {
    return this.usedPlaces < this.bounds.places && !this.isAtLimit(owner, own);
  }

  private use(owner: string, own: Owner): () => void {
    this.owners.set(owner, own);
    if (this.lastOwner !== owner) this.otherAtMs = this.lastAtMs;
    this.lastOwner = owner;
    this.lastAtMs = this.now();
    own.used += 1;
    this.usedPlaces += 1;
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      own.used -= 1;
      this.usedPlaces -= 1;
      this.serveNext();
      this.forgetIfIdle(owner, own);
    };
  }

  /** Several, when the owners have become fewer. */
  private serveNext(): void {
    for (let next = this.next(); next !== undefined; next = this.next()) this.serve(next);
  }

  private serve(next: string): void {
    const own = this.owners.get(next)!;
    const [waiter] = own.waiters as Iterable<Waiter> as [Waiter];
    this.removeWaiter(next, own, waiter);
    // It was served last.
    if (this.lines.delete(next)) this.lines.add(next);
    waiter.serve(this.use(next, own));
  }

  private next(): string | undefined {
    let best: string | undefined;
    let fewest = Infinity;
    for (const owner of this.lines) {
      const own = this.owners.get(owner)!;
      if (own.used >= fewest || !this.mayUse(owner, own)) continue;
      [best, fewest] = [owner, own.used];
      if (fewest === 0) break;
    }
    return best;
  }

  private removeWaiter(owner: string, own: Owner, waiter: Waiter): void {
    waiter.clear();
    own.waiters.delete(waiter);
    this.waiters -= 1;
    if (own.waiters.size === 0) this.lines.delete(owner);
  }

  private forgetIfIdle(owner: string, own: Owner): void {
    if (own.used === 0 && own.waiters.size === 0) this.owners.delete(owner);
  }
}
