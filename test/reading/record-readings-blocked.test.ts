import { hoursFromNow, NOW, ReadingFixture, codesOf, type ReadingInput, type Result } from './reading-fixture.harness';
import { whileBlockedBy, Rival } from './reading-rival.harness';

let fixture: ReadingFixture;
let now = NOW;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => now } });
});
afterAll(() => fixture.stop());

const weightOf = (deviceId: string, hours: number, weight = 180): ReadingInput => ({
  deviceId,
  takenAt: hoursFromNow(hours),
  weight: { value: weight, unit: 'POUND' },
});

const disabledAt = (index: number): Result => ({
  outcome: 'REFUSED',
  reading: null,
  userErrors: [
    {
      code: 'READINGS_DISABLED',
      message: 'The device is DECOMMISSIONED, so its readings are refused. Enable its readings first.',
      path: ['input', 'readings', String(index)],
    },
  ],
});

describe('a device that is DECOMMISSIONED', () => {
  it('has its readings refused, while readings of other devices are recorded', async () => {
    const [blocked, other] = [await fixture.heldDevice(), await fixture.heldDevice()];
    await fixture.devices.call('disableDeviceReadings', { deviceId: blocked.id });
    const { ann } = fixture.devices.patients;
    const eventId = await fixture.lastEventId();

    const response = await fixture.record([
      weightOf(blocked.id, -1),
      weightOf(other.id, -1),
      {
        ...weightOf(blocked.id, -2),
        deviceId: undefined,
        deviceIdentifier: blocked.serial,
        patientId: ann,
        manual: true,
      },
      weightOf(blocked.id, -1, 170),
    ]);

    expect(response).toMatchObject({ recorded: 1, duplicates: 0, conflicts: 0, refused: 3 });
    expect([response.results[0], response.results[2], response.results[3]]).toEqual([
      disabledAt(0),
      disabledAt(2),
      disabledAt(3),
    ]);
    expect(await fixture.stored(blocked.id)).toEqual([]);
    expect(await fixture.sql('select last_reading_at from device_activity where device_id = $1', [blocked.id])).toEqual(
      [{ last_reading_at: -Infinity }],
    );
    expect((await fixture.eventReadings(eventId)).flat().map(({ deviceId }) => deviceId)).toEqual([other.id]);
  });

  it('alone in a batch causes no writes, for any role', async () => {
    const { id } = await fixture.devices.device({ status: 'DECOMMISSIONED', siteId: fixture.devices.sites.clinic });

    for (const caller of ['northside', 'ingest', 'operator'] as const) {
      const { results } = await fixture.expectNothingWritten(() =>
        fixture.record([weightOf(id, -1), weightOf(id, -2)], { caller, fields: 'id' }),
      );
      expect(results).toEqual([disabledAt(0), disabledAt(1)]);
    }
  });

  it('gets the errors of rules that are checked first', async () => {
    const { bob } = fixture.devices.patients;
    const { id } = await fixture.heldDevice();
    await fixture.devices.call('disableDeviceReadings', { deviceId: id });

    const response = await fixture.record([weightOf(id, -1, 0), { ...weightOf(id, -1), patientId: bob }]);

    expect(codesOf(response)).toEqual(['INVALID_READING', 'REFERENCE_MISMATCH']);
  });

  it('gets DUPLICATE for its stored readings, and never CONFLICT', async () => {
    const { id } = await fixture.heldDevice();
    const { results: stored } = await fixture.record([weightOf(id, -1), weightOf(id, -2)]);
    await fixture.devices.call('disableDeviceReadings', { deviceId: id });

    const { results } = await fixture.expectNothingWritten(() =>
      fixture.record([weightOf(id, -2), weightOf(id, -1, 170), weightOf(id, -3), weightOf(id, -1)]),
    );

    expect(results).toEqual([
      { outcome: 'DUPLICATE', reading: stored[1]!.reading, userErrors: [] },
      disabledAt(1),
      disabledAt(2),
      { outcome: 'DUPLICATE', reading: stored[0]!.reading, userErrors: [] },
    ]);
  });

  it('records readings again after they are enabled, including those refused before', async () => {
    const { id } = await fixture.heldDevice();
    await fixture.devices.call('disableDeviceReadings', { deviceId: id });
    expect(codesOf(await fixture.record([weightOf(id, -1)]))).toEqual(['READINGS_DISABLED']);
    await fixture.devices.call('enableDeviceReadings', { deviceId: id });

    expect(codesOf(await fixture.record([weightOf(id, -1), weightOf(id, -2)]))).toEqual(['RECORDED', 'RECORDED']);
    expect(await fixture.devices.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 3 });
  });
});

it.each(['AVAILABLE', 'AVAILABLE_AT_SITE', 'IN_TRANSIT', 'RETURNING', 'LOST'] as const)(
  'a device that is %s has its readings recorded',
  async (status) => {
    const { warehouse, clinic } = fixture.devices.sites;
    const where = {
      AVAILABLE: { siteId: warehouse },
      AVAILABLE_AT_SITE: { siteId: clinic },
      IN_TRANSIT: { inOrder: true },
    };
    const { id } = await fixture.devices.device({ status, ...where[status as keyof typeof where] });

    expect(codesOf(await fixture.record([weightOf(id, -1)]))).toEqual(['RECORDED']);
  },
);

