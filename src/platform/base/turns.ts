import { steadyMs } from './clock';

/** Completing a row with twenty fields takes about 20 µs, so a turn takes a few milliseconds. */
const ITEMS_PER_TURN = 200;

/** After a turn that took longer, others have as much time before the next turn, but at most so much. */
const LONG_TURN_MS = 5;
const MAX_REST_MS = 25;

/**
 * Gives out turns of the event loop: one for each time that it goes around, to each owner after the other. So what others receive
 * and send is delayed by one turn, however many operations have long work to do at the same time.
 */
export class LoopTurns {
  /** By owner, the one who had a turn the longest time ago first. */
  private readonly lines = new Map<string, Set<() => void>>();
  private isScheduled = false;

  /**
   * @param now milliseconds of a steady clock
   * @param later calls a function after some milliseconds
   */
  constructor(
    private readonly now = steadyMs,
    private readonly later: (follow: () => void, ms: number) => void = setTimeout,
  ) {}

  /** Waits for the next turn of an owner. */
  next(owner: string): Promise<void> {
    return new Promise((resolve) => {
      const line = this.lines.get(owner) ?? new Set();
      this.lines.set(owner, line.add(resolve));
      if (this.isScheduled) return;
      this.isScheduled = true;
      setImmediate(() => this.turn());
    });
  }

  private turn(): void {
    const [[owner, line]] = this.lines as Iterable<[string, Set<() => void>]> as [[string, Set<() => void>]];
    const [resolve] = line as Iterable<() => void> as [() => void];
    line.delete(resolve);
    this.lines.delete(owner);
    if (line.size > 0) this.lines.set(owner, line);
    const startedAt = this.now();
    setImmediate(() => this.ended(this.now() - startedAt));
    resolve();
  }

  /** @param tookMs with what others did before the loop went around */
  private ended(tookMs: number): void {
    if (tookMs > LONG_TURN_MS) this.later(() => this.follow(), Math.min(tookMs, MAX_REST_MS));
    else this.follow();
  }

  private follow(): void {
    if (this.lines.size > 0) this.turn();
    else this.isScheduled = false;
  }
}

/** Of this process. */
export const LOOP = new LoopTurns();

/**
 * Divides the completion of long lists among turns of the event loop, so that one large result does not stall all other callers.
 *
 * Batches of loaders wait until no list waits for its turn: the keys of all lists are in one batch, as if there were no turns.
 */
export class Turns {
  private items = 0;
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();
  private postponed: (() => void)[] = [];

  /** @param owner who shares the turns with others, such as a customer */
  constructor(
    private readonly owner = '',
    private readonly loop = LOOP,
  ) {}

  /**
   * Waits for the turn in which a list of this length may be completed.
   *
   * @returns undefined when that is now
   */
  take(length: number): Promise<void> | undefined {
    if (this.waiting > 0 || !this.fits(length)) return this.wait(length);
    this.items += length;
    return undefined;
  }

  /** Calls `dispatch` after all promises that are settled now, and when no list waits. */
  afterLists(dispatch: () => void): void {
    void Promise.resolve().then(() =>
      process.nextTick(() => {
        if (this.waiting > 0) this.postponed.push(dispatch);
        else dispatch();
      }),
    );
  }

  private fits(length: number): boolean {
    return this.items === 0 || this.items + length <= ITEMS_PER_TURN;
  }

  private wait(length: number): Promise<void> {
    this.waiting += 1;
    this.last = this.last.then(async () => {
      if (!this.fits(length)) {
        await this.loop.next(this.owner);
        this.items = 0;
      }
      this.items += length;
      this.waiting -= 1;
      if (this.waiting === 0) for (const dispatch of this.postponed.splice(0)) this.afterLists(dispatch);
    });
    return this.last;
  }
}
