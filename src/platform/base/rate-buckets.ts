import { LRUCache } from 'lru-cache';
import { steadyMs } from './clock';

/** How many points an owner may spend. */
export interface RatePolicy {
  readonly name: string;
  readonly pointsPerSecond: number;
  /** Time for which an owner who has spent nothing may spend at any speed what it may in this time. */
  readonly windowS: number;
}

/** What is left of a quota. */
export interface RateState {
  readonly policy: RatePolicy;
  /** Points that can be spent now. */
  readonly remaining: number;
  /** Time until nothing is spent. */
  readonly resetS: number;
}

interface Bucket {
  /** The time at which all that was spent will be forgotten, in milliseconds of the clock. */
  tat: number;
  /** Spent since the last merge, in milliseconds. */
  unmerged: number;
}

export type MergedBucket = readonly [key: string, ms: number];

/** In memory at a time. The least recently used ones are forgotten. About 200 bytes each. */
const MAX_BUCKETS = 20_000;

export const quotaOf = ({ pointsPerSecond, windowS }: RatePolicy): number => pointsPerSecond * windowS;

/**
 * Quotas of owners by the generic cell rate algorithm: one time for each owner, the theoretical arrival time (TAT). Spending moves it
 * into the future, at most by the window of the policy.
 *
 * Instances share their buckets without asking each other: what one has spent is a time that is added to the common one, in any
 * order, see `take`.
 */
export class RateBuckets {
  private readonly buckets: LRUCache<string, Bucket>;
  /** Keys of buckets with something that is not merged. */
  private readonly changed = new Set<string>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly now = steadyMs,
    max = MAX_BUCKETS,
  ) {
    this.buckets = new LRUCache<string, Bucket>({ max, dispose: (_bucket, key) => this.changed.delete(key) });
  }

  state(policy: RatePolicy, key: string): RateState {
    const backlog = this.backlogOf(key);
    const remaining = Math.floor(quotaOf(policy) - (backlog / 1_000) * policy.pointsPerSecond);
    return { policy, remaining: Math.max(0, remaining), resetS: Math.ceil(backlog / 1_000) };
  }

  /** Seconds until these points can be spent; 0 when they can be now. More than the quota is as much as the quota. */
  waitS(policy: RatePolicy, key: string, points: number): number {
    const needed = Math.min(points, quotaOf(policy)) / policy.pointsPerSecond;
    return Math.max(0, this.backlogOf(key) / 1_000 + needed - policy.windowS);
  }

  /** Points that can be spent until a window of debt is reached. */
  untilDebt(policy: RatePolicy, key: string): number {
    return Math.max(0, 2 * quotaOf(policy) - (this.backlogOf(key) / 1_000) * policy.pointsPerSecond);
  }

  /** Spends points, also those that the quota does not have. */
  spend(policy: RatePolicy, key: string, points: number): void {
    const ms = (points / policy.pointsPerSecond) * 1_000;
    const bucket = this.buckets.get(key) ?? { tat: 0, unmerged: 0 };
    bucket.tat = Math.max(bucket.tat, this.now()) + ms;
    bucket.unmerged += ms;
    this.buckets.set(key, bucket);
    this.changed.add(key);
  }

  /** What was spent and is not merged yet, of at most `limit` owners. It counts as merged from now on. */
  take(limit: number): MergedBucket[] {
    const taken: MergedBucket[] = [];
    for (const key of this.changed) {
      if (taken.length === limit) break;
      const bucket = this.buckets.peek(key)!;
      taken.push([key, bucket.unmerged]);
      bucket.unmerged = 0;
      this.changed.delete(key);
    }
    return taken;
  }

  /** Receives how far the common times are in the future, after what was taken is added. What was spent since is added here. */
  merged(backlogs: readonly MergedBucket[]): void {
    for (const [key, ms] of backlogs) {
      const bucket = this.buckets.peek(key);
      if (bucket) bucket.tat = this.now() + Math.max(0, ms) + bucket.unmerged;
    }
  }

  private backlogOf(key: string): number {
    return Math.max(0, (this.buckets.get(key)?.tat ?? 0) - this.now());
  }
}
