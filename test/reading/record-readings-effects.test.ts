import { SAMPLES } from './reading-samples.harness';
import { BRIEF, hoursFromNow, ReadingProgramme, type ReadingInput } from './reading-programme.harness';

let programme: ReadingProgramme;
beforeAll(async () => {
  programme = await ReadingProgramme.start();
});
afterAll(() => programme.stop());

const weightOf = (deviceId: string, takenAt: string): ReadingInput => ({
  deviceId,
  takenAt,
  weight: { value: 180, unit: 'POUND' },
});

/** When the last reading of each kind was taken, as it is noted; what there was none of is left out. */
async function activityOf(owner: 'device' | 'patient', id: string): Promise<Record<string, unknown>> {
  const [row] = await programme.sql(`select * from ${owner}_activity where ${owner}_id = $1`, [id]);
  return Object.fromEntries(
    Object.entries(row!)
      .filter(([column, value]) => column.endsWith('_at') && value !== null)
      .map(([column, value]) => [column, value instanceof Date ? value.toISOString() : value]),
  );
}

describe('the last reading of each kind', () => {
  it('moves forward only, each kind for itself', async () => {
    const patientId = await programme.devices.patient();
    const { id } = await programme.device({ patientId, from: '2020-01-01T00:00:00Z' });
    const pulse = (takenAt: string): ReadingInput => ({ deviceId: id, takenAt, heartRate: { value: 60 } });
    const expectBoth = async (activity: Record<string, unknown>) => {
      expect(await activityOf('device', id)).toEqual(activity);
      expect(await activityOf('patient', patientId)).toEqual(activity);
    };
    await expectBoth({ last_reading_at: -Infinity });

    await programme.record([
      weightOf(id, hoursFromNow(-9)),
      weightOf(id, hoursFromNow(-5)),
      weightOf(id, hoursFromNow(-7)),
    ]);
    await expectBoth({ weight_at: hoursFromNow(-5), last_reading_at: hoursFromNow(-5) });

    await programme.record([weightOf(id, hoursFromNow(-6)), pulse(hoursFromNow(-8))]);
    await expectBoth({
      weight_at: hoursFromNow(-5),
      heart_rate_at: hoursFromNow(-8),
      last_reading_at: hoursFromNow(-5),
    });

    await programme.record([weightOf(id, hoursFromNow(-10)), pulse(hoursFromNow(-4))]);
    await expectBoth({
      weight_at: hoursFromNow(-5),
      heart_rate_at: hoursFromNow(-4),
      last_reading_at: hoursFromNow(-4),
    });

    await programme.record([weightOf(id, hoursFromNow(24))]);
    await expectBoth({
      weight_at: hoursFromNow(24),
      heart_rate_at: hoursFromNow(-4),
      last_reading_at: hoursFromNow(24),
    });
  });

  it('is that of the device when nobody had it, and that of the patient when there was no device', async () => {
    const patientId = await programme.devices.patient();
    const { id } = await programme.device();

    await programme.record([
      weightOf(id, hoursFromNow(-3)),
      { patientId, manual: true, takenAt: hoursFromNow(-2), temperature: { value: 98.6, unit: 'FAHRENHEIT' } },
    ]);

    expect(await activityOf('device', id)).toEqual({ weight_at: hoursFromNow(-3), last_reading_at: hoursFromNow(-3) });
    expect(await activityOf('patient', patientId)).toEqual({
      temperature_at: hoursFromNow(-2),
      last_reading_at: hoursFromNow(-2),
    });
  });

  it('goes to each of two patients who had the device one after the other', async () => {
    const [one, other] = [await programme.devices.patient(), await programme.devices.patient()];
    const { id } = await programme.device(
      { patientId: one, from: hoursFromNow(-48), to: hoursFromNow(-24) },
      { patientId: other, from: hoursFromNow(-24) },
    );

    await programme.record([-30, -26, -20, -2, -1].map((hours) => weightOf(id, hoursFromNow(hours))));

    expect((await activityOf('patient', one)).weight_at).toBe(hoursFromNow(-26));
    expect((await activityOf('patient', other)).weight_at).toBe(hoursFromNow(-1));
    expect((await activityOf('device', id)).weight_at).toBe(hoursFromNow(-1));
  });
});

it('leaves devices, their versions and histories alone', async () => {
  const { id } = await programme.heldDevice();
  const {
    reading: _reading,
    device_activity: _ofDevices,
    patient_activity: _ofPatients,
    event: _event,
    ...before
  } = await programme.written();

  await programme.record(SAMPLES.map(({ input }) => ({ deviceId: id, takenAt: hoursFromNow(-1), ...input })));

  expect(await programme.stored(id)).toHaveLength(SAMPLES.length);
  expect(await programme.written()).toMatchObject(before);
  expect(Object.keys(before)).toEqual(['device', 'device_identifier', 'device_association', 'device_status_change']);
});

describe('the events', () => {
  it.each([
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
    [1000, [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]],
  ])('of %i readings tell of %j, each once', async (count, sizes) => {
    const devices = [await programme.heldDevice(), await programme.device(), await programme.heldDevice()];
    const eventId = await programme.lastEventId();

    const { results } = await programme.record(
      Array.from({ length: count }, (_, index) => weightOf(devices[index % 3]!.id, hoursFromNow(-1, -index))),
      { fields: BRIEF },
    );

    const told = await programme.told(eventId);
    expect(told.map((readings) => readings.length)).toEqual(sizes);
    const ids = told.flat().map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(results.map(({ reading }) => reading!.databaseId)));
    expect(ids).toHaveLength(count);
  });

  it('tell of what is new alone', async () => {
    const { id } = await programme.heldDevice();
    await programme.record([weightOf(id, hoursFromNow(-1))]);
    const eventId = await programme.lastEventId();

    const { results } = await programme.record([
      weightOf(id, hoursFromNow(-1)),
      weightOf('99999', hoursFromNow(-1)),
      weightOf(id, hoursFromNow(-2)),
      weightOf(id, hoursFromNow(-2)),
    ]);

    expect(results.map(({ outcome }) => outcome)).toEqual(['DUPLICATE', 'REFUSED', 'RECORDED', 'DUPLICATE']);
    expect(await programme.told(eventId)).toMatchObject([[{ id: results[2]!.reading!.databaseId }]]);
  });

  it("name the device's site and the patient's, each once", async () => {
    const { clinic, office } = programme.devices.sites;
    const [inOffice, inClinic, nowhere] = [
      await programme.devices.patient(),
      await programme.devices.patient(),
      await programme.devices.patient(),
    ];
    await programme.sql('update patient set site_id = $2 where id = $1', [inOffice, office]);
    await programme.sql('update patient set site_id = $2 where id = $1', [inClinic, clinic]);
    const since = '2020-01-01T00:00:00Z';
    const away = await programme.devices.device({ status: 'WITH_PATIENT', holderId: nowhere });
    const devices = [
      await programme.device({ patientId: inOffice, from: since }),
      await programme.device({ patientId: inClinic, from: since }),
      await programme.device({ patientId: nowhere, from: since }),
      away,
    ];
    const eventId = await programme.lastEventId();

    await programme.record(devices.map(({ id }) => weightOf(id, hoursFromNow(-1))));

    const [readings] = await programme.told(eventId);
    expect(Object.fromEntries(readings!.map(({ deviceId, siteIds }) => [deviceId, siteIds]))).toEqual({
      [devices[0]!.id]: [clinic, office],
      [devices[1]!.id]: [clinic],
      [devices[2]!.id]: [clinic],
      [away.id]: [],
    });
  });
});
