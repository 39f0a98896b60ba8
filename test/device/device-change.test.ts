import { ActorKind } from '../../src/platform/access/actor';
import { Database } from '../../src/platform/db/database';
import type { Tx } from '../../src/platform/db/session';
import { changeDevice, changeDevices, type ChangeCause } from '../../src/features/device/device-change';
import { lockDevice } from '../../src/features/device/device-reference';
import { DeviceStatus, DeviceStatusChangeReason } from '../../src/features/device/device-status';
import type { DeviceEntity } from '../../src/features/device/device.entity';
import { DeviceFixture } from '../support/device-fixture';

/** Cases of changeDevice that no operation of the API reaches. */

const CAUSE: ChangeCause = {
  reason: DeviceStatusChangeReason.STATUS_OVERRIDE,
  note: null,
  actor: { kind: ActorKind.SYSTEM, label: 'test', apiKeyId: null },
};

let fixture: DeviceFixture;
let database: Database;
/** Names of the statements since the devices were locked. */
let sent: string[] = [];
beforeAll(async () => {
  fixture = await DeviceFixture.start();
  database = new Database({
    url: fixture.app.database.url,
    poolSize: 1,
    statementTimeoutMs: 600_000,
    observe: (_scope, text) => sent.push(...(/^\/\* (\w+) \*\//.exec(text)?.slice(1) ?? [])),
  });
});
afterAll(async () => {
  await database.close();
  await fixture.stop();
});

/** Locks the devices and runs `work` in the same transaction. */
function change<T>(deviceIds: string[], work: (tx: Tx, devices: DeviceEntity[]) => Promise<T>): Promise<T> {
  return database.transact({ kind: 'customer', customerId: fixture.customers.northside }, async (tx) => {
    const devices: DeviceEntity[] = [];
    for (const deviceId of deviceIds) devices.push(await lockDevice(tx, { deviceId }));
    sent = [];
    return work(tx, devices);
  });
}

const held = (holderId: string) => fixture.device({ status: 'WITH_PATIENT', holderId });

it.each([-1, 1])(
  'a device with a version that differs from the locked one by %d is not changed',
  async (difference) => {
    const { id } = await held(fixture.patients.ann);
    const before = await fixture.written();

    const done = change([id], (tx, [device]) =>
      changeDevice(
        tx,
        { ...device!, version: device!.version + difference },
        { ...device!, currentStatus: DeviceStatus.LOST },
        CAUSE,
      ),
    );

    await expect(done).rejects.toThrow('A device differs from the row that was locked.');
    expect(await fixture.written()).toEqual(before);
  },
);

it('a device whose holder has no open association is not changed', async () => {
  const { ann, bob } = fixture.patients;
  const { id } = await held(ann);
  const before = await fixture.written();

  const done = change([id], (tx, [device]) =>
    changeDevice(
      tx,
      { ...device!, patientId: bob },
      { ...device!, patientId: null, currentStatus: DeviceStatus.RETURNING },
      CAUSE,
    ),
  );

  await expect(done).rejects.toThrow('The holder of a device has no open association.');
  expect(await fixture.written()).toEqual(before);
});

it('a change of holder ends one association, begins another at the same time, and returns the new one', async () => {
  const { ann, bob } = fixture.patients;
  const { id } = await held(ann);

  const { device, association, statusChange } = await change([id], (tx, [before]) =>
    changeDevice(tx, before!, { ...before!, patientId: bob }, CAUSE),
  );

  const [first, second] = await fixture.sql(
    'select patient_id, started_at, ended_at from device_association where device_id = $1 order by id',
    [id],
  );
  expect(first).toMatchObject({ patient_id: ann, ended_at: device.updatedAt });
  expect(second).toEqual({ patient_id: bob, started_at: device.updatedAt, ended_at: null });
  expect(association).toMatchObject({ deviceId: id, patientId: bob, startedAt: device.updatedAt, endedAt: null });
  expect(statusChange).toMatchObject({ previousPatientId: ann, patientId: bob });
  const events = await fixture.events(id);
  expect(events.map(({ type, payload }) => [type, payload.patientId])).toEqual([
    ['device.statusChanged', bob],
    ['device.associationRemoved', ann],
    ['device.associationCreated', bob],
  ]);
});

it('several devices are changed with as many statements as one, and returned in input order', async () => {
  const { ann, bob } = fixture.patients;
  const [kept, taken, given] = [await held(ann), await held(ann), await fixture.freeDevice()];

  const changes = await change([kept.id, taken.id, given.id], (tx, [keptOne, takenOne, givenOne]) =>
    changeDevices(
      tx,
      [
        { device: givenOne!, next: { ...givenOne!, currentStatus: DeviceStatus.WITH_PATIENT, patientId: bob } },
        { device: keptOne!, next: { ...keptOne!, currentStatus: DeviceStatus.LOST } },
        { device: takenOne!, next: { ...takenOne!, currentStatus: DeviceStatus.RETURNING, patientId: null } },
      ],
      CAUSE,
    ),
  );

  expect(sent).toEqual([
    'change_devices',
    'end_associations',
    'begin_associations',
    'insert_status_changes',
    'append_events',
  ]);
  expect(changes).toMatchObject([
    { device: { id: given.id, patientId: bob }, association: { patientId: bob, endedAt: null } },
    { device: { id: kept.id, patientId: ann }, association: null, statusChange: { deviceId: kept.id, status: 'LOST' } },
    {
      device: { id: taken.id, patientId: null },
      association: { patientId: ann, endedAt: changes[2]!.device.updatedAt },
    },
  ]);
});

it('no statement is sent for an empty list or an unchanged holder', async () => {
  const { id } = await held(fixture.patients.ann);

  expect(await change([], (tx) => changeDevices(tx, [], CAUSE))).toEqual([]);
  expect(sent).toEqual([]);
  await change([id], (tx, [device]) =>
    changeDevice(tx, device!, { ...device!, currentStatus: DeviceStatus.LOST }, CAUSE),
  );
  expect(sent).toEqual(['change_devices', 'insert_status_changes', 'append_events']);
});
