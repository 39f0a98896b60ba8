import { DeviceFixture, type Situation, type Status } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const STALE = {
  code: 'STALE_VERSION',
  message: 'The device is at version 1, not 2. Read it again before you change it.',
  path: ['input', 'expectedVersion'],
};

describe('disableDeviceReadings', () => {
  it.each<[Status, () => Omit<Situation, 'status'>]>([
    ['AVAILABLE', () => ({ siteId: fixture.sites.warehouse })],
    ['AVAILABLE_AT_SITE', () => ({ siteId: fixture.sites.clinic })],
    ['WITH_PATIENT', () => ({ siteId: fixture.sites.clinic, holderId: fixture.patients.ann })],
    ['IN_TRANSIT', () => ({ inOrder: true, holderId: fixture.patients.ann })],
    ['RETURNING', () => ({ onReturnLeg: true })],
    ['LOST', () => ({})],
  ])('makes a device that is %s DECOMMISSIONED, and changes nothing else', async (status, where) => {
    const { id } = await fixture.device({ status, ...where() });
    const before = await fixture.row(id);

    const payload = await fixture.call('disableDeviceReadings', { deviceId: id, note: 'noise', expectedVersion: 1 });

    expect(payload).toMatchObject({
      device: { databaseId: id, currentStatus: 'DECOMMISSIONED', version: 2 },
      statusChange: {
        previousStatus: status,
        status: 'DECOMMISSIONED',
        reason: 'READINGS_DISABLED',
        note: 'noise',
        deviceVersion: 2,
      },
      userErrors: [],
    });
    expect(await fixture.row(id)).toEqual({ ...before, status: 'DECOMMISSIONED', version: 2 });
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const { device } = await fixture.expectNoChange('disableDeviceReadings', { deviceId: id, expectedVersion: 1 });
    expect(device).toMatchObject({ currentStatus: 'DECOMMISSIONED', version: 2 });
  });

  it('refuses a version that the device no longer has', async () => {
    const { id } = await fixture.freeDevice();

    await fixture.expectRefusal('disableDeviceReadings', { deviceId: id, expectedVersion: 2 }, STALE);
  });
});

describe('enableDeviceReadings', () => {
  it.each<[string, () => Omit<Situation, 'status'>, Status]>([
    ['in an open order to a patient', () => ({ inOrder: true, holderId: fixture.patients.ann }), 'IN_TRANSIT'],
    ['in an open order to a site', () => ({ inOrder: true }), 'IN_TRANSIT'],
    [
      'with a patient at a site',
      () => ({ holderId: fixture.patients.ann, siteId: fixture.sites.clinic }),
      'WITH_PATIENT',
    ],
    ['with a patient at no site', () => ({ holderId: fixture.patients.ann }), 'WITH_PATIENT'],
    ['on a return leg', () => ({ onReturnLeg: true }), 'RETURNING'],
    ['at no site', () => ({}), 'RETURNING'],
    ['at a site', () => ({ siteId: fixture.sites.clinic }), 'AVAILABLE_AT_SITE'],
    ['at a site that is no longer active', () => ({ siteId: fixture.sites.closed }), 'AVAILABLE_AT_SITE'],
  ])('gives a device %s the status that follows from its state', async (_name, where, status) => {
    const { id } = await fixture.device({ status: 'DECOMMISSIONED', ...where() });
    const before = await fixture.row(id);

    const payload = await fixture.call('enableDeviceReadings', {
      deviceId: id,
      note: 'repaired',
      expectedVersion: 1,
    });

    expect(payload).toMatchObject({
      device: { databaseId: id, currentStatus: status, version: 2 },
      statusChange: {
        previousStatus: 'DECOMMISSIONED',
        status,
        reason: 'READINGS_ENABLED',
        note: 'repaired',
        deviceVersion: 2,
      },
      userErrors: [],
    });
    expect(await fixture.row(id)).toEqual({ ...before, status, version: 2 });
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const { device } = await fixture.expectNoChange('enableDeviceReadings', { deviceId: id, expectedVersion: 1 });
    expect(device).toMatchObject({ currentStatus: status, version: 2 });
  });

  it('makes a device in a warehouse AVAILABLE, for operators only', async () => {
    const { id } = await fixture.device({ status: 'DECOMMISSIONED', siteId: fixture.sites.warehouse });
    const input = { deviceId: id };
    const message = 'The role ADMIN does not allow the action device:enable-at-warehouse.';

    await fixture.expectError('enableDeviceReadings', input, { code: 'FORBIDDEN', message });
    await fixture.call('enableDeviceReadings', input, 'operator');

    expect(await fixture.row(id)).toMatchObject({ status: 'AVAILABLE', version: 2 });
    await fixture.expectNoChange('enableDeviceReadings', input, 'operator');
    await fixture.expectError('enableDeviceReadings', input, { code: 'FORBIDDEN', message });
  });

  it.each<[Status, () => Omit<Situation, 'status'>]>([
    ['AVAILABLE_AT_SITE', () => ({ siteId: fixture.sites.clinic })],
    ['WITH_PATIENT', () => ({ holderId: fixture.patients.ann })],
    ['IN_TRANSIT', () => ({ inOrder: true })],
    ['RETURNING', () => ({})],
    ['LOST', () => ({ siteId: fixture.sites.clinic })],
  ])('does not change a device that is %s', async (status, where) => {
    const { id } = await fixture.device({ status, ...where() });

    const { device } = await fixture.expectNoChange('enableDeviceReadings', { deviceId: id, expectedVersion: 2 });

    expect(device).toMatchObject({ currentStatus: status, version: 1 });
  });

  it('refuses a version that the device no longer has', async () => {
    const { id } = await fixture.device({ status: 'DECOMMISSIONED', siteId: fixture.sites.clinic });

    await fixture.expectRefusal('enableDeviceReadings', { deviceId: id, expectedVersion: 2 }, STALE);
  });
});
