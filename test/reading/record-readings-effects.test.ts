import { SAMPLES } from './reading-samples.harness';
import { BRIEF, hoursFromNow, ReadingFixture, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const weightOf = (deviceId: string, takenAt: string): ReadingInput => ({
  deviceId,
  takenAt,
  weight: { value: 180, unit: 'POUND' },
});

/** Stored times of the newest reading of each kind, without kinds that have none. */
async function activityOf(owner: 'device' | 'patient', id: string): Promise<Record<string, unknown>> {
  const [row] = await fixture.sql(`select * from ${owner}_activity where ${owner}_id = $1`, [id]);
  return Object.fromEntries(
    Object.entries(row!)
      .filter(([column, value]) => column.endsWith('_at') && value !== null)
      .map(([column, value]) => [column, value instanceof Date ? value.toISOString() : value]),
  );
}

describe('the time of the newest reading of each kind', () => {
  it('only moves forward, separately for each kind', async () => {
    const patientId = await fixture.devices.patient();
    const { id } = await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' });
    const pulse = (takenAt: string): ReadingInput => ({ deviceId: id, takenAt, heartRate: { value: 60 } });
    const expectBoth = async (activity: Record<string, unknown>) => {
      expect(await activityOf('device', id)).toEqual(activity);
      expect(await activityOf('patient', patientId)).toEqual(activity);
    };
    await expectBoth({ last_reading_at: -Infinity });

    await fixture.record([
      weightOf(id, hoursFromNow(-9)),
      weightOf(id, hoursFromNow(-5)),
      weightOf(id, hoursFromNow(-7)),
    ]);
    await expectBoth({ weight_at: hoursFromNow(-5), last_reading_at: hoursFromNow(-5) });

    await fixture.record([weightOf(id, hoursFromNow(-6)), pulse(hoursFromNow(-8))]);
    await expectBoth({
      weight_at: hoursFromNow(-5),
      heart_rate_at: hoursFromNow(-8),
      last_reading_at: hoursFromNow(-5),
    });

    await fixture.record([weightOf(id, hoursFromNow(-10)), pulse(hoursFromNow(-4))]);
    await expectBoth({
      weight_at: hoursFromNow(-5),
      heart_rate_at: hoursFromNow(-4),
      last_reading_at: hoursFromNow(-4),
    });

    await fixture.record([weightOf(id, hoursFromNow(24))]);
    await expectBoth({
      weight_at: hoursFromNow(0),
      heart_rate_at: hoursFromNow(-4),
      last_reading_at: hoursFromNow(0),
    });
  });

  it('changes only for the device without a holder, and only for the patient without a device', async () => {
    const patientId = await fixture.devices.patient();
    const { id } = await fixture.device();

    await fixture.record([
      weightOf(id, hoursFromNow(-3)),
      { patientId, manual: true, takenAt: hoursFromNow(-2), temperature: { value: 98.6, unit: 'FAHRENHEIT' } },
    ]);

    expect(await activityOf('device', id)).toEqual({ weight_at: hoursFromNow(-3), last_reading_at: hoursFromNow(-3) });
    expect(await activityOf('patient', patientId)).toEqual({
      temperature_at: hoursFromNow(-2),
      last_reading_at: hoursFromNow(-2),
    });
  });

  it('changes for each of two successive holders of a device', async () => {
    const [one, other] = [await fixture.devices.patient(), await fixture.devices.patient()];
    const { id } = await fixture.device(
      { patientId: one, from: hoursFromNow(-48), to: hoursFromNow(-24) },
      { patientId: other, from: hoursFromNow(-24) },
    );

    await fixture.record([-30, -26, -20, -2, -1].map((hours) => weightOf(id, hoursFromNow(hours))));

    expect((await activityOf('patient', one)).weight_at).toBe(hoursFromNow(-26));
    expect((await activityOf('patient', other)).weight_at).toBe(hoursFromNow(-1));
    expect((await activityOf('device', id)).weight_at).toBe(hoursFromNow(-1));
  });
});

it('recording does not change devices, their versions and histories', async () => {
  const { id } = await fixture.heldDevice();
  const {
    reading: _reading,
    device_activity: _ofDevices,
    patient_activity: _ofPatients,
    event: _event,
    ...before
  } = await fixture.written();

  await fixture.record(SAMPLES.map(({ input }) => ({ deviceId: id, takenAt: hoursFromNow(-1), ...input })));

  expect(await fixture.stored(id)).toHaveLength(SAMPLES.length);
  expect(await fixture.written()).toMatchObject(before);
  expect(Object.keys(before)).toEqual(['device', 'device_identifier', 'device_association', 'device_status_change']);
});

describe('the events', () => {
  it.each([
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
    [1000, [100, 100, 100, 100, 100, 100, 100, 100, 100, 100]],
  ])('of %i readings have %j readings, each once', async (count, sizes) => {
    const devices = [await fixture.heldDevice(), await fixture.device(), await fixture.heldDevice()];
    const eventId = await fixture.lastEventId();

    const { results } = await fixture.record(
      Array.from({ length: count }, (_, index) => weightOf(devices[index % 3]!.id, hoursFromNow(-1, -index))),
      { fields: BRIEF },
    );

    const events = await fixture.eventReadings(eventId);
    expect(events.map((readings) => readings.length)).toEqual(sizes);
    const ids = events.flat().map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(results.map(({ reading }) => reading!.databaseId)));
    expect(ids).toHaveLength(count);
  });

  it('have only new readings', async () => {
    const { id } = await fixture.heldDevice();
    await fixture.record([weightOf(id, hoursFromNow(-1))]);
    const eventId = await fixture.lastEventId();

    const { results } = await fixture.record([
      weightOf(id, hoursFromNow(-1)),
      weightOf('99999', hoursFromNow(-1)),
      weightOf(id, hoursFromNow(-2)),
      weightOf(id, hoursFromNow(-2)),
    ]);

    expect(results.map(({ outcome }) => outcome)).toEqual(['DUPLICATE', 'REFUSED', 'RECORDED', 'DUPLICATE']);
    expect(await fixture.eventReadings(eventId)).toMatchObject([[{ id: results[2]!.reading!.databaseId }]]);
  });

  it('have the site of the device and that of the patient, without repeats', async () => {
    const { clinic, office } = fixture.devices.sites;
    const [inOffice, inClinic, nowhere] = [
      await fixture.devices.patient(),
      await fixture.devices.patient(),
      await fixture.devices.patient(),
    ];
    await fixture.sql('update patient set site_id = $2 where id = $1', [inOffice, office]);
    await fixture.sql('update patient set site_id = $2 where id = $1', [inClinic, clinic]);
    const since = '2020-01-01T00:00:00Z';
    const away = await fixture.devices.device({ status: 'WITH_PATIENT', holderId: nowhere });
    const devices = [
      await fixture.device({ patientId: inOffice, from: since }),
      await fixture.device({ patientId: inClinic, from: since }),
      await fixture.device({ patientId: nowhere, from: since }),
      away,
    ];
    const eventId = await fixture.lastEventId();

    await fixture.record(devices.map(({ id }) => weightOf(id, hoursFromNow(-1))));

    const [readings] = await fixture.eventReadings(eventId);
    expect(Object.fromEntries(readings!.map(({ deviceId, siteIds }) => [deviceId, siteIds]))).toEqual({
      [devices[0]!.id]: [clinic, office],
      [devices[1]!.id]: [clinic],
      [devices[2]!.id]: [clinic],
      [away.id]: [],
    });
  });
});
