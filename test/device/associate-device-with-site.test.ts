import { globalId } from '../support/global-id';
import { DeviceFixture, type Situation } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

describe('associateDeviceWithSite', () => {
  it('moves a free device to another site of the customer', async () => {
    const { clinic, office } = fixture.sites;
    const { id } = await fixture.freeDevice();

    const payload = await fixture.call('associateDeviceWithSite', { deviceId: id, siteId: office, note: 'moved' });

    const [, change] = await fixture.changes(id);
    expect(payload).toMatchObject({
      device: {
        databaseId: id,
        currentStatus: 'AVAILABLE_AT_SITE',
        version: 2,
        site: { databaseId: office },
        patient: null,
        currentAssociation: null,
      },
      userErrors: [],
    });
    expect(payload.statusChange).toEqual({
      databaseId: change!.id,
      previousStatus: 'AVAILABLE_AT_SITE',
      status: 'AVAILABLE_AT_SITE',
      reason: 'ASSOCIATED_WITH_SITE',
      note: 'moved',
      deviceVersion: 2,
      occurredAt: (change!.changed_at as Date).toISOString(),
      actor: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
      patient: null,
      previousPatient: null,
      site: { databaseId: office },
      previousSite: { databaseId: clinic },
    });
    const events = await fixture.events(id);
    expect(events.map(({ type }) => type)).toEqual(['device.statusChanged']);
    expect(events[0]!.payload).toMatchObject({
      id: change!.id,
      siteId: office,
      previousSiteId: clinic,
      deviceVersion: 2,
    });
  });

  it('keeps statusChangedAt when only the site changes', async () => {
    const { id } = await fixture.freeDevice();
    const [before] = await fixture.sql('select status_changed_at from device where id = $1', [id]);

    const { device } = await fixture.call('associateDeviceWithSite', {
      deviceId: id,
      siteId: fixture.sites.office,
    });

    expect(device?.statusChangedAt).toBe((before!.status_changed_at as Date).toISOString());
    expect(device?.version).toBe(2);
  });

  it.each<[Situation, string]>([
    [{ status: 'RETURNING' }, 'AVAILABLE_AT_SITE'],
    [{ status: 'DECOMMISSIONED' }, 'DECOMMISSIONED'],
    [{ status: 'LOST' }, 'LOST'],
  ])('accepts a device at no site that is $status', async (situation, status) => {
    const { clinic } = fixture.sites;
    const { id } = await fixture.device(situation);

    const payload = await fixture.call('associateDeviceWithSite', { deviceId: id, siteId: clinic });

    expect(payload.statusChange).toMatchObject({
      previousStatus: situation.status,
      status,
      previousSite: null,
      site: { databaseId: clinic },
    });
    expect(await fixture.row(id)).toMatchObject({ status, siteId: clinic, version: 2 });
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
  });

  it.each<[string, () => Situation]>([
    ['a free device', () => ({ status: 'AVAILABLE_AT_SITE', siteId: fixture.sites.office })],
    [
      'a device at a site that is no longer active',
      () => ({ status: 'AVAILABLE_AT_SITE', siteId: fixture.sites.closed }),
    ],
    ['a lost device', () => ({ status: 'LOST', siteId: fixture.sites.office })],
    [
      'a decommissioned device with a holder',
      () => ({ status: 'DECOMMISSIONED', siteId: fixture.sites.office, holderId: fixture.patients.ann }),
    ],
  ])('a repeated call for %s succeeds and changes nothing', async (_name, situation) => {
    const { siteId, status } = situation();
    const { id } = await fixture.device(situation());

    const { device } = await fixture.expectNoChange('associateDeviceWithSite', {
      deviceId: id,
      siteId,
      expectedVersion: 5,
    });

    expect(device).toMatchObject({ databaseId: id, currentStatus: status, version: 1, site: { databaseId: siteId } });
  });

  it.each<[string, () => Situation, string, string]>([
    [
      'has a holder',
      () => ({ status: 'WITH_PATIENT', holderId: fixture.patients.ann, siteId: fixture.sites.office }),
      'DEVICE_ASSOCIATED',
      'A patient has the device. Disassociate it first.',
    ],
    [
      'is in an open order to a patient',
      () => ({ status: 'IN_TRANSIT', inOrder: true, holderId: fixture.patients.ann }),
      'DEVICE_ASSOCIATED',
      'A patient has the device. Disassociate it first.',
    ],
    [
      'is in an open order to a site',
      () => ({ status: 'IN_TRANSIT', inOrder: true }),
      'DEVICE_IN_TRANSIT',
      'The device is in an open order. Wait until it has arrived.',
    ],
    [
      'is on a return leg, though decommissioned',
      () => ({ status: 'DECOMMISSIONED', onReturnLeg: true }),
      'DEVICE_IN_TRANSIT',
      'The device is on a return leg. Wait until it is received, or call cancelReturn if it does not come back.',
    ],
    [
      'is in a warehouse',
      () => ({ status: 'AVAILABLE', siteId: fixture.sites.warehouse }),
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse. It leaves the warehouse only by an order. Create an order.',
    ],
    [
      'is lost in a warehouse',
      () => ({ status: 'LOST', siteId: fixture.sites.warehouse }),
      'DEVICE_AT_IMPILO_SITE',
      'The device is in an Impilo warehouse. It leaves the warehouse only by an order. Create an order.',
    ],
  ])('refuses a device that %s', async (_name, situation, code, message) => {
    const { id, serial } = await fixture.device(situation());
    const input = { siteId: fixture.sites.clinic };

    await fixture.expectRefusal(
      'associateDeviceWithSite',
      { ...input, deviceId: id },
      { code, message, path: ['input', 'deviceId'] },
    );
    await fixture.expectRefusal(
      'associateDeviceWithSite',
      { ...input, deviceIdentifier: serial },
      { code, message, path: ['input', 'deviceIdentifier'] },
    );
  });

  it.each<[string, () => string, string, string]>([
    [
      'that is a warehouse',
      () => fixture.sites.warehouse,
      'SITE_OPERATED_BY_IMPILO',
      'The site is an Impilo warehouse. Choose a site of the customer.',
    ],
    [
      'that is not active',
      () => fixture.sites.closed,
      'SITE_INACTIVE',
      'The site is not active. Reactivate it first, or choose another site.',
    ],
    ['of another customer', () => fixture.sites.lakeview, 'SITE_NOT_FOUND', 'There is no such site. Check siteId.'],
    ['that does not exist', () => '9223372036854775807', 'SITE_NOT_FOUND', 'There is no such site. Check siteId.'],
    [
      'that is a patient',
      () => globalId('Patient', fixture.patients.ann),
      'SITE_NOT_FOUND',
      'There is no such site. Check siteId.',
    ],
  ])('refuses a site %s, for customers and operators', async (_name, siteId, code, message) => {
    const { id } = await fixture.freeDevice();
    const input = { deviceId: id, siteId: siteId() };

    for (const caller of ['northside', 'operator'] as const) {
      await fixture.expectRefusal(
        'associateDeviceWithSite',
        input,
        { code, message, path: ['input', 'siteId'] },
        caller,
      );
    }
  });

  it('checks the rules in the order of the glossary', async () => {
    const { sites, patients } = fixture;
    const { id } = await fixture.device({ status: 'DECOMMISSIONED', holderId: patients.ann, onReturnLeg: true });
    const codeOf = (input: object) => fixture.refusalOf('associateDeviceWithSite', input);
    const stale = { deviceId: id, siteId: sites.closed, expectedVersion: 9 };

    expect(await codeOf({ ...stale, deviceId: '999', siteId: '999' })).toEqual(['DEVICE_NOT_FOUND']);
    expect(await codeOf({ ...stale, siteId: '999' })).toEqual(['SITE_NOT_FOUND']);
    expect(await codeOf(stale)).toEqual(['STALE_VERSION']);
    const current = { deviceId: id, siteId: sites.office, expectedVersion: 1 };
    expect(await codeOf({ ...current, siteId: sites.warehouse })).toEqual(['SITE_OPERATED_BY_IMPILO']);
    expect(await codeOf({ ...current, siteId: sites.closed })).toEqual(['SITE_INACTIVE']);
    expect(await codeOf(current)).toEqual(['DEVICE_ASSOCIATED']);
    const { id: returning } = await fixture.device({ status: 'LOST', siteId: sites.warehouse, onReturnLeg: true });
    expect(await codeOf({ ...current, deviceId: returning })).toEqual(['DEVICE_IN_TRANSIT']);
    await fixture.sql('update device set return_order_id = null where id = $1', [returning]);
    expect(await codeOf({ ...current, deviceId: returning })).toEqual(['DEVICE_AT_IMPILO_SITE']);
    await fixture.sql('update device set site_id = $2, site_customer_id = 1 where id = $1', [returning, sites.clinic]);
    expect(await codeOf({ ...current, deviceId: returning })).toEqual([]);
  });
});
