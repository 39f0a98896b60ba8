import { OrderProgramme } from '../support/order-programme';
import { followSeeds, outcomesOf, sequenceOf } from './device-model.run';

/**
 * Chosen among the first four thousand as those that come to the most different outcomes; test/long tries many more. A newer
 * fast-check may make other sequences of them: then choose anew.
 */
const SEEDS = [976, 1836, 3480, 371, 1997];

/** What the sequences of the seeds come to, by operation: not a few of them only, and not refusals only. */
const OUTCOMES: Record<string, string[]> = {
  associateDevice: [
    'CHANGED',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_FOUND',
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
  createOrder: [
    'INVALID_INPUT',
    'OK',
    'PATIENT_ARCHIVED',
    'PATIENT_NOT_FOUND',
    'SITE_INACTIVE',
    'SITE_NOT_FOUND',
    'SITE_OPERATED_BY_IMPILO',
  ],
  disableDeviceReadings: ['CHANGED', 'DEVICE_NOT_FOUND', 'STALE_VERSION', 'UNCHANGED'],
  disassociateDevice: [
    'CHANGED',
    'DEVICE_ASSOCIATED_ELSEWHERE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_NOT_FOUND',
    'STALE_VERSION',
  ],
  enableDeviceReadings: ['CHANGED', 'DEVICE_NOT_FOUND', 'FORBIDDEN', 'UNCHANGED'],
  processOrder: [
    'DEVICE_NOT_FOUND',
    'DEVICE_NOT_IN_STOCK',
    'FORBIDDEN',
    'ITEM_OUT_OF_STOCK',
    'OK',
    'ORDER_STATUS_NOT_ALLOWED',
  ],
  receiveReturn: [
    'CHANGED',
    'DEVICE_NOT_FOUND',
    'FORBIDDEN',
    'SITE_NOT_FOUND',
    'SITE_NOT_OPERATED_BY_IMPILO',
    'UNCHANGED',
  ],
  registerDevice: ['CHANGED', 'IDENTIFIER_TAKEN', 'FORBIDDEN', 'SITE_INACTIVE'],
  replaceDevice: [
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_FOUND',
    'DEVICE_NOT_REPLACEABLE',
    'NO_REPLACEMENT_IN_STOCK',
    'OK',
    'SITE_INACTIVE',
    'STALE_VERSION',
  ],
  updateDeviceStatus: [
    'CHANGED',
    'DEVICE_ASSOCIATED',
    'DEVICE_AT_IMPILO_SITE',
    'DEVICE_IN_TRANSIT',
    'DEVICE_NOT_ASSOCIATED',
    'DEVICE_NOT_FOUND',
    'STALE_VERSION',
    'STATUS_NOT_SETTABLE',
    'UNCHANGED',
  ],
  shipOrder: ['FORBIDDEN', 'OK', 'ORDER_STATUS_NOT_ALLOWED'],
  markOrderReadyForPickup: ['FORBIDDEN', 'OK', 'ORDER_STATUS_NOT_ALLOWED'],
  deliverOrder: ['FORBIDDEN', 'OK', 'ORDER_STATUS_NOT_ALLOWED'],
  setActive: ['CHANGED', 'SITE_NOT_FOUND', 'SITE_OPERATED_BY_IMPILO'],
  setArchived: ['CHANGED', 'PATIENT_NOT_FOUND'],
};

let orders: OrderProgramme;
beforeAll(async () => {
  orders = await OrderProgramme.start({ instances: 2 });
});
afterAll(() => orders.stop());

it('random sequences of operations, some at once, are answered and stored as the model says, in some order', () =>
  followSeeds(orders, SEEDS));

it('the sequences come to most of the outcomes that there are, and some of their operations are sent at once', () => {
  const sequences = SEEDS.map(sequenceOf);
  const expected = Object.entries(OUTCOMES).flatMap(([operation, codes]) =>
    codes.map((code) => `${operation} ${code}`),
  );

  expect([...new Set(sequences.flatMap(outcomesOf))].sort()).toEqual(expected.sort());
  const steps = sequences.flat();
  expect(steps).toHaveLength(106);
  expect(steps.filter((commands) => commands.length > 1)).toHaveLength(63);
});
