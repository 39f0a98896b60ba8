import { hoursFromNow, ReadingProgramme, codesOf, type ReadingInput, type Result } from './reading-programme.harness';
import { behind, Rival } from './reading-rival.harness';

let programme: ReadingProgramme;
beforeAll(async () => {
  programme = await ReadingProgramme.start();
});
afterAll(() => programme.stop());

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
  it('has its readings refused, those of others are recorded', async () => {
    const [blocked, other] = [await programme.heldDevice(), await programme.heldDevice()];
    await programme.devices.call('disableDeviceReadings', { deviceId: blocked.id });
    const { ann } = programme.devices.patients;
    const eventId = await programme.lastEventId();

    const answer = await programme.record([
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

    expect(answer).toMatchObject({ recorded: 1, duplicates: 0, conflicts: 0, refused: 3 });
    expect([answer.results[0], answer.results[2], answer.results[3]]).toEqual([
      disabledAt(0),
      disabledAt(2),
      disabledAt(3),
    ]);
    expect(await programme.stored(blocked.id)).toEqual([]);
    expect(
      await programme.sql('select last_reading_at from device_activity where device_id = $1', [blocked.id]),
    ).toEqual([{ last_reading_at: -Infinity }]);
    expect((await programme.told(eventId)).flat().map(({ deviceId }) => deviceId)).toEqual([other.id]);
  });

  it('alone in a batch leads to nothing written, whoever sends it', async () => {
    const { id } = await programme.devices.device({ status: 'DECOMMISSIONED', siteId: programme.devices.sites.clinic });

    for (const caller of ['northside', 'ingest', 'operator'] as const) {
      const { results } = await programme.expectNothingWritten(() =>
        programme.record([weightOf(id, -1), weightOf(id, -2)], { caller, fields: 'id' }),
      );
      expect(results).toEqual([disabledAt(0), disabledAt(1)]);
    }
  });

  it('is told the rules that come first', async () => {
    const { bob } = programme.devices.patients;
    const { id } = await programme.heldDevice();
    await programme.devices.call('disableDeviceReadings', { deviceId: id });

    const answer = await programme.record([weightOf(id, -1, 0), { ...weightOf(id, -1), patientId: bob }]);

    expect(codesOf(answer)).toEqual(['INVALID_READING', 'REFERENCE_MISMATCH']);
  });

  it('has its stored readings as duplicates, and no conflicts', async () => {
    const { id } = await programme.heldDevice();
    const { results: stored } = await programme.record([weightOf(id, -1), weightOf(id, -2)]);
    await programme.devices.call('disableDeviceReadings', { deviceId: id });

    const { results } = await programme.expectNothingWritten(() =>
      programme.record([weightOf(id, -2), weightOf(id, -1, 170), weightOf(id, -3), weightOf(id, -1)]),
    );

    expect(results).toEqual([
      { outcome: 'DUPLICATE', reading: stored[1]!.reading, userErrors: [] },
      disabledAt(1),
      disabledAt(2),
      { outcome: 'DUPLICATE', reading: stored[0]!.reading, userErrors: [] },
    ]);
  });

  it('records again when its readings are enabled, also those that were refused', async () => {
    const { id } = await programme.heldDevice();
    await programme.devices.call('disableDeviceReadings', { deviceId: id });
    expect(codesOf(await programme.record([weightOf(id, -1)]))).toEqual(['READINGS_DISABLED']);
    await programme.devices.call('enableDeviceReadings', { deviceId: id });

    expect(codesOf(await programme.record([weightOf(id, -1), weightOf(id, -2)]))).toEqual(['RECORDED', 'RECORDED']);
    expect(await programme.devices.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 3 });
  });
});

