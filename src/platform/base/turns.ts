import { setImmediate as nextTurn } from 'node:timers/promises';

/** Completing a row with twenty fields takes about 20 µs, so a turn takes a few milliseconds. */
const ITEMS_PER_TURN = 200;

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
        await nextTurn();
        this.items = 0;
      }
      this.items += length;
      this.waiting -= 1;
      if (this.waiting === 0) for (const dispatch of this.postponed.splice(0)) this.afterLists(dispatch);
    });
    return this.last;
  }
}
