import type { RequestError } from '../../src/platform/base/errors';
import type { Caller } from '../../src/platform/access/caller';
import { RateLimits } from '../../src/platform/access/rate-limits';

const CALLER = { identity: 'key 1', scope: { kind: 'customer', customerId: '1' } } as Caller;

it('a refusal is sent after a pause, and beyond 500 that wait at once', async () => {
  const rates = new RateLimits({ costPerSecond: 1, credentialCostPerSecond: 0 }, 100);
  await rates.spend(CALLER, 10);
  const refusals: number[] = [];
  const spend = (nth: number) =>
    rates.spend(CALLER, 10).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfter: 10 } });
      refusals.push(nth);
    });
  await Promise.all(Array.from({ length: 502 }, (_, nth) => spend(nth)));
  expect(refusals.slice(0, 2)).toEqual([500, 501]);
  expect(refusals).toHaveLength(502);
  // The pauses are over.
  const inOrder: string[] = [];
  const loop = new Promise((resolve) => setImmediate(resolve)).then(() => inOrder.push('event loop'));
  await Promise.all([spend(502).then(() => inOrder.push('refusal')), loop]);
  expect(inOrder).toEqual(['event loop', 'refusal']);
});

it('events are charged up to a window of debt, so that operations are served again in a time', async () => {
  const rates = new RateLimits({ costPerSecond: 10, credentialCostPerSecond: 0 }, 0);
  for (let count = 0; count < 1_000; count += 1) rates.chargeEvent(CALLER, 10);
  const refusal = (await rates.spend(CALLER, 0).catch((error: unknown) => error)) as RequestError;
  expect(refusal.code).toBe('RATE_LIMITED');
  // The last event that was charged takes a second.
  expect([10, 11]).toContain(refusal.details.retryAfter);
});

it('what is done for a customer is charged to it up to a window of debt, however much it is at once', async () => {
  const rates = new RateLimits({ costPerSecond: 10, credentialCostPerSecond: 10 }, 0);
  rates.chargeCustomer('1', 99);
  await rates.spend(CALLER, 1);
  for (const points of [1, 1_000_000]) rates.chargeCustomer('1', points);
  const refusal = (await rates.spend(CALLER, 0).catch((error: unknown) => error)) as RequestError;
  expect(refusal).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfter: 10 } });
  await rates.spend({ ...CALLER, identity: 'key 2', scope: { kind: 'customer', customerId: '2' } }, 100);

  new RateLimits({ costPerSecond: 0, credentialCostPerSecond: 10 }, 0).chargeCustomer('1', 1_000_000);
});