it.each(['AVAILABLE', 'AVAILABLE_AT_SITE', 'IN_TRANSIT', 'RETURNING', 'LOST'] as const)(
  'a device that is %s has its readings recorded',
  async (status) => {
    const { warehouse, clinic } = programme.devices.sites;
    const where = {
      AVAILABLE: { siteId: warehouse },
      AVAILABLE_AT_SITE: { siteId: clinic },
      IN_TRANSIT: { inOrder: true },
    };
    const { id } = await programme.devices.device({ status, ...where[status as keyof typeof where] });

    expect(codesOf(await programme.record([weightOf(id, -1)]))).toEqual(['RECORDED']);
  },
);

describe('a batch that waits for its device sees what has become of it', () => {
  const hold = ({ id }: { id: string }) => `select from device where id = ${id} for update`;

  it('decommissioned', async () => {
    const [device, other] = [await programme.heldDevice(), await programme.heldDevice()];
    const change = [
      `update device set current_status = 'DECOMMISSIONED', version = version + 1 where id = ${device.id}`,
    ];

    const answer = await behind(programme, { hold: hold(device), change }, () =>
      programme.record([weightOf(device.id, -1), weightOf(other.id, -1)]),
    );

    expect(answer.results[0]).toEqual(disabledAt(0));
    expect(codesOf(answer)).toEqual(['READINGS_DISABLED', 'RECORDED']);
    expect(await programme.stored(device.id)).toEqual([]);
  });

  it('enabled', async () => {
    const device = await programme.devices.device({ status: 'DECOMMISSIONED', siteId: programme.devices.sites.clinic });
    const change = [`update device set current_status = 'AVAILABLE_AT_SITE' where id = ${device.id}`];

    const answer = await behind(programme, { hold: hold(device), change }, () =>
      programme.record([weightOf(device.id, -1)]),
    );

    expect(codesOf(answer)).toEqual(['RECORDED']);
  });

  it('disassociated', async () => {
    const { ann } = programme.devices.patients;
    const device = await programme.heldDevice();
    const change = [
      `update device set patient_id = null, current_status = 'AVAILABLE_AT_SITE' where id = ${device.id}`,
      `update device_association set ended_at = '${hoursFromNow(-2)}', ended_by_kind = 'SYSTEM', ended_by_label = 'test'
         where device_id = ${device.id}`,
    ];

    const { results } = await behind(programme, { hold: hold(device), change }, () =>
      programme.record([
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

  it('associated', async () => {
    const { bob } = programme.devices.patients;
    const device = await programme.device();
    const change = [
      `update device set patient_id = ${bob}, current_status = 'WITH_PATIENT' where id = ${device.id}`,
      `insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
         values (1, ${device.id}, ${bob}, '${hoursFromNow(-2)}', 'SYSTEM', 'test')`,
    ];

    const { results } = await behind(programme, { hold: hold(device), change }, () =>
      programme.record([weightOf(device.id, -1), weightOf(device.id, -3)]),
    );

    expect(results.map(({ reading }) => reading!.patient)).toEqual([{ databaseId: bob }, null]);
  });
});

it.each([
  ['disableDeviceReadings', 'DECOMMISSIONED'],
  ['disassociateDevice', 'AVAILABLE_AT_SITE'],
] as const)('%s waits for a batch that came first', async (operation, status) => {
  const patientId = await programme.devices.patient();
  const { id } = await programme.device({ patientId, from: '2020-01-01T00:00:00Z' });
  const rival = await Rival.begin(programme, `select from patient_activity where patient_id = ${patientId} for update`);

  const recording = programme.record([weightOf(id, -1)]);
  await programme.untilWaiting(1);
  const changing = programme.devices.call(operation, { deviceId: id });
  await programme.untilWaiting(2);
  expect(await programme.devices.row(id)).toMatchObject({ status: 'WITH_PATIENT', version: 1 });
  await rival.commit();

  expect((await recording).results).toMatchObject([
    { outcome: 'RECORDED', reading: { patient: { databaseId: patientId } } },
  ]);
  expect((await changing).device).toMatchObject({ currentStatus: status, version: 2 });
});
