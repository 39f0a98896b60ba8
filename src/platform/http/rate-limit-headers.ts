import type { RateLimits } from '../access/rate-limits';
import { quotaOf } from '../base/rate-buckets';
import type { HttpReply, HttpRequest } from './exchange';
import { entryOf } from './request-log';

export const RATE_LIMIT_POLICY = 'ratelimit-policy';
export const RATE_LIMIT = 'ratelimit';

/** Adds what is left of the caller's quotas to a response, by draft-ietf-httpapi-ratelimit-headers. */
export function addRateLimits(rates: RateLimits, request: HttpRequest, reply: HttpReply): void {
  const { caller } = entryOf(request);
  const states = caller ? rates.statesOf(caller) : [];
  if (states.length === 0) return;
  const policies = states.map(({ policy }) => `"${policy.name}";q=${quotaOf(policy)};w=${policy.windowS}`);
  const limits = states.map(({ policy, remaining, resetS }) => `"${policy.name}";r=${remaining};t=${resetS}`);
  reply.header(RATE_LIMIT_POLICY, policies.join(', ')).header(RATE_LIMIT, limits.join(', '));
}
