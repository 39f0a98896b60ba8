import { FIELDS_OF_TYPES, SAMPLES } from '../reading/reading-samples.harness';
import { DeviceFixture } from '../support/device-fixture';
import {
  at,
  cursorNow,
  follow,
  heldDevice,
  receivedIds,
  record,
  recordNew,
  refusalOf,
  storedIds,
  receivedEvents,
  weights,
  type ReadingInput,
} from '../support/live-readings';
import type { TestApp } from '../support/test-app';

const WHOLE = `__typename id databaseId kind takenAt receivedAt attribution manual deviceTimeZoneOffset patientTimeZoneOffset
  measurements { name value unit } device { databaseId } patient { databaseId } ${FIELDS_OF_TYPES}`;

let fixture: DeviceFixture;
let app: TestApp;
let ann: string;
let bob: string;

beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  ({ app } = fixture);
  ({ ann, bob } = fixture.patients);
  await fixture.sql(`update patient set address = '{"zipCode": "10001"}' where id = $1`, [ann]);
});
afterAll(() => fixture.stop());

async function eventCount(): Promise<number> {
  const [row] = await fixture.sql<{ count: number }>('select count(*)::int as count from event');
  return row!.count;
}

it('each recorded reading is delivered once, in order and with all its fields', async () => {
  const cuff = await heldDevice(fixture, ann);
  const free = await fixture.freeDevice();
  const live = follow(app, { after: await cursorNow(app) }, { instance: 1, fields: WHOLE });
  const after = await cursorNow(app);

  const ofCuff: ReadingInput[] = SAMPLES.map(({ input }, index) => ({ deviceId: cuff, takenAt: at(index), ...input }));
  const first = await record(app, [...ofCuff].reverse(), { fields: WHOLE });
  const second = await record(
    app,
    [
      {
        deviceIdentifier: free.serial,
        takenAt: at(1),
        deviceTimeZoneOffset: -64_800,
        weight: { value: 181.4, unit: 'POUND' },
      },
      { patientId: bob, manual: true, takenAt: at(2), heartRate: { value: 61 } },
    ],
    { fields: WHOLE, instance: 1 },
  );

  await live.count(SAMPLES.length + 2);
  const received = receivedEvents(live).map(({ reading }) => reading);
  expect(received).toMatchObject([
    ...SAMPLES.map(({ kind, typeName, members, measurements }, index) => ({
      __typename: typeName,
      kind,
      takenAt: at(index),
      manual: false,
      attribution: 'ASSOCIATION',
      deviceTimeZoneOffset: null,
      patientTimeZoneOffset: -18_000,
      device: { databaseId: cuff },
      patient: { databaseId: ann },
      measurements,
      ...members,
    })),
    {
      takenAt: at(1),
      attribution: 'UNATTRIBUTED',
      deviceTimeZoneOffset: -64_800,
      patientTimeZoneOffset: null,
      device: { databaseId: free.id },
      patient: null,
      weight: 181.4,
    },
    { takenAt: at(2), attribution: 'NAMED', manual: true, device: null, patient: { databaseId: bob }, heartRate: 61 },
  ]);
  expect(received).toEqual([...first.reverse(), ...second].map(({ reading }) => reading));
  const { nodes } = await app.data(
    'northside',
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Reading { ${WHOLE} } } }`,
    {
      ids: received.map(({ id }) => id),
    },
  );
  expect(received).toEqual(nodes);

  // A later subscription reads the same from the table, cursors included. No reading arrives twice.
  const late = follow(app, { after }, { fields: WHOLE });
  const [marker] = await recordNew(app, weights(cuff, 1, 100));
  const count = SAMPLES.length + 3;
  await Promise.all([live.count(count), late.count(count)]);
  expect(receivedEvents(late)).toEqual(receivedEvents(live));
  expect(receivedIds(live).at(-1)).toBe(marker);
  expect(new Set(receivedEvents(live).map(({ cursor }) => cursor)).size).toBe(count);
  await Promise.all([live.stop(), late.stop()]);
});

it('duplicates, conflicts and refused readings cause no events', async () => {
  const deviceId = await heldDevice(fixture, ann);
  const blocked = await fixture.device({ status: 'DECOMMISSIONED', siteId: fixture.sites.clinic });
  const [stored] = weights(deviceId, 1) as [ReadingInput];
  await recordNew(app, [stored]);
  const subscriber = follow(app, { after: await cursorNow(app) }, { instance: 1 });
  const before = await eventCount();
  const notRecorded = [
    stored,
    { ...stored, weight: { value: 7, unit: 'POUND' } },
    { ...stored, takenAt: '1999-12-31T23:59:59.999Z' },
    { ...stored, deviceId: '999999' },
    { ...stored, deviceId: blocked.id },
  ];

  const statements = await app.statementsOf(async () => {
    expect((await record(app, notRecorded)).map(({ outcome }) => outcome)).toEqual([
      'DUPLICATE',
      'CONFLICT',
      'REFUSED',
      'REFUSED',
      'REFUSED',
    ]);
  });
  expect(statements.filter(({ text }) => text.startsWith('/* append_events */'))).toEqual([]);
  expect(await eventCount()).toBe(before);

  const [fresh] = weights(deviceId, 1, 10) as [ReadingInput];
  const mixed = await record(app, [...notRecorded, fresh, fresh, { ...fresh, weight: { value: 8, unit: 'POUND' } }]);
  expect(mixed.map(({ outcome }) => outcome).slice(notRecorded.length)).toEqual(['RECORDED', 'DUPLICATE', 'CONFLICT']);
  expect(await eventCount()).toBe(before + 1);
  const [marker] = await recordNew(app, weights(deviceId, 1, 20));
  await subscriber.count(2);
  expect(receivedIds(subscriber)).toEqual([mixed[notRecorded.length]!.reading!.databaseId, marker]);
  await subscriber.stop();
});

it('each reading is delivered once when the same batch is recorded on two instances at the same time', async () => {
  const deviceId = await heldDevice(fixture, ann);
  const subscriber = follow(app, { after: await cursorNow(app) });
  const batch = weights(deviceId, 150);

  const both = await Promise.all([record(app, batch), record(app, [...batch].reverse(), { instance: 1 })]);

  expect(both.flat().filter(({ outcome }) => outcome === 'RECORDED')).toHaveLength(150);
  expect(both.flat().filter(({ outcome }) => outcome === 'DUPLICATE')).toHaveLength(150);
  const [marker] = await recordNew(app, weights(deviceId, 1, 1_000));
  await subscriber.until(() => receivedIds(subscriber).includes(marker!));
  expect(receivedIds(subscriber)).toEqual(await storedIds(app, `device_id = ${deviceId}`));
  await subscriber.stop();
});

it('1,000 readings of one call arrive complete and in order, in ten events written by one statement', async () => {
  const devices: string[] = [];
  while (devices.length < 8) devices.push(await heldDevice(fixture, ann));
  const live = follow(app, { after: await cursorNow(app) }, { instance: 1 });
  const after = await cursorNow(app);
  const before = await eventCount();
  // The input is in random order; the readings of a device are delivered in the order of their times.
  const bulk = devices
    .flatMap((deviceId) => weights(deviceId, 125))
    .sort((one, other) => shuffled(one) - shuffled(other));

  const statements = await app.statementsOf(() => recordNew(app, bulk));

  expect(statements.filter(({ text }) => text.includes('insert into event'))).toHaveLength(1);
  expect(await eventCount()).toBe(before + 10);
  const sizes = await fixture.sql<{ size: number }>(
    `select cardinality(string_to_array(payload ->> 'id', ',')) as size from event order by id desc limit 10`,
  );
  expect(sizes).toEqual(Array<unknown>(10).fill({ size: 100 }));

  await live.count(1_000);
  const late = follow(app, { after });
  await late.count(1_000);
  const stored = await storedIds(app, `device_id in (${devices.join()})`);
  expect(stored).toHaveLength(1_000);
  expect(receivedIds(live)).toEqual(stored);
  expect(receivedEvents(late)).toEqual(receivedEvents(live));
  const times = await fixture.sql<{ inOrder: boolean }>(
    `select bool_and(earlier is null or earlier < taken_at) as "inOrder" from (
       select taken_at, lag(taken_at) over (partition by device_id order by id & 1073741823) as earlier
       from reading where device_id in (${devices.join()})) r`,
  );
  expect(times).toEqual([{ inOrder: true }]);
  await Promise.all([live.stop(), late.stop()]);
});

/** A sort key for an order that is neither by time nor by device, and is the same in every run. */
function shuffled({ takenAt, deviceId }: ReadingInput): number {
  return ((Date.parse(takenAt) / 1000) * 97 + Number(deviceId)) % 1_009;
}

it('device and patient have their state at the time of delivery', async () => {
  const deviceId = await heldDevice(fixture, ann);
  const after = await cursorNow(app);
  const fields = 'databaseId device { version currentStatus } patient { firstName }';
  const live = follow(app, { after }, { instance: 1, fields });
  const received = (subscriber: typeof live) =>
    receivedEvents(subscriber).map(({ reading: { device, patient } }) => ({ device, patient }));

  await recordNew(app, weights(deviceId, 2));
  await live.count(2);
  await fixture.call('updateDeviceStatus', { deviceId, status: 'LOST' });
  await app.data(
    'northside',
    `mutation { updatePatient(input: { patientId: "${ann}", firstName: "Anna" }) { patient { id } } }`,
  );
  const statements = await app.statementsOf(async () => {
    await recordNew(app, weights(deviceId, 3, 10));
    await live.count(5);
  });

  const before = { device: { version: 1, currentStatus: 'WITH_PATIENT' }, patient: { firstName: 'A' } };
  const now = { device: { version: 2, currentStatus: 'LOST' }, patient: { firstName: 'Anna' } };
  expect(received(live)).toEqual([before, before, now, now, now]);
  // Each reading is executed separately, without cached values of another reading.
  expect(statements.filter(({ text }) => text.startsWith('/* device_by_id */'))).toHaveLength(3);
  expect(statements.filter(({ text }) => text.startsWith('/* patient_by_id */'))).toHaveLength(3);
  const late = follow(app, { after }, { fields });
  await late.count(5);
  expect(received(late)).toEqual([now, now, now, now, now]);
  await Promise.all([live.stop(), late.stop()]);
});

it('readings without device and patient in the selection are delivered without a statement', async () => {
  const deviceId = await heldDevice(fixture, ann);
  const subscriber = follow(
    app,
    { after: await cursorNow(app) },
    { instance: 1, fields: 'databaseId kind measurements { value }' },
  );
  await recordNew(app, weights(deviceId, 1));
  await subscriber.count(1);
  const statements = await app.statementsOf(async () => {
    await recordNew(app, weights(deviceId, 250, 10));
    await subscriber.count(251);
  });
  const names = statements.flatMap(({ text }) => /^\/\* (\w+) \*\//.exec(text)?.[1] ?? []);
  // The subscriber may read the table once more to catch up.
  expect(names.filter((name) => name !== 'event_page')).toEqual([
    'next_reading_numbers',
    'lock_devices_for_readings',
    'holders_for_readings',
    'insert_readings',
  ]);
  await subscriber.stop();
});

it('READ_ONLY may subscribe to readings, INGEST may not', async () => {
  const deviceId = await heldDevice(fixture, ann);
  const reader = follow(app, { after: await cursorNow(app) }, { caller: 'readOnly' });
  expect(await refusalOf(follow(app, {}, { caller: 'ingest' }))).toBe('FORBIDDEN');
  const ids = await recordNew(app, weights(deviceId, 2), { caller: 'ingest' });
  await reader.count(2);
  expect(receivedIds(reader)).toEqual(ids);
  await reader.stop();
});
