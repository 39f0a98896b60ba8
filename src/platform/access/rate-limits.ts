import { setTimeout as pause } from 'node:timers/promises';
import { RequestError } from '../base/errors';
import { defineLimit, noteLimitReached } from '../base/limit';
import { RateBuckets, type RatePolicy, type RateState } from '../base/rate-buckets';
import { scopeKey } from '../db/scope';
import type { Caller } from './caller';

export const DEFAULT_COST_PER_SECOND = defineLimit('cost of a customer per second', {
  value: 1_000_000,
  unit: 'points',
  description:
    'Cost of the operations of one customer, or of all operators, on all instances together, after a burst of ten seconds. Beyond, RATE_LIMITED. Set by RATE_LIMIT_COST_PER_SECOND.',
});
const CREDENTIAL = 'cost of a credential per second';
defineLimit(CREDENTIAL, {
  value: DEFAULT_COST_PER_SECOND,
  unit: 'points',
  description: 'The same of one API key, or of one subject of tokens. Set by RATE_LIMIT_CREDENTIAL_COST_PER_SECOND.',
});

/** Points of any operation, beside its cost, also of one that is refused. */
export const OPERATION_POINTS = 10;

const WINDOW_S = 10;

/** `Retry-After` is not shorter, so a caller that respects it loses nothing. */
const PAUSE_MS = 1_000;
/** Requests that wait for their refusal, about 20 kB each. Further refusals are sent at once. */
const MAX_PAUSES = 500;

/** Points per second; 0 for no limit. */
export interface RateLimitConfig {
  readonly costPerSecond: number;
  readonly credentialCostPerSecond: number;
}

interface Quota {
  readonly limit: string;
  readonly policy: RatePolicy;
  readonly keyOf: (caller: Caller) => string;
}

/**
 * What customers and credentials may spend in a time, in points of cost. Each instance decides by what it knows, without asking the
 * database, see `RateLimitMerger`.
 */
export class RateLimits {
  readonly buckets = new RateBuckets();
  /** Refusals that are not sent yet. */
  private pauses = 0;
  private readonly quotas: readonly Quota[];
  private readonly ofCustomers: Quota | undefined;

  /** @param pauseMs time before a refusal is sent, so that a caller that repeats at once is slowed */
  constructor(
    { costPerSecond, credentialCostPerSecond }: RateLimitConfig,
    private readonly pauseMs = PAUSE_MS,
  ) {
    const quota = (limit: string, name: string, pointsPerSecond: number, keyOf: Quota['keyOf']): Quota[] =>
      pointsPerSecond === 0 ? [] : [{ limit, policy: { name, pointsPerSecond, windowS: WINDOW_S }, keyOf }];
    const ofCustomers = quota('cost of a customer per second', 'customer', costPerSecond, ({ scope }) =>
      scopeKey(scope),
    );
    [this.ofCustomers] = ofCustomers;
    this.quotas = [
      ...quota(CREDENTIAL, 'credential', credentialCostPerSecond, ({ identity }) => `credential:${identity}`),
      ...ofCustomers,
    ];
  }

  /** What is left of each quota of a caller. */
  statesOf(caller: Caller): RateState[] {
    return this.quotas.map(({ policy, keyOf: key }) => this.buckets.state(policy, key(caller)));
  }

  /** Spends points if the caller can spend them now. @returns whether it could */
  trySpend(caller: Caller, points: number): boolean {
    for (const { policy, keyOf: key } of this.quotas)
      if (this.buckets.waitS(policy, key(caller), points) > 0) return false;
    this.charge(caller, points);
    return true;
  }

  /** @throws RequestError RATE_LIMITED when the caller cannot spend these points now. Nothing is spent then. */
  async spend(caller: Caller, points: number): Promise<void> {
    for (const { limit, policy, keyOf: key } of this.quotas) {
      const waitS = this.buckets.waitS(policy, key(caller), points);
      if (waitS > 0) throw await this.refusal(limit, waitS);
    }
    this.charge(caller, points);
  }

  /** Spends points for what was done already. */
  charge(caller: Caller, points: number): void {
    for (const { policy, keyOf: key } of this.quotas) this.buckets.spend(policy, key(caller), points);
  }

  /** The same for an event, which is sent in any case. Beyond a window of debt events are free: operations are served again in a time. */
  chargeEvent(caller: Caller, points: number): void {
    for (const { policy, keyOf: key } of this.quotas)
      if (this.buckets.waitS(policy, key(caller), 0) < policy.windowS) this.buckets.spend(policy, key(caller), points);
  }

  /** The same for what is done for a customer without a caller, such as deliveries of its webhooks. */
  chargeCustomer(customerId: string, points: number): void {
    const { policy } = this.ofCustomers ?? {};
    if (!policy) return;
    const key = scopeKey({ kind: 'customer', customerId });
    this.buckets.spend(policy, key, Math.min(points, this.buckets.untilDebt(policy, key)));
  }

  private async refusal(limit: string, waitS: number): Promise<RequestError> {
    noteLimitReached(limit);
    if (this.pauses < MAX_PAUSES) {
      this.pauses += 1;
      await pause(this.pauseMs);
      this.pauses -= 1;
    }
    const retryAfter = Math.max(1, Math.ceil(waitS));
    const seconds = retryAfter === 1 ? 'a second' : `${retryAfter} seconds`;
    return new RequestError('RATE_LIMITED', `The limit of ${limit} is reached. Try again in ${seconds}.`, {
      retryAfter,
    });
  }
}
