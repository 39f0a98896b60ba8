import type { FastifyInstance } from 'fastify';
import type { RateLimits } from '../access/rate-limits';
import { quotaOf } from '../base/rate-buckets';
import { entryOf } from './request-log';

export const RATE_LIMIT_POLICY = 'ratelimit-policy';
export const RATE_LIMIT = 'ratelimit';

/** Adds what is left of the caller's quotas to each response, by draft-ietf-httpapi-ratelimit-headers. */
export function sendRateLimits(app: FastifyInstance, rates: RateLimits): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { caller } = entryOf(request);
    const states = caller ? rates.statesOf(caller) : [];
    if (states.length > 0) {
      const policies = states.map(({ policy }) => `"${policy.name}";q=${quotaOf(policy)};w=${policy.windowS}`);
      const limits = states.map(({ policy, remaining, resetS }) => `"${policy.name}";r=${remaining};t=${resetS}`);
      void reply.header(RATE_LIMIT_POLICY, policies.join(', ')).header(RATE_LIMIT, limits.join(', '));
    }
    done();
  });
}
