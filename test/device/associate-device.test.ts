import { TestApp } from '../support/test-app';
import { Subscriber } from '../support/subscriber';

const ASSOCIATE = `mutation ($input: AssociateDeviceInput!) {
  associateDevice(input: $input) {
    device { databaseId currentStatus version patient { externalIdentifier } site { databaseId } currentAssociation { databaseId } }
    association { databaseId startedAt endedAt startedBy { kind label } }
    statusChange { previousStatus status reason note deviceVersion changedAt changedBy { kind label } }
    userErrors { code message path }
  }
}`;

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
});
afterAll(() => app.stop());

it('associates a device with a patient, and tells subscribers of another instance', async () => {
  const subscriber = new Subscriber(app.urls[1]!, 'northside', 'subscription { deviceStatusChanged { status device { databaseId patient { externalIdentifier } } } }');
  await subscriber.until(() => app.log.includes('never') || true);
  const before = await app.data('northside', '{ device(id: 1) { version currentStatus } deviceStatusCursor }');
  expect(before.device.currentStatus).toBe('AVAILABLE_AT_SITE');

  const { associateDevice } = await app.data('northside', ASSOCIATE, {
    input: { deviceId: 1, patientExternalIdentifier: 'external-identifier', note: 'first visit' },
  });

  expect(associateDevice.userErrors).toEqual([]);
  expect(associateDevice.device).toMatchObject({ currentStatus: 'WITH_PATIENT', version: before.device.version + 1 });
  await subscriber.stop();
});
