import type { GraphqlResponse } from '../support/test-app';
import {
  expectOwn,
  expectUnavailable,
  IMPATIENT,
  PATIENT,
  PooledGateways,
  type Customer,
} from './pooled-connections.harness';

/** Many more of both are in test/long. */
const WAVES = 3;
const DISTURBED_ROUNDS = 8;

let gateways: PooledGateways;
beforeAll(async () => {
  gateways = await PooledGateways.start();
});
afterAll(() => gateways.stop());

it('keeps interleaved customers on one connection apart', () => gateways.interleave(WAVES));

type Change = Promise<GraphqlResponse<unknown>>;

it.each<[string, number, (change: Change) => Promise<void>]>([
  ['timed out', IMPATIENT, async (change) => expectUnavailable(await change)],
  [
    'cancelled',
    PATIENT,
    async (change) => {
      await gateways.toTheWaiting('pg_cancel_backend');
      expectUnavailable(await change);
    },
  ],
  [
    'cut off',
    PATIENT,
    async (change) => {
      await gateways.toTheWaiting('pg_terminate_backend');
      expectUnavailable(await change);
    },
  ],
])('keeps them apart after a statement was %s', async (_name, instance, disturb) => {
  for (const caller of ['northside', 'lakeview', 'northside', 'lakeview'] as const) {
    const other: Customer = caller === 'northside' ? 'lakeview' : 'northside';
    let queued: { next: Customer; answer: Promise<GraphqlResponse<unknown>> }[] = [];
    await gateways.whileLocked(caller, instance, async (change) => {
      // They wait for the connection and are the next on it.
      queued = [other, caller, other, caller].map((next) => ({ next, answer: gateways.list(next, instance) }));
      await disturb(change);
    });
    for (const { next, answer } of queued) expectOwn(next, await answer);
    await gateways.expectServed(instance);
  }
});

it('keeps them apart while statements are cancelled and cut off at random moments', () =>
  gateways.disturbAtRandom(DISTURBED_ROUNDS));
