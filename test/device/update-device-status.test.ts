import { DeviceFixture, type Situation, type Status } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const MESSAGES = {
  DEVICE_NOT_ASSOCIATED: 'No patient has the device. Associate it with a patient first.',
  DEVICE_ASSOCIATED: 'A patient has the device. Disassociate it first.',
  DEVICE_IN_TRANSIT: 'The device is in an open order. Wait until it has arrived.',
  DEVICE_AT_IMPILO_SITE:
    'The device is in an Impilo warehouse. It leaves the warehouse only by an order. Create an order.',
  DEVICE_WITHOUT_SITE: 'The device is at no site. Associate it with a site first.',
  DEVICE_NOT_AT_IMPILO_SITE:
    'Only a device in an Impilo warehouse can be AVAILABLE. Use AVAILABLE_AT_SITE at a site of the customer.',
};
const ON_RETURN_LEG =
  'The device is on a return leg. Wait until it is received, or call cancelReturn if it does not come back.';

type Outcome = 'set' | 'same' | keyof typeof MESSAGES;
type Where = () => Omit<Situation, 'status'>;

const nowhere: Where = () => ({});
const stock: Where = () => ({ siteId: fixture.sites.warehouse });
const atClinic: Where = () => ({ siteId: fixture.sites.clinic });
const held: Where = () => ({ holderId: fixture.patients.ann });
const heldAtClinic: Where = () => ({ ...held(), ...atClinic() });
const ordered: Where = () => ({ inOrder: true });
const orderedAndHeld: Where = () => ({ ...held(), inOrder: true });
const returning: Where = () => ({ onReturnLeg: true });

