import { changesOf, registerDevice, setStatus, settle, subscribe } from '../support/live-fixture';
import { TestApp } from '../support/test-app';
import { checkScreenOverReconnects } from './resume.harness';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 0 });
});
afterAll(() => app.stop());

it('no change is lost between a screen and its stream, despite reconnects at any time and the restart of an instance', () =>
  checkScreenOverReconnects(app, 16));

/** The same change as the gateway makes, in a transaction that the test keeps open. */
const SLOW_CHANGE = `
  with changed as (
    update device set version = version + 1, current_status = 'DECOMMISSIONED' where id = $1 returning *),
  change as (
    insert into device_status_change (customer_id, device_id, device_version, previous_status, status, reason, note, site_id, previous_site_id,
      changed_at, changed_by_kind, changed_by_label)
    select customer_id, id, version, 'LOST', current_status, 'STATUS_OVERRIDE', 'slow', site_id, site_id, clock_timestamp(), 'SYSTEM', 'a test' from changed
    returning *)
  insert into event (customer_id, id, type, payload)
  select customer_id, event_id, 'device.statusChanged', jsonb_build_object('customerId', customer_id::text, 'id', id::text,
    'eventId', event_id::text, 'deviceId', device_id::text, 'deviceVersion', device_version, 'previousStatus', previous_status, 'status', status,
    'reason', reason, 'note', note, 'patientId', null, 'previousPatientId', null, 'siteId', site_id::text, 'previousSiteId', previous_site_id::text,
    'occurredAt', changed_at, 'actorKind', changed_by_kind, 'actorLabel', changed_by_label)
  from change`;

it('an open transaction does not delay other changes, and its own changes arrive in version order after the commit', async () => {
  const [slow, other] = [await registerDevice(app), await registerDevice(app)];
  await settle(app);
  const { streamCursor: after } = await app.data('northside', '{ streamCursor }');
  const subscriber = subscribe(app, 2, 'northside', { filter: { deviceIds: [slow, other] }, after });
  const seen = () =>
    changesOf(subscriber).map(
      ({ device, deviceVersion }) => `${device.databaseId === slow ? 'slow' : 'other'} ${deviceVersion}`,
    );

  // The transaction first writes an event, so it has the lowest id of all, and later changes a device that was changed since then.
  await app.admin.query('begin');
  await app.admin.query(`insert into event (customer_id, type, payload) values (1, 'device.associationRemoved', '{}')`);
  await setStatus(app, slow, 'LOST');
  await setStatus(app, other, 'LOST');
  await subscriber.count(2);
  await app.admin.query(SLOW_CHANGE, [slow]);
  await setStatus(app, other, 'AVAILABLE_AT_SITE', { instance: 2 });
  await subscriber.count(3);
  expect(seen()).toEqual(['slow 2', 'other 2', 'other 3']);

  await app.admin.query('commit');
  await subscriber.count(4);
  await setStatus(app, slow, 'LOST');
  await subscriber.count(5);
  expect(seen()).toEqual(['slow 2', 'other 2', 'other 3', 'slow 3', 'slow 4']);
  await subscriber.stop();
});
