import { DeviceFixture, type Situation, type Status } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

const ELSEWHERE = 'Another patient has the device. Name that patient, or omit the patient.';
const NOT_ASSOCIATED = 'No patient has the device. Associate it with a patient first.';

describe('disassociateDevice', () => {
  it('ends the association and makes the device free at its site', async () => {
    const { ann } = fixture.patients;
    const { clinic } = fixture.sites;
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: ann, siteId: clinic });

    const payload = await fixture.call('disassociateDevice', { deviceId: id, note: 'came back' });

    const [, change] = await fixture.changes(id);
    const [association] = await fixture.sql('select * from device_association where device_id = $1', [id]);
    const at = (change!.changed_at as Date).toISOString();
    expect(payload).toMatchObject({
      device: {
        databaseId: id,
        currentStatus: 'AVAILABLE_AT_SITE',
        version: 2,
        patient: null,
        currentAssociation: null,
        statusChangedAt: at,
      },
      userErrors: [],
    });
    expect(payload.association).toEqual({
      databaseId: association!.id,
      startedAt: (association!.started_at as Date).toISOString(),
      endedAt: at,
      device: { databaseId: id },
      patient: { databaseId: ann },
      startedBy: { __typename: 'SystemActor', displayName: 'test' },
      endedBy: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
    });
    expect(payload.statusChange).toEqual({
      databaseId: change!.id,
      previousStatus: 'WITH_PATIENT',
      status: 'AVAILABLE_AT_SITE',
      reason: 'DISASSOCIATED',
      note: 'came back',
      deviceVersion: 2,
      occurredAt: at,
      actor: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
      patient: null,
      previousPatient: { databaseId: ann },
      site: { databaseId: clinic },
      previousSite: { databaseId: clinic },
    });
    const events = await fixture.events(id);
    expect(events.map(({ type }) => type)).toEqual(['device.statusChanged', 'device.associationRemoved']);
    expect(events[0]!.payload).toMatchObject({
      id: change!.id,
      patientId: null,
      previousPatientId: ann,
      reason: 'DISASSOCIATED',
    });
    expect(events[1]!.payload).toMatchObject({
      id: association!.id,
      patientId: ann,
      endedAt: at,
      endedByLabel: 'Northside demo key',
    });
  });

  it.each<[string, Status, () => Omit<Situation, 'status'>, Status]>([
    ['with its patient at a site', 'WITH_PATIENT', () => ({ siteId: fixture.sites.clinic }), 'AVAILABLE_AT_SITE'],
    ['with its patient, at no site', 'WITH_PATIENT', () => ({}), 'RETURNING'],
    ['with its patient by an override, still in its order', 'WITH_PATIENT', () => ({ inOrder: true }), 'RETURNING'],
    ['in transit to its patient', 'IN_TRANSIT', () => ({ inOrder: true }), 'RETURNING'],
    ['decommissioned', 'DECOMMISSIONED', () => ({ siteId: fixture.sites.clinic }), 'DECOMMISSIONED'],
    ['decommissioned in its order', 'DECOMMISSIONED', () => ({ inOrder: true }), 'DECOMMISSIONED'],
    ['lost', 'LOST', () => ({}), 'LOST'],
    ['lost in its order', 'LOST', () => ({ inOrder: true }), 'LOST'],
  ])('disassociates a device %s (%s) and removes it from its open order', async (_name, before, situation, after) => {
    const { archived } = fixture.patients;
    const { id } = await fixture.device({ status: before, holderId: archived, ...situation() });

    const payload = await fixture.call('disassociateDevice', { deviceId: id, patientId: archived });

    expect(payload.userErrors).toEqual([]);
    const { siteId = null } = situation();
    expect(await fixture.row(id)).toEqual({
      status: after,
      holderId: null,
      siteId,
      inOrder: false,
      onReturnLeg: false,
      version: 2,
    });
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual([
      'device.statusChanged',
      'device.associationRemoved',
    ]);
    expect(await fixture.changes(id)).toHaveLength(2);
  });

  it.each<[Status, boolean, Status]>([
    ['WITH_PATIENT', false, 'AVAILABLE_AT_SITE'],
    ['WITH_PATIENT', true, 'AVAILABLE_AT_SITE'],
    ['DECOMMISSIONED', true, 'DECOMMISSIONED'],
    ['LOST', false, 'LOST'],
  ])('moves a device that was %s (in an order: %s) to the given site', async (status, inOrder, after) => {
    const { office } = fixture.sites;
    const { id } = await fixture.device({ status, inOrder, holderId: fixture.patients.ann });

    const payload = await fixture.call('disassociateDevice', { deviceId: id, siteId: office });

    expect(payload.statusChange).toMatchObject({ status: after, previousSite: null, site: { databaseId: office } });
    expect(await fixture.row(id)).toMatchObject({ status: after, holderId: null, siteId: office, inOrder: false });
  });

  it('a repeated call is refused because the device has no holder, even if the patient is named', async () => {
    const { id, serial } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
    await fixture.call('disassociateDevice', { deviceId: id });
    const refusal = { code: 'DEVICE_NOT_ASSOCIATED', message: NOT_ASSOCIATED, path: ['input', 'deviceId'] };

    await fixture.expectRefusal('disassociateDevice', { deviceId: id }, refusal);
    await fixture.expectRefusal('disassociateDevice', { deviceId: id, patientId: fixture.patients.ann }, refusal);
    await fixture.expectRefusal(
      'disassociateDevice',
      { deviceIdentifier: serial },
      { ...refusal, path: ['input', 'deviceIdentifier'] },
    );
  });

  it('refuses a patient who is not the holder', async () => {
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
    const refusal = { code: 'DEVICE_ASSOCIATED_ELSEWHERE', message: ELSEWHERE, path: ['input', 'patientId'] };

    await fixture.expectRefusal('disassociateDevice', { deviceId: id, patientId: fixture.patients.bob }, refusal);
    await fixture.expectRefusal(
      'disassociateDevice',
      { deviceId: id, patientExternalIdentifier: 'bob' },
      { ...refusal, path: ['input', 'patientExternalIdentifier'] },
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
    ['that does not exist', () => '4711', 'SITE_NOT_FOUND', 'There is no such site. Check siteId.'],
  ])('refuses a site %s, for customers and operators', async (_name, siteId, code, message) => {
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann });
    const input = { deviceId: id, siteId: siteId() };

    for (const caller of ['northside', 'operator'] as const) {
      await fixture.expectRefusal('disassociateDevice', input, { code, message, path: ['input', 'siteId'] }, caller);
    }
  });

  it('refuses a site for a device that is in transit', async () => {
    const { id } = await fixture.device({ status: 'IN_TRANSIT', inOrder: true, holderId: fixture.patients.ann });

    await fixture.expectRefusal(
      'disassociateDevice',
      { deviceId: id, siteId: fixture.sites.clinic },
      {
        code: 'DEVICE_IN_TRANSIT',
        message: 'The device is in transit and cannot be at a site yet. Omit siteId.',
        path: ['input', 'siteId'],
      },
    );
  });

  it('lets the device stay at a site that is no longer active', async () => {
    const { closed } = fixture.sites;
    const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId: fixture.patients.ann, siteId: closed });

    await fixture.call('disassociateDevice', { deviceId: id });

    expect(await fixture.row(id)).toMatchObject({ status: 'AVAILABLE_AT_SITE', siteId: closed });
  });

  it('checks the rules in the order of the glossary', async () => {
    const { sites, patients } = fixture;
    const { id } = await fixture.device({ status: 'IN_TRANSIT', inOrder: true, holderId: patients.ann });
    const codeOf = (input: object) => fixture.refusalOf('disassociateDevice', input);
    const wrong = { deviceId: id, patientId: patients.bob, siteId: sites.closed, expectedVersion: 9 };

    expect(await codeOf({ ...wrong, deviceId: '999', patientId: '999' })).toEqual(['DEVICE_NOT_FOUND']);
    expect(await codeOf({ ...wrong, patientId: '999', siteId: '999' })).toEqual(['PATIENT_NOT_FOUND']);
    expect(await codeOf({ ...wrong, siteId: '999' })).toEqual(['SITE_NOT_FOUND']);
    expect(await codeOf(wrong)).toEqual(['STALE_VERSION']);
    expect(await codeOf({ ...wrong, expectedVersion: 1 })).toEqual(['DEVICE_ASSOCIATED_ELSEWHERE']);
    const right = { ...wrong, expectedVersion: 1, patientId: patients.ann };
    expect(await codeOf({ ...right, siteId: sites.warehouse })).toEqual(['SITE_OPERATED_BY_IMPILO']);
    expect(await codeOf(right)).toEqual(['SITE_INACTIVE']);
    expect(await codeOf({ ...right, siteId: sites.clinic })).toEqual(['DEVICE_IN_TRANSIT']);
    expect(await codeOf({ ...right, siteId: null })).toEqual([]);
    expect(await codeOf({ ...right, siteId: sites.closed })).toEqual(['STALE_VERSION']);
    expect(await codeOf({ ...right, siteId: sites.closed, expectedVersion: 2 })).toEqual(['DEVICE_NOT_ASSOCIATED']);
  });
});
