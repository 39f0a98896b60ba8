import type { Caller } from '../access/caller';
import { RequestError } from '../base/errors';
import { FairQueue, QueueFullError } from '../base/fair-queue';
import { defineLimit, noteLimitReached } from '../base/limit';
import { scopeKey } from '../db/scope';

const LIMITS = {
  'operations of a credential': defineLimit('operations of a credential', {
    value: 12,
    unit: 'operations',
    description:
      'Operations of one API key, or of one subject of tokens, that run at a time on one instance, over all transports. More wait. One that has run ends when its work ends, whether its client waits or not.',
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

export type PlaceLimits = Record<keyof typeof LIMITS, number>;

const RETRY_AFTER_S = 1;

/** The places in which operations run, on one instance. Who finds none waits in a queue that is fair among customers. */
export class OperationPlaces {
  private readonly ofCredentials: FairQueue;
  private readonly ofCustomers: FairQueue;

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
   * @returns called when all its work has ended
   * @throws RequestError RATE_LIMITED or SERVICE_UNAVAILABLE; the reason of the signal
   */
  async enter({ identity, scope }: Caller, signal?: AbortSignal): Promise<() => void> {
    try {
      const leaveCredential = await this.ofCredentials.enter(identity, { signal });
      try {
        const leaveCustomer = await this.ofCustomers.enter(scopeKey(scope), { signal });
        return () => {
          leaveCustomer();
          leaveCredential();
        };
      } catch (error) {
        leaveCredential();
        throw error;
      }
    } catch (error) {
      throw error instanceof QueueFullError ? refusalOf(error) : error;
    }
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
