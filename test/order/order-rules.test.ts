import type { DeviceState } from '../../src/features/device/device-rules';
import { DeviceStatus } from '../../src/features/device/device-status';
import {
  assertReplaceable,
  delivered,
  dispatched,
  recalled,
  received,
  sentBack,
} from '../../src/features/order/order-rules';
import { ReturnOutcome } from '../../src/features/order/order-status';
import { DomainError } from '../../src/platform/base/errors';

/** The rules for every status, including those that no operation reaches. Each test compares the complete next state. */

const STATUSES = Object.values(DeviceStatus);
const KEEPING: DeviceStatus[] = [DeviceStatus.DECOMMISSIONED, DeviceStatus.LOST];
const WAREHOUSE = { customerId: '0', id: '21' };
const IN_WAREHOUSE = { siteCustomerId: '0', siteId: '21' };
const AT_NO_SITE = { siteCustomerId: null, siteId: null };

const device = (facts: Partial<DeviceState> = {}): DeviceState => ({
  currentStatus: DeviceStatus.LOST,
  patientId: '30',
  siteCustomerId: '1',
  siteId: '20',
  orderId: '40',
  returnOrderId: '41',
  ...facts,
});

describe.each(STATUSES)('a device that is %s', (currentStatus) => {
  const before = device({ currentStatus });
  const kept = KEEPING.includes(currentStatus);

  it.each(['31', null])('is dispatched by an order for patient %s', (patientId) => {
    expect(dispatched(before, { id: '44', patientId })).toEqual({
      ...before,
      ...AT_NO_SITE,
      currentStatus: DeviceStatus.IN_TRANSIT,
      patientId,
      orderId: '44',
    });
  });

  it('leaves its order on delivery, and arrives if it is in transit', () => {
    const left = { ...before, orderId: null };
    const arrived = currentStatus === DeviceStatus.IN_TRANSIT;
    const toPatient = { customerId: '1', patientId: '31', siteId: null };
    expect(delivered(before, toPatient)).toEqual(
      arrived ? { ...left, currentStatus: DeviceStatus.WITH_PATIENT } : left,
    );
    const atSite = { currentStatus: DeviceStatus.AVAILABLE_AT_SITE, siteCustomerId: '1', siteId: '22' };
    const toSite = { customerId: '1', patientId: null, siteId: '22' };
    expect(delivered(before, toSite)).toEqual(arrived ? { ...left, ...atSite } : left);
  });

  it('goes back to its warehouse when its order is cancelled, unless it was overridden to WITH_PATIENT', () => {
    const left = { ...before, orderId: null };
    const back = { patientId: null, ...IN_WAREHOUSE };
    expect(recalled(before, WAREHOUSE)).toEqual(
      currentStatus === DeviceStatus.WITH_PATIENT
        ? left
        : { ...left, ...back, currentStatus: kept ? currentStatus : DeviceStatus.AVAILABLE },
    );
  });

  it('is sent back', () => {
    expect(sentBack(before, '45')).toEqual({
      ...before,
      ...AT_NO_SITE,
      currentStatus: kept ? currentStatus : DeviceStatus.RETURNING,
      patientId: null,
      returnOrderId: '45',
    });
  });

  it.each([
    [ReturnOutcome.RESTOCK, DeviceStatus.AVAILABLE],
    [ReturnOutcome.DECOMMISSION, DeviceStatus.DECOMMISSIONED],
  ])('is received, to %s', (outcome, status) => {
    expect(received(before, WAREHOUSE, outcome)).toEqual({
      currentStatus: status,
      patientId: null,
      ...IN_WAREHOUSE,
      orderId: null,
      returnOrderId: null,
    });
  });
});

it.each<[string, string, Partial<DeviceState>]>([
  ['in an order, before everything else', 'DEVICE_IN_TRANSIT', { orderId: '40', ...IN_WAREHOUSE }],
  ['with a patient, at any site', 'OK', { patientId: '30', ...IN_WAREHOUSE }],
  ['with a patient, at no site', 'OK', { patientId: '30', ...AT_NO_SITE }],
  ['in a warehouse', 'DEVICE_AT_IMPILO_SITE', IN_WAREHOUSE],
  ['at no site', 'DEVICE_NOT_REPLACEABLE', AT_NO_SITE],
  ['at a site', 'OK', {}],
])('a device %s is replaced: %s', (_name, outcome, facts) => {
  let code = 'OK';
  try {
    assertReplaceable(device({ patientId: null, orderId: null, ...facts }));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    code = error.problems.map((problem) => problem.code).join();
  }
  expect(code).toBe(outcome);
});