describe('a batch that waits for its device sees the device after the change', () => {
  const hold = ({ id }: { id: string }) => `select from device where id = ${id} for update`;

  it('decommissioned', async () => {
    const [device, other] = [await fixture.heldDevice(), await fixture.heldDevice()];
    const change = [
      `update device set current_status = 'DECOMMISSIONED', version = version + 1 where id = ${device.id}`,
    ];

    const response = await whileBlockedBy(fixture, { hold: hold(device), change }, () =>
      fixture.record([weightOf(device.id, -1), weightOf(other.id, -1)]),
    );

    expect(response.results[0]).toEqual(disabledAt(0));
    expect(codesOf(response)).toEqual(['READINGS_DISABLED', 'RECORDED']);
    expect(await fixture.stored(device.id)).toEqual([]);
  });

  it('enabled', async () => {
    const device = await fixture.devices.device({ status: 'DECOMMISSIONED', siteId: fixture.devices.sites.clinic });
    const change = [`update device set current_status = 'AVAILABLE_AT_SITE' where id = ${device.id}`];

    const response = await whileBlockedBy(fixture, { hold: hold(device), change }, () =>
      fixture.record([weightOf(device.id, -1)]),
    );

    expect(codesOf(response)).toEqual(['RECORDED']);
  });

  it('disassociated', async () => {
    const { ann } = fixture.devices.patients;
    const device = await fixture.heldDevice();
    const change = [
      `update device set patient_id = null, current_status = 'AVAILABLE_AT_SITE' where id = ${device.id}`,
      `update device_association set ended_at = '${hoursFromNow(-2)}', ended_by_kind = 'SYSTEM', ended_by_label = 'test'
         where device_id = ${device.id}`,
    ];

    const { results } = await whileBlockedBy(fixture, { hold: hold(device), change }, () =>
      fixture.record([
        weightOf(device.id, -1),
        weightOf(device.id, -3),
        { ...weightOf(device.id, -1.5), patientId: ann },
      ]),
    );

    expect(results).toMatchObject([
      { outcome: 'RECORDED', reading: { attribution: 'UNATTRIBUTED', patient: null } },
      { outcome: 'RECORDED', reading: { attribution: 'ASSOCIATION', patient: { databaseId: ann } } },
      { outcome: 'REFUSED', userErrors: [{ code: 'REFERENCE_MISMATCH' }] },
    ]);
  });

  it('disassociated, also for a reading from the future, which counts at the time of its receipt', async () => {
    const { ann } = fixture.devices.patients;
    const device = await fixture.heldDevice();
    const rival = await Rival.begin(fixture, hold(device));
    const answer = fixture.record([weightOf(device.id, 1), { ...weightOf(device.id, 2), patientId: ann }]);
    await fixture.untilWaiting(1);
    now = new Date(hoursFromNow(0, 2));
    await rival.run(
      `update device set patient_id = null, current_status = 'AVAILABLE_AT_SITE' where id = ${device.id}`,
      `update device_association set ended_at = '${hoursFromNow(0, 1)}', ended_by_kind = 'SYSTEM', ended_by_label = 'test'
         where device_id = ${device.id}`,
    );
    await rival.commit();
    const { results } = await answer;
    now = NOW;

    expect(results).toMatchObject([
      { outcome: 'RECORDED', reading: { attribution: 'UNATTRIBUTED', patient: null, receivedAt: hoursFromNow(0, 2) } },
      { outcome: 'REFUSED', userErrors: [{ code: 'REFERENCE_MISMATCH' }] },
    ]);
  });

  it('associated', async () => {
    const { bob } = fixture.devices.patients;
    const device = await fixture.device();
    const change = [
      `update device set patient_id = ${bob}, current_status = 'WITH_PATIENT' where id = ${device.id}`,
      `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
         values (1, ${device.id}, ${bob}, '${hoursFromNow(-2)}', 'SYSTEM', 'test')`,
    ];

    const { results } = await whileBlockedBy(fixture, { hold: hold(device), change }, () =>
      fixture.record([weightOf(device.id, -1), weightOf(device.id, -3)]),
    );

    expect(results.map(({ reading }) => reading!.patient)).toEqual([{ databaseId: bob }, null]);
  });
});

it.each([
  ['disableDeviceReadings', 'DECOMMISSIONED'],
  ['disassociateDevice', 'AVAILABLE_AT_SITE'],
] as const)('%s waits for a batch that came first', async (operation, status) => {
  const patientId = await fixture.devices.patient();
  const { id } = await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' });
  const rival = await Rival.begin(fixture, `select from patient_activity where patient_id = ${patientId} for update`);

  const recording = fixture.record([weightOf(id, -1)]);
  await fixture.untilWaiting(1);
  const changing = fixture.devices.call(operation, { deviceId: id });
  await fixture.untilWaiting(2);
  expect(await fixture.devices.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 1 });
  await rival.commit();

  expect((await recording).results).toMatchObject([
    { outcome: 'RECORDED', reading: { patient: { databaseId: patientId } } },
  ]);
  expect((await changing).device).toMatchObject({ currentStatus: status, version: 2 });
});
