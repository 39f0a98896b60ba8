import type { GraphqlResponse } from '../support/test-app';
import {
  expectOwn,
  expectUnavailable,
  IMPATIENT,
  PATIENT,
  PooledGateways,
  type Customer,
} from './pooled-connections.harness';

/** test/long runs many more. */
const WAVES = 3;
const DISTURBED_ROUNDS = 8;

let gateways: PooledGateways;
beforeAll(async () => {
  gateways = await PooledGateways.start();
});
afterAll(() => gateways.stop());

it('interleaved customers on one connection see only their own rows', () => gateways.interleave(WAVES));

type Change = Promise<GraphqlResponse<unknown>>;

it.each<[string, number, (change: Change) => Promise<void>]>([
  ['timed out', IMPATIENT, async (change) => expectUnavailable(await change)],
  [
    'cancelled',
    PATIENT,
    async (change) => {
      await gateways.disturbWaiting('pg_cancel_backend');
      expectUnavailable(await change);
    },
  ],
  [
    'terminated',
    PATIENT,
    async (change) => {
      await gateways.disturbWaiting('pg_terminate_backend');
      expectUnavailable(await change);
    },
  ],
])('customers see only their own rows after a statement was %s', async (_name, instance, disturb) => {
  for (const caller of ['northside', 'lakeview', 'northside', 'lakeview'] as const) {
    const other: Customer = caller === 'northside' ? 'lakeview' : 'northside';
    let queued: { next: Customer; result: Promise<GraphqlResponse<unknown>> }[] = [];
    await gateways.whileLocked(caller, instance, async (change) => {
      // These requests wait for the connection and are the next to use it.
      queued = [other, caller, other, caller].map((next) => ({ next, result: gateways.list(next, instance) }));
      await disturb(change);
    });
    for (const { next, result } of queued) expectOwn(next, await result);
    await gateways.expectServed(instance);
  }
});

it('customers see only their own rows while statements are cancelled and terminated at random times', () =>
  gateways.disturbAtRandom(DISTURBED_ROUNDS));
