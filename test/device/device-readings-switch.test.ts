import { DeviceProgramme, type Situation, type Status } from '../support/device-programme';

let programme: DeviceProgramme;
beforeAll(async () => {
  programme = await DeviceProgramme.start();
});
afterAll(() => programme.stop());

const STALE = {
  code: 'STALE_VERSION',
  message: 'The device is at version 1, not 2. Read it again before you change it.',
  path: ['input', 'expectedVersion'],
};

describe('disableDeviceReadings', () => {
  it.each<[Status, () => Omit<Situation, 'status'>]>([
    ['AVAILABLE', () => ({ siteId: programme.sites.warehouse })],
    ['AVAILABLE_AT_SITE', () => ({ siteId: programme.sites.clinic })],
    ['WITH_PATIENT', () => ({ siteId: programme.sites.clinic, holderId: programme.patients.ann })],
    ['IN_TRANSIT', () => ({ inOrder: true, holderId: programme.patients.ann })],
    ['RETURNING', () => ({ onReturnLeg: true })],
    ['LOST', () => ({})],
  ])('makes a device that is %s DECOMMISSIONED, and changes nothing else', async (status, where) => {
    const { id } = await programme.device({ status, ...where() });
    const before = await programme.row(id);

    const payload = await programme.call('disableDeviceReadings', { deviceId: id, note: 'noise', expectedVersion: 1 });

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
    expect(await programme.row(id)).toEqual({ ...before, status: 'DECOMMISSIONED', version: 2 });
    expect((await programme.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const { device } = await programme.expectNoChange('disableDeviceReadings', { deviceId: id, expectedVersion: 1 });
    expect(device).toMatchObject({ currentStatus: 'DECOMMISSIONED', version: 2 });
  });

  it('refuses a version that the device no longer has', async () => {
    const { id } = await programme.freeDevice();

    await programme.expectRefusal('disableDeviceReadings', { deviceId: id, expectedVersion: 2 }, STALE);
  });
});

describe('enableDeviceReadings', () => {
  it.each<[string, () => Omit<Situation, 'status'>, Status]>([
    ['in an open order to a patient', () => ({ inOrder: true, holderId: programme.patients.ann }), 'IN_TRANSIT'],
    ['in an open order to a site', () => ({ inOrder: true }), 'IN_TRANSIT'],
    [
      'with a patient at a site',
      () => ({ holderId: programme.patients.ann, siteId: programme.sites.clinic }),
      'WITH_PATIENT',
    ],
    ['with a patient at no site', () => ({ holderId: programme.patients.ann }), 'WITH_PATIENT'],
    ['on a return leg', () => ({ onReturnLeg: true }), 'RETURNING'],
    ['at no site', () => ({}), 'RETURNING'],
    ['at a site', () => ({ siteId: programme.sites.clinic }), 'AVAILABLE_AT_SITE'],
    ['at a site that is no longer active', () => ({ siteId: programme.sites.closed }), 'AVAILABLE_AT_SITE'],
  ])('gives a device %s the status that follows from its state', async (_name, where, status) => {
    const { id } = await programme.device({ status: 'DECOMMISSIONED', ...where() });
    const before = await programme.row(id);

    const payload = await programme.call('enableDeviceReadings', {
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
    expect(await programme.row(id)).toEqual({ ...before, status, version: 2 });
    expect((await programme.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const { device } = await programme.expectNoChange('enableDeviceReadings', { deviceId: id, expectedVersion: 1 });
    expect(device).toMatchObject({ currentStatus: status, version: 2 });
  });

  it('makes a device in a warehouse AVAILABLE, for operators only', async () => {
    const { id } = await programme.device({ status: 'DECOMMISSIONED', siteId: programme.sites.warehouse });
    const input = { deviceId: id };
    const message = 'The role ADMIN does not allow the action device:enable-at-warehouse.';

    await programme.expectError('enableDeviceReadings', input, { code: 'FORBIDDEN', message });
    await programme.call('enableDeviceReadings', input, 'operator');

    expect(await programme.row(id)).toMatchObject({ status: 'AVAILABLE', version: 2 });
    await programme.expectNoChange('enableDeviceReadings', input, 'operator');
    await programme.expectError('enableDeviceReadings', input, { code: 'FORBIDDEN', message });
  });

  it.each<[Status, () => Omit<Situation, 'status'>]>([
    ['AVAILABLE_AT_SITE', () => ({ siteId: programme.sites.clinic })],
    ['WITH_PATIENT', () => ({ holderId: programme.patients.ann })],
    ['IN_TRANSIT', () => ({ inOrder: true })],
    ['RETURNING', () => ({})],
    ['LOST', () => ({ siteId: programme.sites.clinic })],
  ])('does not change a device that is %s', async (status, where) => {
    const { id } = await programme.device({ status, ...where() });

    const { device } = await programme.expectNoChange('enableDeviceReadings', { deviceId: id, expectedVersion: 2 });

    expect(device).toMatchObject({ currentStatus: status, version: 1 });
  });

  it('refuses a version that the device no longer has', async () => {
    const { id } = await programme.device({ status: 'DECOMMISSIONED', siteId: programme.sites.clinic });

    await programme.expectRefusal('enableDeviceReadings', { deviceId: id, expectedVersion: 2 }, STALE);
  });
});
