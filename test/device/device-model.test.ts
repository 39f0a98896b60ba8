import { OrderFixture } from '../support/order-fixture';
import { followSeeds, outcomesOf, sequenceOf } from './device-model.run';

/**
 * The seeds with the most different outcomes among the first four thousand. test/long runs many more. Another version of
 * fast-check may generate other sequences: choose new seeds then.
 */
const SEEDS = [77, 2012, 2445, 2459, 944];

/** Outcomes that the sequences of the seeds reach, by operation: many different ones, and successes too. */
const OUTCOMES: Record<string, string[]> = {
  associateDevice: [
    'CHANGED',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_FOUND',
    'DEVICE_WITHOUT_SITE',
    'PATIENT_ARCHIVED',
    'PATIENT_NOT_FOUND',
    'STALE_VERSION',
    'UNCHANGED',
  ],
  associateDeviceWithSite: [
    'CHANGED',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_FOUND',
    'SITE_INACTIVE',
    'STALE_VERSION',
    'UNCHANGED',
  ],
  cancelOrder: ['OK', 'ORDER_NOT_FOUND', 'ORDER_STATUS_NOT_ALLOWED'],
  cancelReturn: [
    'CHANGED',
    'DEVICE_NOT_FOUND',
    'DEVICE_NOT_RETURNING',
    'INVALID_INPUT',
    'PATIENT_ARCHIVED',
    'PATIENT_NOT_FOUND',
    'SITE_INACTIVE',
    'SITE_NOT_FOUND',
    'SITE_OPERATED_BY_IMPILO',
    'STALE_VERSION',
    'UNCHANGED',
  ],
  createOrder: ['INVALID_INPUT', 'OK', 'PATIENT_ARCHIVED', 'PATIENT_NOT_FOUND', 'SITE_INACTIVE', 'SITE_NOT_FOUND'],
  deliverOrder: ['FORBIDDEN', 'OK', 'ORDER_STATUS_NOT_ALLOWED'],
  disableDeviceReadings: ['CHANGED', 'DEVICE_NOT_FOUND', 'UNCHANGED'],
  disassociateDevice: [
    'CHANGED',
    'DEVICE_ASSOCIATED_ELSEWHERE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_NOT_FOUND',
    'SITE_INACTIVE',
    'SITE_NOT_FOUND',
    'STALE_VERSION',
  ],
  enableDeviceReadings: ['CHANGED', 'DEVICE_NOT_FOUND', 'FORBIDDEN', 'STALE_VERSION', 'UNCHANGED'],
  markOrderReadyForPickup: ['OK', 'ORDER_STATUS_NOT_ALLOWED'],
  processOrder: [
    'DEVICE_NOT_IN_STOCK',
    'FORBIDDEN',
    'INVALID_INPUT',
    'ITEM_OUT_OF_STOCK',
    'OK',
    'ORDER_STATUS_NOT_ALLOWED',
    'SITE_INACTIVE',
  ],
  receiveReturn: [
    'CHANGED',
    'DEVICE_NOT_FOUND',
    'FORBIDDEN',
    'SITE_NOT_FOUND',
    'SITE_NOT_OPERATED_BY_IMPILO',
    'UNCHANGED',
  ],
  registerDevice: ['CHANGED', 'SITE_INACTIVE', 'SITE_NOT_FOUND'],
  replaceDevice: [
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_FOUND',
    'DEVICE_NOT_REPLACEABLE',
    'OK',
    'PATIENT_ARCHIVED',
    'STALE_VERSION',
  ],
  setActive: ['CHANGED', 'SITE_NOT_FOUND'],
  setArchived: ['CHANGED', 'PATIENT_NOT_FOUND'],
  shipOrder: ['OK', 'ORDER_STATUS_NOT_ALLOWED'],
  updateDeviceStatus: [
    'CHANGED',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_NOT_FOUND',
    'FORBIDDEN',
    'STALE_VERSION',
    'UNCHANGED',
  ],
};

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
});
afterAll(() => orders.stop());

it('random sequences of operations, some concurrent, match the model in responses and stored state', () =>
  followSeeds(orders, SEEDS));

it('the sequences reach most of the possible outcomes, and some of their operations are concurrent', () => {
  const sequences = SEEDS.map(sequenceOf);
  const expected = Object.entries(OUTCOMES).flatMap(([operation, codes]) =>
    codes.map((code) => `${operation} ${code}`),
  );

  expect([...new Set(sequences.flatMap(outcomesOf))].sort()).toEqual(expected.sort());
  const steps = sequences.flat();
  expect(steps).toHaveLength(105);
  expect(steps.filter((commands) => commands.length > 1)).toHaveLength(70);
});
