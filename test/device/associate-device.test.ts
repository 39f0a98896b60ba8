import { globalId } from '../support/global-id';
import { Subscriber } from '../support/subscriber';
import { DeviceFixture, type Situation } from '../support/device-fixture';

const NORTHSIDE_KEY = { __typename: 'ApiKeyActor', displayName: 'Northside demo key' };
const IN_ORDER = 'The device is in an open order. Wait until it has arrived.';
const RETURNING =
  'The device is on a return leg. Wait until it is received, or call cancelReturn if it does not come back.';
const ARCHIVED = 'The patient is archived. Unarchive the patient first, or choose another patient.';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
});
afterAll(() => fixture.stop());

describe('associateDevice', () => {
  it('refuses all invalid values of an input at once', async () => {
    const input = { deviceId: 'x', patientId: 'y', note: 'n'.repeat(2_001) };
    const { userErrors } = await fixture.call('associateDevice', input);
    expect(userErrors).toEqual(
      [
        ['deviceId', 'is not an id of this API'],
        ['patientId', 'is not an id of this API'],
        ['note', 'must have at most 2000 characters'],
      ].map(([member, rule]) => ({
        code: 'INVALID_INPUT',
        message: `${member} ${rule}.`,
        path: ['input', member],
      })),
    );
  });

  it('makes the device WITH_PATIENT in an open association, and keeps its site', async () => {
    const { ann } = fixture.patients;
    const { clinic } = fixture.sites;
    const { id, serial } = await fixture.freeDevice();

    const payload = await fixture.call('associateDevice', { deviceId: id, patientId: ann, note: '  first visit ' });

    const [, change] = await fixture.changes(id);
    const [association] = await fixture.sql('select * from device_association where device_id = $1', [id]);
    const at = (change!.changed_at as Date).toISOString();
    expect(payload).toEqual({
      device: {
        id: globalId('Device', id),
        databaseId: id,
        currentStatus: 'WITH_PATIENT',
        statusChangedAt: at,
        updatedAt: at,
        version: 2,
        patient: { databaseId: ann },
        site: { databaseId: clinic },
        currentAssociation: { databaseId: association!.id },
        identifiers: [{ type: 'SERIAL', value: serial }],
      },
      association: {
        databaseId: association!.id,
        startedAt: at,
        endedAt: null,
        device: { databaseId: id },
        patient: { databaseId: ann },
        startedBy: NORTHSIDE_KEY,
        endedBy: null,
      },
      statusChange: {
        databaseId: change!.id,
        previousStatus: 'AVAILABLE_AT_SITE',
        status: 'WITH_PATIENT',
        reason: 'ASSOCIATED',
        note: 'first visit',
        deviceVersion: 2,
        occurredAt: at,
        actor: NORTHSIDE_KEY,
        patient: { databaseId: ann },
        previousPatient: null,
        site: { databaseId: clinic },
        previousSite: { databaseId: clinic },
      },
      userErrors: [],
    });
    expect(await fixture.row(id)).toEqual({
      status: 'WITH_PATIENT',
      holderId: ann,
      siteId: clinic,
      inOrder: false,
      onReturnLeg: false,
      version: 2,
    });
  });

  it('writes one status change and two events', async () => {
    const { ann } = fixture.patients;
    const { clinic } = fixture.sites;
    const { id } = await fixture.freeDevice();

    await fixture.call('associateDevice', { deviceId: id, patientId: ann, note: 'a note' });

    const changes = await fixture.changes(id);
    expect(changes).toHaveLength(2);
    const [association] = await fixture.sql('select * from device_association where device_id = $1', [id]);
    const at = (changes[1]!.changed_at as Date).toISOString();
    expect(association!.started_at).toEqual(changes[1]!.changed_at);
    expect(await fixture.events(id)).toEqual([
      {
        type: 'device.statusChanged',
        payload: {
          id: changes[1]!.id,
          customerId: '1',
          eventId: changes[1]!.event_id,
          deviceId: id,
          deviceVersion: 2,
          previousStatus: 'AVAILABLE_AT_SITE',
          status: 'WITH_PATIENT',
          reason: 'ASSOCIATED',
          note: 'a note',
          patientId: ann,
          previousPatientId: null,
          siteId: clinic,
          previousSiteId: clinic,
          orderId: null,
          occurredAt: at,
          actorKind: 'API_KEY',
          actorLabel: 'Northside demo key',
          actorApiKeyId: null,
        },
      },
      {
        type: 'device.associationCreated',
        payload: {
          id: association!.id,
          customerId: '1',
          deviceId: id,
          patientId: ann,
          startedAt: at,
          endedAt: null,
          startedByKind: 'API_KEY',
          startedByLabel: 'Northside demo key',
          startedByApiKeyId: null,
          endedByKind: null,
          endedByLabel: null,
          endedByApiKeyId: null,
        },
      },
    ]);
  });

  it('notifies a subscriber of another instance', async () => {
    const { id } = await fixture.freeDevice();
    const { streamCursor } = await fixture.app.data('northside', '{ streamCursor }');
    const document = `subscription ($after: String!) {
      deviceStatusChanged(after: $after) { change { status device { databaseId patient { externalIdentifier } } } } }`;
    const subscriber = new Subscriber(fixture.app.urls[1]!, 'northside', document, { after: streamCursor });

    await fixture.call('associateDevice', { deviceId: id, patientExternalIdentifier: 'bob' });

    await subscriber.count(1);
    expect(subscriber.received).toEqual([
      {
        data: {
          deviceStatusChanged: {
            change: {
              status: 'WITH_PATIENT',
              device: { databaseId: id, patient: { externalIdentifier: 'bob' } },
            },
          },
        },
      },
    ]);
    await subscriber.stop();
  });

  it.each<Situation>([
    { status: 'WITH_PATIENT' },
    { status: 'IN_TRANSIT', inOrder: true },
    { status: 'DECOMMISSIONED' },
    { status: 'LOST', inOrder: true },
  ])('a repeated call for the holder ($status) succeeds and changes nothing', async (situation) => {
    const { ann } = fixture.patients;
    const { id } = await fixture.device({ ...situation, holderId: ann });

    const payload = await fixture.expectNoChange('associateDevice', {
      deviceId: id,
      patientId: ann,
      expectedVersion: 77,
    });

    expect(payload.device).toMatchObject({ databaseId: id, currentStatus: situation.status, version: 1 });
    expect(payload.association).toMatchObject({ patient: { databaseId: ann }, endedAt: null });
  });

  it.each<[string, () => Situation, { code: string; message: string }]>([
    [
      'in an open order, with any holder',
      () => ({ status: 'IN_TRANSIT', inOrder: true, holderId: fixture.patients.bob }),
      { code: 'DEVICE_IN_TRANSIT', message: IN_ORDER },
    ],
    [
      'in an open order for a site',
      () => ({ status: 'IN_TRANSIT', inOrder: true }),
      { code: 'DEVICE_IN_TRANSIT', message: IN_ORDER },
    ],
    [
      'on a return leg',
      () => ({ status: 'RETURNING', onReturnLeg: true }),
      { code: 'DEVICE_IN_TRANSIT', message: RETURNING },
    ],
    [
      'that another patient has',
      () => ({ status: 'LOST', holderId: fixture.patients.bob }),
      { code: 'DEVICE_ASSOCIATED', message: 'Another patient has the device. Disassociate it first.' },
    ],
    [
      'in a warehouse',
      () => ({ status: 'AVAILABLE', siteId: fixture.sites.warehouse }),
      {
        code: 'DEVICE_AT_IMPILO_SITE',
        message: 'The device is in an Impilo warehouse. It leaves the warehouse only by an order. Create an order.',
      },
    ],
    [
      'at no site',
      () => ({ status: 'RETURNING' }),
      { code: 'DEVICE_WITHOUT_SITE', message: 'The device is at no site. Associate it with a site first.' },
    ],
    ...(['DECOMMISSIONED', 'LOST'] as const).map(
      (status): [string, () => Situation, { code: string; message: string }] => [
        `that is ${status}`,
        () => ({ status, siteId: fixture.sites.clinic }),
        {
          code: 'DEVICE_NOT_AVAILABLE_AT_SITE',
          message: `The device is ${status}. Only a device that is AVAILABLE_AT_SITE can be associated. Update its status first.`,
        },
      ],
    ),
  ])('refuses a device %s', async (_name, situation, { code, message }) => {
    const { id, serial } = await fixture.device(situation());
    const refusal = { code, message, path: ['input', 'deviceId'] };

    await fixture.expectRefusal('associateDevice', { deviceId: id, patientId: fixture.patients.ann }, refusal);
    await fixture.expectRefusal(
      'associateDevice',
      { deviceIdentifier: serial, patientId: fixture.patients.ann },
      { ...refusal, path: ['input', 'deviceIdentifier'] },
    );
  });

  it('refuses an archived patient, named either way, even the holder', async () => {
    const { archived } = fixture.patients;
    const free = await fixture.freeDevice();
    const held = await fixture.device({ status: 'WITH_PATIENT', holderId: archived });
    const byId = { code: 'PATIENT_ARCHIVED', path: ['input', 'patientId'], message: ARCHIVED };

    await fixture.expectRefusal('associateDevice', { deviceId: free.id, patientId: archived }, byId);
    await fixture.expectRefusal(
      'associateDevice',
      { deviceId: free.id, patientExternalIdentifier: 'archived' },
      { ...byId, path: ['input', 'patientExternalIdentifier'] },
    );
    await fixture.expectRefusal('associateDevice', { deviceId: held.id, patientId: archived }, byId);
  });

  it('refuses an outdated version', async () => {
    const { id } = await fixture.freeDevice();
    const input = { deviceId: id, patientId: fixture.patients.ann };
    const message = (expected: number) =>
      `The device is at version 1, not ${expected}. Read it again before you change it.`;

    for (const expectedVersion of [0, 2, -1]) {
      const refusal = { code: 'STALE_VERSION', path: ['input', 'expectedVersion'], message: message(expectedVersion) };
      await fixture.expectRefusal('associateDevice', { ...input, expectedVersion }, refusal);
    }
    expect(await fixture.call('associateDevice', { ...input, expectedVersion: 1 })).toMatchObject({
      device: { version: 2 },
      userErrors: [],
    });
  });

  it('checks the rules in the order of the glossary', async () => {
    const { sites, patients } = fixture;
    const { id } = await fixture.device({ status: 'LOST', siteId: sites.warehouse, onReturnLeg: true });
    const codeOf = (input: object) => fixture.refusalOf('associateDevice', input);
    const alter = (columns: string) => fixture.sql(`update device set ${columns} where id = $1`, [id]);
    const stale = { deviceId: id, patientId: patients.ann, expectedVersion: 9 };

    expect(await codeOf({ ...stale, deviceId: '999', patientId: '999' })).toEqual(['DEVICE_NOT_FOUND']);
    expect(await codeOf({ ...stale, patientId: '999' })).toEqual(['PATIENT_NOT_FOUND']);
    expect(await codeOf({ ...stale, patientId: patients.archived })).toEqual(['PATIENT_ARCHIVED']);
    expect(await codeOf(stale)).toEqual(['STALE_VERSION']);
    const current = { ...stale, expectedVersion: 1 };
    expect(await codeOf(current)).toEqual(['DEVICE_IN_TRANSIT']);
    await alter('return_order_id = null');
    expect(await codeOf(current)).toEqual(['DEVICE_AT_IMPILO_SITE']);
    await alter('site_customer_id = null, site_id = null');
    expect(await codeOf(current)).toEqual(['DEVICE_WITHOUT_SITE']);
    await alter(`site_customer_id = 1, site_id = ${sites.closed}`);
    expect(await codeOf(current)).toEqual(['DEVICE_NOT_AVAILABLE_AT_SITE']);
    await alter(`current_status = 'AVAILABLE_AT_SITE'`);
    expect(await codeOf(current)).toEqual([]);

    const held = await fixture.device({ status: 'WITH_PATIENT', holderId: patients.bob, inOrder: true });
    expect(await codeOf({ deviceId: held.id, patientId: patients.ann })).toEqual(['DEVICE_IN_TRANSIT']);
    await fixture.sql('update device set order_id = null where id = $1', [held.id]);
    expect(await codeOf({ deviceId: held.id, patientId: patients.ann })).toEqual(['DEVICE_ASSOCIATED']);
  });
});
