import { associated } from '../../src/features/device/associate-device';
import { assertMovableToSite, atCustomerSite } from '../../src/features/device/associate-device-with-site';
import { isUnchanged, overridden, OVERRIDE_RULES, type DeviceState } from '../../src/features/device/device-rules';
import { disassociated } from '../../src/features/device/disassociate-device';
import { statusFromFacts } from '../../src/features/device/enable-device-readings';
import { DeviceStatus, DeviceStatusOverride } from '../../src/features/device/device-status';
import { DomainError } from '../../src/platform/base/errors';
import { assertVersion } from '../../src/platform/operation/expected-version';

/**
 * The rules for combinations of facts that no operation of the API reaches.
 */

const IMPILO = '0';
const NOWHERE: DeviceState = {
  currentStatus: DeviceStatus.LOST,
  patientId: null,
  siteCustomerId: null,
  siteId: null,
  orderId: null,
  returnOrderId: null,
};
const CLINIC = { siteCustomerId: '1', siteId: '20' };
const WAREHOUSE = { siteCustomerId: IMPILO, siteId: '21' };
const OFFICE = { customerId: '1', id: '22' };
const HELD = { patientId: '30' };
const IN_ORDER = { orderId: '40' };
const RETURNING = { returnOrderId: '41' };
const STATUSES = Object.values(DeviceStatus);

const device = (...facts: Partial<DeviceState>[]): DeviceState => Object.assign({}, NOWHERE, ...facts) as DeviceState;

/** The code of the refusal, or OK. */
function outcomeOf(rule: () => unknown): string {
  try {
    rule();
    return 'OK';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.problems.map(({ code }) => code).join();
  }
}

describe('a device is unchanged', () => {
  const before = device(CLINIC, HELD, IN_ORDER, RETURNING);

  it('when status and facts are equal', () => {
    expect(isUnchanged(before, { ...before })).toBe(true);
  });

  it.each<[keyof DeviceState, string]>([
    ['currentStatus', DeviceStatus.DECOMMISSIONED],
    ['patientId', '31'],
    ['siteId', '23'],
    ['orderId', '42'],
    ['returnOrderId', '43'],
  ])('but not when %s differs', (fact, value) => {
    expect(isUnchanged(before, { ...before, [fact]: value })).toBe(false);
    expect(isUnchanged({ ...before, [fact]: null }, before)).toBe(false);
  });
});

it.each([
  [undefined, 'OK'],
  [null, 'OK'],
  [3, 'OK'],
  [2, 'STALE_VERSION'],
  [4, 'STALE_VERSION'],
  [0, 'STALE_VERSION'],
])('a device at version 3 with the expected version %p: %s', (expectedVersion, outcome) => {
  expect(outcomeOf(() => assertVersion({ version: 3 }, expectedVersion, 'device'))).toBe(outcome);
});

it.each<[DeviceStatus, string, Partial<DeviceState>[]]>([
  [DeviceStatus.IN_TRANSIT, 'in an order, before everything else', [IN_ORDER, HELD, RETURNING, CLINIC]],
  [DeviceStatus.WITH_PATIENT, 'with a patient, before a return leg and a site', [HELD, RETURNING, WAREHOUSE]],
  [DeviceStatus.RETURNING, 'on a return leg, before a site', [RETURNING, CLINIC]],
  [DeviceStatus.RETURNING, 'on a return leg, before a warehouse', [RETURNING, WAREHOUSE]],
  [DeviceStatus.RETURNING, 'on a return leg at no site', [RETURNING]],
  [DeviceStatus.RETURNING, 'at no site', []],
  [DeviceStatus.AVAILABLE_AT_SITE, 'at a site', [CLINIC]],
  [DeviceStatus.AVAILABLE, 'in a warehouse', [WAREHOUSE]],
])('the status %s follows from the facts of a device %s', (status, _name, facts) => {
  for (const currentStatus of STATUSES) expect(statusFromFacts(device({ currentStatus }, ...facts))).toBe(status);
});

