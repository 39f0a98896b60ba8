import { isIPv6 } from 'node:net';
import { defineLimit, noteLimitReached } from '../base/limit';
import { RequestError } from '../base/errors';
import type { RateBuckets, RatePolicy } from '../base/rate-buckets';

/** Points of a request whose credential is missing or malformed. It costs no statement. */
const WITHOUT_CREDENTIAL = 1;
const WRONG_CREDENTIAL = 10;

const LIMIT = 'refused credentials of an address';
const BURST = 30;
const REFUSED_PER_MINUTE = defineLimit(LIMIT, {
  value: 60,
  unit: 'requests a minute',
  description: `Requests of one network address with a wrong credential, per minute, after a burst of ${BURST}; ten without any count as one. Beyond, an API key that was not accepted before is not looked up: RATE_LIMITED, 429.`,
});

/** Instances add up what they have let through once a second, as if it were all of the same moment. */
const MIN_WINDOW_S = 10;

/** Limits wrong credentials by network address, on all instances together. */
export class AddressLimit {
  private readonly policy: RatePolicy;

  /** @param perMinute instead of the limit, for tests */
  constructor(
    private readonly buckets: RateBuckets,
    perMinute = REFUSED_PER_MINUTE,
  ) {
    const pointsPerSecond = (perMinute * WRONG_CREDENTIAL) / 60;
    const windowS = Math.max(MIN_WINDOW_S, (BURST * WRONG_CREDENTIAL) / pointsPerSecond);
    this.policy = { name: 'address', pointsPerSecond, windowS };
  }

  /** @throws RequestError RATE_LIMITED when the address has sent too many wrong credentials */
  assertMayTry(address: string): void {
    const waitS = this.buckets.waitS(this.policy, keyOf(address), WITHOUT_CREDENTIAL);
    if (waitS === 0) return;
    noteLimitReached(LIMIT);
    throw new RequestError('RATE_LIMITED', 'Too many requests of this address had a wrong credential, or none.', {
      retryAfter: Math.max(1, Math.ceil(waitS)),
    });
  }

  refusedWrong(address: string): void {
    this.buckets.spend(this.policy, keyOf(address), WRONG_CREDENTIAL);
  }

  refusedWithout(address: string): void {
    this.buckets.spend(this.policy, keyOf(address), WITHOUT_CREDENTIAL);
  }
}

/** A network that one party has: for IPv6, the first 64 bits. */
function keyOf(address: string): string {
  if (!isIPv6(address)) return `address:${address}`;
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]!.split('::');
  const [first, last] = [head.split(':').filter(Boolean), tail.split(':').filter(Boolean)];
  const zeros = address.includes('::') ? Array<string>(8 - first.length - last.length).fill('0') : [];
  return `address:${[...first, ...zeros, ...last].slice(0, 4).join(':')}`;
}
