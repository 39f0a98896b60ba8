import * as fc from 'fast-check';
import { quotaOf, RateBuckets, type RatePolicy } from '../../src/platform/base/rate-buckets';

const POLICY: RatePolicy = { name: 'customer', pointsPerSecond: 10, windowS: 5 };

let nowMs = 0;
const buckets = (max?: number) => new RateBuckets(() => nowMs, max);

beforeEach(() => (nowMs = 1_000_000));

it('a quota may be spent at once, and comes back with time', () => {
  const one = buckets();
  expect(one.state(POLICY, 'a')).toEqual({ policy: POLICY, remaining: 50, resetS: 0 });
  expect(one.waitS(POLICY, 'a', 50)).toBe(0);
  one.spend(POLICY, 'a', 50);
  expect(one.state(POLICY, 'a')).toMatchObject({ remaining: 0, resetS: 5 });
  expect(one.waitS(POLICY, 'a', 1)).toBeCloseTo(0.1);
  expect(one.waitS(POLICY, 'b', 50)).toBe(0);
  nowMs += 2_000;
  expect(one.state(POLICY, 'a')).toMatchObject({ remaining: 20, resetS: 3 });
  expect([one.waitS(POLICY, 'a', 20), one.waitS(POLICY, 'a', 30)]).toEqual([0, 1]);
  nowMs += 100_000;
  expect(one.state(POLICY, 'a')).toMatchObject({ remaining: 50, resetS: 0 });
});

it('more than the quota can be spent when nothing else was', () => {
  const one = buckets();
  expect(one.waitS(POLICY, 'a', 1_000)).toBe(0);
  one.spend(POLICY, 'a', 1_000);
  expect(one.waitS(POLICY, 'a', 0)).toBeCloseTo(95);
});

it('the buckets of many owners are bounded, and forgotten ones are not merged', () => {
  const one = buckets(3);
  for (const key of ['a', 'b', 'c', 'd', 'e']) one.spend(POLICY, key, 1);
  expect(one.take(10).map(([key]) => key)).toEqual(['c', 'd', 'e']);
  expect(one.take(10)).toEqual([]);
});

it('what was spent is taken once, in portions', () => {
  const one = buckets();
  for (const key of ['a', 'b', 'c']) one.spend(POLICY, key, 5);
  expect(one.take(2)).toEqual([
    ['a', 500],
    ['b', 500],
  ]);
  one.spend(POLICY, 'a', 1);
  expect(one.take(2)).toEqual([
    ['c', 500],
    ['a', 100],
  ]);
});

it('what is spent while a merge is under way is not lost', () => {
  const one = buckets();
  one.spend(POLICY, 'a', 10);
  one.take(1);
  one.spend(POLICY, 'a', 20);
  one.merged([['a', 1_500]]);
  expect(one.state(POLICY, 'a').remaining).toBe(50 - 15 - 20);
  expect(one.take(1)).toEqual([['a', 2_000]]);
});

it('instances that merge in any order allow together what one may spend, and one interval of each at most', () => {
  const step = fc.record({ instance: fc.nat(2), points: fc.integer({ min: 1, max: 20 }), merges: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      nowMs = 1_000_000;
      const start = nowMs;
      const instances = [buckets(), buckets(), buckets()];
      let common = 0;
      let spent = 0;
      const merge = (one: RateBuckets) => {
        for (const [key, ms] of one.take(10)) {
          common = Math.max(common, nowMs) + ms;
          one.merged([[key, common - nowMs]]);
        }
      };
      for (const { instance, points, merges } of steps) {
        const one = instances[instance]!;
        if (merges) instances.forEach(merge);
        if (one.waitS(POLICY, 'a', points) > 0) nowMs += 100;
        else {
          one.spend(POLICY, 'a', points);
          spent += points;
        }
      }
      const most = instances.length * quotaOf(POLICY) + ((nowMs - start) / 1_000) * POLICY.pointsPerSecond;
      expect(spent).toBeLessThanOrEqual(Math.ceil(most));
      instances.forEach(merge);
      instances.forEach((one) => one.spend(POLICY, 'a', 0));
      instances.forEach(merge);
      // After a merge, all know the same.
      const states = instances.map((one) => one.state(POLICY, 'a').remaining);
      expect(Math.max(...states) - Math.min(...states)).toBeLessThanOrEqual(1);
    }),
  );
});
