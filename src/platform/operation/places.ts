import type { Caller } from '../access/caller';
import { RequestError } from '../base/errors';
import { FairQueue, QueueFullError, type Wait } from '../base/fair-queue';
import { defineLimit, noteLimitReached } from '../base/limit';
import { scopeKey } from '../db/scope';

const LIMITS = {
  'operations of a credential': defineLimit('operations of a credential', {
    value: 12,
    unit: 'operations',
    description:
      'Operations of one API key, or of one subject of tokens, that run at a time on one instance, over all transports. More wait. One that has run ends when its work ends, whether its client waits or not. Calls that wait to be recorded with others do not count.',
  }),
  'operations of a customer': defineLimit('operations of a customer', {
    value: 16,
    unit: 'operations',
    description: 'The same of one customer, or of all operators. Events of subscriptions count on their own.',
  }),
  'operations in progress': defineLimit('operations in progress', {
    value: 128,
    unit: 'operations',
    description: 'The same of all. The next free place is for the customer with the fewest.',
  }),
  'waiting operations of a credential': defineLimit('waiting operations of a credential', {
    value: 200,
    unit: 'operations',
    description: 'Operations of one credential that wait. One more is RATE_LIMITED.',
  }),
  'waiting operations': defineLimit('waiting operations', {
    value: 2_000,
    unit: 'operations',
    description: 'The same of all. One more is SERVICE_UNAVAILABLE.',
  }),
  'operation wait, milliseconds': defineLimit('operation wait, milliseconds', {
    value: 10_000,
    unit: 'ms',
    description:
      'Time for which an operation waits. Then RATE_LIMITED if its customer has as many as it may, else SERVICE_UNAVAILABLE.',
  }),
};

/**
 * Operations that give their place back while they wait for the transaction of a group, at most. More keep their places, so that more
 * others wait.
 */
const MAX_LENT = { ofCustomer: 100, all: 1_000 };

export type PlaceLimits = Record<keyof typeof LIMITS, number>;

const RETRY_AFTER_S = 1;

/** The place of an operation that runs. */
export class OperationPlace {
  /** @param lend gives the place back until the work is done, then waits for another one */
  constructor(
    private leaveNow: () => void,
    private readonly lend: (leave: () => void, work: Promise<unknown>) => Promise<() => void>,
  ) {}

  /** Called when all work of the operation has ended. */
  leave(): void {
    this.leaveNow();
  }

  /** The result of work that has no need of the place: it is done with that of others, in one transaction. */
  async whileJoined<Result>(work: Promise<Result>): Promise<Result> {
    this.leaveNow = await this.lend(this.leaveNow, work);
    return work;
  }
}

/** The places in which operations run, on one instance. Who finds none waits in a queue that is fair among customers. */
export class OperationPlaces {
  private readonly ofCredentials: FairQueue;
  private readonly ofCustomers: FairQueue;
  /** Operations that gave their place back for a time, by customer. */
  private readonly lent = new Map<string, number>();
  private allLent = 0;

  /** @param values instead of the limits, for tests */
  constructor(values: Partial<PlaceLimits> = {}) {
    const limits = { ...LIMITS, ...values };
    const waiting = { waiters: limits['waiting operations'], waitMs: limits['operation wait, milliseconds'] };
    this.ofCredentials = new FairQueue({
      ...waiting,
      places: Infinity,
      placesOf: () => limits['operations of a credential'],
      waitersPerOwner: limits['waiting operations of a credential'],
    });
    this.ofCustomers = new FairQueue({
      ...waiting,
      places: limits['operations in progress'],
      placesOf: () => limits['operations of a customer'],
    });
  }

  /** Operations and events that run. */
  get used(): number {
    return this.ofCustomers.used;
  }

  get waiting(): number {
    return this.ofCredentials.waiting + this.ofCustomers.waiting;
  }

  /**
   * Waits for a place of an operation.
   *
   * @param signal of a client that has gone: it waits no longer
   * @throws RequestError RATE_LIMITED or SERVICE_UNAVAILABLE; the reason of the signal
   */
  async enter(caller: Caller, signal?: AbortSignal): Promise<OperationPlace> {
    try {
      return this.placeOf(caller, await this.take(caller, { signal }));
    } catch (error) {
      throw error instanceof QueueFullError ? refusalOf(error) : error;
    }
  }

  /** A place that is free now. Undefined when the operation must wait for one. */
  tryEnter(caller: Caller): OperationPlace | undefined {
    const leaveCredential = this.ofCredentials.tryEnter(caller.identity);
    const leaveCustomer = leaveCredential && this.ofCustomers.tryEnter(scopeKey(caller.scope));
    if (leaveCustomer)
      return this.placeOf(caller, () => {
        leaveCustomer();
        leaveCredential();
      });
    leaveCredential?.();
    return undefined;
  }

  private placeOf(caller: Caller, leave: () => void): OperationPlace {
    return new OperationPlace(leave, (leaveNow, work) => this.lend(caller, leaveNow, work));
  }

  /** @throws QueueFullError; the reason of the signal */
  private async take({ identity, scope }: Caller, wait: Wait): Promise<() => void> {
    const leaveCredential = await this.ofCredentials.enter(identity, wait);
    try {
      const leaveCustomer = await this.ofCustomers.enter(scopeKey(scope), wait);
      return () => {
        leaveCustomer();
        leaveCredential();
      };
    } catch (error) {
      leaveCredential();
      throw error;
    }
  }

  /** @returns leaves the place that the operation has afterwards, whether the work failed or not */
  private async lend(caller: Caller, leave: () => void, work: Promise<unknown>): Promise<() => void> {
    const key = scopeKey(caller.scope);
    const ofCustomer = this.lent.get(key) ?? 0;
    if (ofCustomer >= MAX_LENT.ofCustomer || this.allLent >= MAX_LENT.all) return leave;
    this.countLent(key, 1);
    leave();
    await work.catch(() => undefined);
    const leaveAgain = await this.take(caller, { isPatient: true });
    this.countLent(key, -1);
    return leaveAgain;
  }

  private countLent(key: string, change: number): void {
    const count = (this.lent.get(key) ?? 0) + change;
    if (count === 0) this.lent.delete(key);
    else this.lent.set(key, count);
    this.allLent += change;
  }

  /**
   * Waits for a place of an event of a subscription, for as long as it takes: an event cannot be sent again. The number of those that
   * wait is that of subscriptions, which have limits of their own.
   *
   * @throws the reason of the signal
   */
  enterForEvent({ scope }: Caller, signal?: AbortSignal): Promise<() => void> {
    return this.ofCustomers.enter(`events of ${scopeKey(scope)}`, { isPatient: true, signal });
  }
}

function refusalOf({ isOwn, isLate }: QueueFullError): RequestError {
  noteLimitReached(
    isLate ? 'operation wait, milliseconds' : isOwn ? 'waiting operations of a credential' : 'waiting operations',
  );
  return isOwn
    ? new RequestError('RATE_LIMITED', 'Too many of your operations run and wait. Send fewer at a time.', {
        retryAfter: RETRY_AFTER_S,
      })
    : new RequestError('SERVICE_UNAVAILABLE', 'Too many operations run. Try again.');
}