/** Outcomes of setting WITH_PATIENT, AVAILABLE_AT_SITE, and AVAILABLE as an operator: docs/glossary.md#overriding-the-status. */
const TABLE: [Status, string, Where, withPatient: Outcome, availableAtSite: Outcome, available: Outcome][] = [
  ['AVAILABLE', 'in a warehouse', stock, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_AT_IMPILO_SITE', 'same'],
  ['AVAILABLE_AT_SITE', 'at a site', atClinic, 'DEVICE_NOT_ASSOCIATED', 'same', 'DEVICE_NOT_AT_IMPILO_SITE'],
  ['WITH_PATIENT', 'at a site', heldAtClinic, 'same', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
  ['WITH_PATIENT', 'at no site', held, 'same', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
  ['WITH_PATIENT', 'in its order', orderedAndHeld, 'same', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
  ['IN_TRANSIT', 'to a patient', orderedAndHeld, 'set', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
  ['IN_TRANSIT', 'to a site', ordered, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_IN_TRANSIT', 'DEVICE_IN_TRANSIT'],
  ['RETURNING', 'at no site', nowhere, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_WITHOUT_SITE', 'DEVICE_NOT_AT_IMPILO_SITE'],
  ['RETURNING', 'on a return leg', returning, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_IN_TRANSIT', 'DEVICE_IN_TRANSIT'],
  ...(['DECOMMISSIONED', 'LOST'] as const).flatMap((status): typeof TABLE => [
    [status, 'in a warehouse', stock, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_AT_IMPILO_SITE', 'set'],
    [status, 'at a site', atClinic, 'DEVICE_NOT_ASSOCIATED', 'set', 'DEVICE_NOT_AT_IMPILO_SITE'],
    [status, 'with a patient', held, 'set', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
    [status, 'with a patient at a site', heldAtClinic, 'set', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
    [status, 'in an order to a site', ordered, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_IN_TRANSIT', 'DEVICE_IN_TRANSIT'],
    [status, 'in an order to a patient', orderedAndHeld, 'set', 'DEVICE_ASSOCIATED', 'DEVICE_ASSOCIATED'],
    [status, 'on a return leg', returning, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_IN_TRANSIT', 'DEVICE_IN_TRANSIT'],
    [status, 'at no site', nowhere, 'DEVICE_NOT_ASSOCIATED', 'DEVICE_WITHOUT_SITE', 'DEVICE_NOT_AT_IMPILO_SITE'],
  ]),
];

/** Sets the status of a new device in the given situation and checks all effects. */
async function expectOutcome(situation: Situation, status: Status, outcome: Outcome, caller: 'northside' | 'operator') {
  const { id } = await fixture.device(situation);
  const input = { deviceId: id, status, note: 'as agreed' };
  if (outcome === 'same') {
    const { device } = await fixture.expectNoChange('updateDeviceStatus', { ...input, expectedVersion: 3 }, caller);
    expect(device).toMatchObject({ currentStatus: status, version: 1 });
  } else if (outcome === 'set') {
    const before = await fixture.row(id);
    const payload = await fixture.call('updateDeviceStatus', { ...input, expectedVersion: 1 }, caller);
    expect(payload).toMatchObject({
      device: { databaseId: id, currentStatus: status, version: 2 },
      statusChange: {
        previousStatus: situation.status,
        status,
        reason: 'STATUS_OVERRIDE',
        note: 'as agreed',
        deviceVersion: 2,
      },
      userErrors: [],
    });
    expect(await fixture.row(id)).toEqual({ ...before, status, version: 2 });
    expect(await fixture.changes(id)).toHaveLength(2);
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
  } else {
    const message = outcome === 'DEVICE_IN_TRANSIT' && situation.onReturnLeg ? ON_RETURN_LEG : MESSAGES[outcome];
    const refusal = { code: outcome, message, path: ['input', 'deviceId'] };
    await fixture.expectRefusal('updateDeviceStatus', input, refusal, caller);
  }
}

describe('updateDeviceStatus', () => {
  it.each(TABLE)(
    'follows the table of the glossary for a device that is %s %s',
    async (status, _name, where, ...outcomes) => {
      const situation = { status, ...where() };
      const [withPatient, availableAtSite, available] = outcomes;
      await expectOutcome(situation, 'WITH_PATIENT', withPatient, 'northside');
      await expectOutcome(situation, 'AVAILABLE_AT_SITE', availableAtSite, 'northside');
      await expectOutcome(situation, 'AVAILABLE', available, 'operator');
      for (const target of ['DECOMMISSIONED', 'LOST'] as const) {
        await expectOutcome(situation, target, target === status ? 'same' : 'set', 'northside');
      }
    },
  );

  it.each(TABLE)('has no IN_TRANSIT and RETURNING for a device that is %s %s', async (status, _name, where) => {
    const { id } = await fixture.device({ status, ...where() });
    const before = await fixture.written();
    for (const target of ['IN_TRANSIT', 'RETURNING'] as const) {
      const { data, errors } = await fixture.send('updateDeviceStatus', { deviceId: id, status: target });
      expect(data).toBeFalsy();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(await fixture.written()).toEqual(before);
  });

  it('allows AVAILABLE only to operators, in every situation and with every version', async () => {
    const member = await fixture.key('MEMBER', fixture.customers.northside);
    for (const situation of [
      { status: 'AVAILABLE', ...stock() },
      { status: 'LOST', ...stock() },
      { status: 'WITH_PATIENT', ...held() },
    ] as const) {
      const { id } = await fixture.device(situation);
      const input = { deviceId: id, status: 'AVAILABLE', expectedVersion: 9 };
      const message = (role: string) => `The role ${role} does not allow the action device:make-available.`;
      await fixture.expectError('updateDeviceStatus', input, { code: 'FORBIDDEN', message: message('ADMIN') });
      await fixture.expectError('updateDeviceStatus', input, { code: 'FORBIDDEN', message: message('MEMBER') }, member);
    }
  });

  it('has the path of the field that names the device, or of the id if both do', async () => {
    const { id, serial } = await fixture.freeDevice();
    const refusal = (member: string) => ({
      code: 'DEVICE_NOT_ASSOCIATED',
      message: MESSAGES.DEVICE_NOT_ASSOCIATED,
      path: ['input', member],
    });
    const input = { deviceIdentifier: serial, status: 'WITH_PATIENT' };

    await fixture.expectRefusal('updateDeviceStatus', input, refusal('deviceIdentifier'));
    await fixture.expectRefusal('updateDeviceStatus', { ...input, deviceId: id }, refusal('deviceId'));
  });

  it('refuses an outdated version before its own rules', async () => {
    const { id } = await fixture.freeDevice();
    const message = 'The device is at version 1, not 2. Read it again before you change it.';

    for (const status of ['LOST', 'WITH_PATIENT']) {
      await fixture.expectRefusal(
        'updateDeviceStatus',
        { deviceId: id, status, expectedVersion: 2 },
        { code: 'STALE_VERSION', message, path: ['input', 'expectedVersion'] },
      );
    }
  });

  it('refuses an unknown status', async () => {
    const { id } = await fixture.freeDevice();
    const before = await fixture.written();

    const { errors } = await fixture.send('updateDeviceStatus', { deviceId: id, status: 'STOLEN' });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await fixture.written()).toEqual(before);
  });
});