describe('if several rules are broken', () => {
  const free: [outcome: string, facts: Partial<DeviceState>[]][] = [
    ['DEVICE_ASSOCIATED', [HELD, IN_ORDER, WAREHOUSE]],
    ['DEVICE_ASSOCIATED', [HELD]],
    ['DEVICE_IN_TRANSIT', [IN_ORDER, WAREHOUSE]],
    ['DEVICE_IN_TRANSIT', [RETURNING, WAREHOUSE]],
    ['DEVICE_IN_TRANSIT', [IN_ORDER]],
    ['DEVICE_IN_TRANSIT', [RETURNING]],
  ];

  it.each([
    ...free,
    ['DEVICE_AT_IMPILO_SITE', [WAREHOUSE]],
    ['DEVICE_WITHOUT_SITE', []],
    ['OK', [CLINIC]],
  ] as typeof free)('an override to AVAILABLE_AT_SITE reports the first, %s', (outcome, facts) => {
    const rule = () => overridden(device(...facts), DeviceStatus.AVAILABLE_AT_SITE);
    expect(outcomeOf(rule)).toBe(outcome);
  });

  it.each([
    ...free,
    ['DEVICE_NOT_AT_IMPILO_SITE', [CLINIC]],
    ['DEVICE_NOT_AT_IMPILO_SITE', []],
    ['OK', [WAREHOUSE]],
  ] as typeof free)('an override to AVAILABLE reports the first, %s', (outcome, facts) => {
    expect(outcomeOf(() => overridden(device(...facts), DeviceStatus.AVAILABLE))).toBe(outcome);
  });

  it.each([...free, ['DEVICE_AT_IMPILO_SITE', [WAREHOUSE]], ['OK', []], ['OK', [CLINIC]]] as typeof free)(
    'associating with a site reports the first, %s',
    (outcome, facts) => {
      expect(outcomeOf(() => assertMovableToSite(device(...facts)))).toBe(outcome);
    },
  );

  it.each<[string, Partial<DeviceState>[]]>([
    ['DEVICE_IN_TRANSIT', [IN_ORDER, HELD, WAREHOUSE]],
    ['DEVICE_IN_TRANSIT', [RETURNING, HELD, CLINIC]],
    ['DEVICE_ASSOCIATED', [HELD, WAREHOUSE]],
    ['DEVICE_AT_IMPILO_SITE', [WAREHOUSE]],
    ['DEVICE_WITHOUT_SITE', []],
    ['DEVICE_NOT_AVAILABLE_AT_SITE', [CLINIC]],
    ['OK', [CLINIC, { currentStatus: DeviceStatus.AVAILABLE_AT_SITE }]],
  ])('associating reports the first, %s', (outcome, facts) => {
    expect(outcomeOf(() => associated(device(...facts), '31'))).toBe(outcome);
  });
});

test('a status without an override rule does not compile', () => {
  const { [DeviceStatus.LOST]: _forgotten, ...others } = OVERRIDE_RULES;
  // @ts-expect-error LOST is missing
  const incomplete: typeof OVERRIDE_RULES = others;
  expect(Object.keys(incomplete)).toHaveLength(Object.keys(DeviceStatusOverride).length - 1);
});

describe('the next state of a device', () => {
  const rest = device(CLINIC, HELD, RETURNING);

  it.each(STATUSES)('at a site, from %s', (currentStatus) => {
    const stays = currentStatus === DeviceStatus.DECOMMISSIONED || currentStatus === DeviceStatus.LOST;
    expect(atCustomerSite({ ...rest, currentStatus }, OFFICE)).toEqual({
      ...rest,
      currentStatus: stays ? currentStatus : DeviceStatus.AVAILABLE_AT_SITE,
      siteCustomerId: '1',
      siteId: '22',
    });
  });

  it.each<[DeviceStatus, after: DeviceStatus, nowhere: DeviceStatus]>([
    [DeviceStatus.WITH_PATIENT, DeviceStatus.AVAILABLE_AT_SITE, DeviceStatus.RETURNING],
    [DeviceStatus.DECOMMISSIONED, DeviceStatus.DECOMMISSIONED, DeviceStatus.DECOMMISSIONED],
    [DeviceStatus.LOST, DeviceStatus.LOST, DeviceStatus.LOST],
  ])('without its holder, from %s: %s, or %s at no site', (currentStatus, after, nowhere) => {
    const left = { ...rest, patientId: null, orderId: null };
    const held = { ...rest, ...IN_ORDER, currentStatus };
    expect(disassociated(held, undefined)).toEqual({ ...left, currentStatus: after });
    const office = { siteCustomerId: '1', siteId: '22' };
    expect(disassociated(held, OFFICE)).toEqual({ ...left, ...office, currentStatus: after });
    const noSite = { siteCustomerId: null, siteId: null };
    expect(disassociated({ ...held, ...noSite }, undefined)).toEqual({ ...left, ...noSite, currentStatus: nowhere });
  });

  it('after an override differs only in its status', () => {
    for (const status of [DeviceStatus.DECOMMISSIONED, DeviceStatus.LOST, DeviceStatus.WITH_PATIENT]) {
      expect(overridden(device(HELD, IN_ORDER), status)).toEqual(device(HELD, IN_ORDER, { currentStatus: status }));
    }
  });
});
