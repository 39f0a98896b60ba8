import { namesOf } from '../support/statement-names';
import type { CallerName } from '../support/test-app';
import { newestFirst, recordAll, recordShuffled, type ListedReading } from './reading-lists.harness';
import { effectiveAtNow, hoursFromNow, ReadingFixture } from './reading-fixture.harness';
import { SAMPLES } from './reading-samples.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const KINDS = SAMPLES.map(({ kind }) => kind);
const SINCE = '2000-01-01T00:00:00Z';
const MOVED = '2026-03-01T00:00:00.000Z';

interface Latest {
  latestReadingAt: string | null;
  latest: string[];
}

/** Latest readings of a patient: time of the newest, and ids by kind. */
async function ofPatient(id: string, caller: CallerName = 'northside'): Promise<Latest> {
  const { patient } = await fixture.app.data<{
    patient: { latestReadingAt: string | null; latestReadings: { kind: string; databaseId: string }[] };
  }>(caller, '($id: ID!) { patient(id: $id) { latestReadingAt latestReadings { kind databaseId } } }'.replace(/^/, 'query '), { id }); // prettier-ignore
  const kinds = patient.latestReadings.map(({ kind }) => kind);
  expect(kinds).toEqual(KINDS.filter((kind) => kinds.includes(kind)));
  return {
    latestReadingAt: patient.latestReadingAt,
    latest: patient.latestReadings.map(({ databaseId }) => databaseId),
  };
}

/** Latest readings of a device: the newest of any kind, then by kind. */
async function ofDevice(id: string, caller: CallerName = 'northside'): Promise<Latest & { newest: string | null }> {
  const fields = KINDS.map((kind) => `${kind}: latestReading(kind: ${kind}) { databaseId kind }`);
  const { device } = await fixture.app.data<{
    device: Record<string, { databaseId: string; kind: string } | null> & { latestReadingAt: string | null };
  }>(caller, `query ($id: ID!) { device(id: $id) { latestReadingAt newest: latestReading { databaseId } ${fields.join(' ')} } }`, { id }); // prettier-ignore
  const ofKinds = KINDS.map((kind) => device[kind] ?? null);
  ofKinds.forEach((reading, index) => expect(reading?.kind ?? KINDS[index]).toBe(KINDS[index]));
  return {
    latestReadingAt: device.latestReadingAt,
    newest: device.newest?.databaseId ?? null,
    latest: ofKinds.flatMap((reading) => (reading ? [reading.databaseId] : [])),
  };
}

/** The expected values. */
function latestOf(readings: readonly ListedReading[]): Latest & { newest: string | null } {
  const [newest = null] = newestFirst(readings);
  const taken = readings.find(({ id }) => id === newest)?.takenAt;
  return {
    latestReadingAt: taken === undefined ? null : effectiveAtNow(taken),
    newest,
    latest: KINDS.flatMap((kind) => newestFirst(readings.filter((reading) => reading.kind === kind)).slice(0, 1)),
  };
}

async function expectLatest(readings: readonly ListedReading[], devices: string[], patients: string[]): Promise<void> {
  for (const id of devices)
    expect(await ofDevice(id)).toEqual(latestOf(readings.filter(({ deviceId }) => deviceId === id)));
  for (const id of patients) {
    const { newest: _newest, ...latest } = latestOf(readings.filter(({ patientId }) => patientId === id));
    expect(await ofPatient(id)).toEqual(latest);
  }
}

async function held(): Promise<{ deviceId: string; patientId: string }> {
  const patientId = await fixture.devices.patient();
  const { id: deviceId } = await fixture.device({ patientId, from: SINCE });
  return { deviceId, patientId };
}

it('is null or empty for a device and a patient without readings, including new ones', async () => {
  const { deviceId, patientId } = await held();
  await expectLatest([], [deviceId], [patientId]);
  const { device } = await fixture.devices.call(
    'registerDevice',
    {
      customerId: 1,
      itemId: fixture.devices.itemId,
      siteId: fixture.devices.sites.clinic,
      identifiers: [{ type: 'SERIAL', value: 'NEW-1' }],
    },
    'operator',
  );
  const { createPatient } = await fixture.app.data<{ createPatient: { patient: { databaseId: string } } }>(
    'northside',
    `mutation { createPatient(input: { firstName: "A", lastName: "Patient" }) { patient { databaseId } } }`,
  );
  await expectLatest([], [device!.databaseId], [createPatient.patient.databaseId]);
});

it('is the newest of each kind, in the order of kinds', async () => {
  const { deviceId, patientId } = await held();
  const drafts = KINDS.flatMap((kind, index) =>
    [index, index + 30, 9_000 + index].map((hours) => ({ kind, takenAt: hoursFromNow(-hours), deviceId, patientId, manual: false })),
  ); // prettier-ignore
  await expectLatest(await recordShuffled(fixture, drafts), [deviceId], [patientId]);
});

it('does not change when older readings arrive late, except for kinds that were missing', async () => {
  const { deviceId, patientId } = await held();
  const one = { deviceId, patientId, manual: false };
  const readings = await recordAll(fixture, [{ ...one, kind: 'WEIGHT', takenAt: hoursFromNow(-1) }]);
  for (const late of [
    { kind: 'WEIGHT', takenAt: hoursFromNow(-1, -1) },
    { kind: 'WEIGHT', takenAt: hoursFromNow(-24 * 200) },
    { kind: 'TEMPERATURE', takenAt: '2001-01-01T00:00:00.000Z' },
    { kind: 'PEAK_FLOW', takenAt: '2025-01-01T00:00:00.000Z' },
    { kind: 'WEIGHT', takenAt: hoursFromNow(-1, 1) },
    { kind: 'TEMPERATURE', takenAt: hoursFromNow(24) },
  ]) {
    readings.push(...(await recordAll(fixture, [{ ...one, ...late }])));
    await expectLatest(readings, [deviceId], [patientId]);
  }
});

it('is the first in the list of several readings of the same instant', async () => {
  const { deviceId, patientId } = await held();
  const other = (await fixture.device({ patientId, from: SINCE })).id;
  const takenAt = hoursFromNow(-2);
  const readings: ListedReading[] = [];
  for (const [subject, kind] of [
    [deviceId, 'WEIGHT'],
    [other, 'WEIGHT'],
    [deviceId, 'BLOOD_OXYGEN'],
    [null, 'WEIGHT'],
    [other, 'BLOOD_GLUCOSE'],
    [deviceId, 'BLOOD_PRESSURE'],
    [deviceId, 'PEAK_FLOW'],
  ] as const) {
    readings.push(
      ...(await recordAll(fixture, [{ deviceId: subject, patientId, takenAt, kind, manual: subject === null }])),
    );
    await expectLatest(readings, [deviceId, other], [patientId]);
  }
});

it('of a device with several holders is separate for the device and each patient', async () => {
  const [first, second] = [await fixture.devices.patient(), await fixture.devices.patient()];
  const { id: deviceId } = await fixture.device(
    { patientId: first, from: SINCE, to: '2026-02-01T00:00:00.000Z' },
    { patientId: second, from: MOVED },
  );
  const one = { deviceId, kind: 'WEIGHT', manual: false };
  const readings: ListedReading[] = [];
  for (const [takenAt, patientId] of [
    [MOVED, second],
    ['2026-02-01T00:00:00.000Z', null], // between the two, and later than anything of the first
    ['2026-01-31T23:59:59.999Z', first],
    [hoursFromNow(-1), second],
    ['2026-01-15T00:00:00.000Z', first],
  ] as const) {
    readings.push(...(await recordAll(fixture, [{ ...one, takenAt, patientId }])));
    await expectLatest(readings, [deviceId], [first, second]);
  }
  const [gap] = await recordAll(fixture, [{ ...one, takenAt: '2026-02-10T00:00:00.000Z', patientId: null }]);
  await expectLatest([...readings, gap!], [deviceId], [first, second]);
});

it('equals that of a simple model for any order of arrival', async () => {
  const owners = [await held(), await held(), await held()];
  const patients = owners.map(({ patientId }) => patientId);
  // Pseudo-random (Park and Miller): a device or a patient (manual), one of 40 instants over three years, and a kind.
  let seed = 20_260_615;
  const draw = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const drafts = new Map<string, Omit<ListedReading, 'id'>>();
  for (let n = 0; n < 300; n += 1) {
    const { deviceId, patientId } = owners[draw(owners.length)]!;
    const byHand = draw(4) === 0;
    const draft = { patientId, deviceId: byHand ? null : deviceId, manual: byHand, takenAt: hoursFromNow(-657 * draw(40)), kind: KINDS[draw(7)]! }; // prettier-ignore
    drafts.set(JSON.stringify(draft), draft);
  }
  expect(drafts.size).toBeGreaterThan(150);
  const readings: ListedReading[] = [];
  const all = [...drafts.values()];
  for (let from = 0; from < all.length; from += 40) {
    readings.push(...(await recordAll(fixture, all.slice(from, from + 40))));
    await expectLatest(readings, owners.map(({ deviceId }) => deviceId), patients); // prettier-ignore
  }
});

describe('of many parents', () => {
  it('takes one statement for all kinds, and one for the times', async () => {
    const fields = `latestReading { databaseId } w: latestReading(kind: WEIGHT) { databaseId } t: latestReading(kind: TEMPERATURE) { id }`;
    const query = `{ devices(first: 50) { nodes { ${fields} latestReadingAt } } patients(first: 50) { nodes { latestReadings { id } latestReadingAt } } }`;
    const sent = await fixture.app.statementsOf(() => fixture.app.data('northside', query));
    expect(namesOf(sent)).toEqual([
      'devices',
      'last_reading_by_device',
      'last_reading_by_patient',
      'latest_readings_by_device',
      'latest_readings_by_patient',
      'patients',
    ]);
  });

  it('is separate for each customer, also for operators', async () => {
    const { customers, patients, sites } = fixture.devices;
    const { id: deviceId } = await fixture.devices.device({
      customerId: customers.lakeview,
      status: 'WITH_PATIENT',
      holderId: patients.lakeview,
      siteId: sites.lakeview,
    });
    await fixture.sql('update device_association set started_at = $2 where device_id = $1', [deviceId, SINCE]);
    const own = await held();
    const one = { kind: 'WEIGHT', manual: false };
    const [mine] = await recordAll(fixture, [{ ...one, ...own, takenAt: hoursFromNow(-3) }]);
    const foreign = { ...one, deviceId, patientId: patients.lakeview };
    const [theirs] = await recordAll(fixture, [{ ...foreign, takenAt: hoursFromNow(-2) }], 'lakeview');
    const query = (caller: CallerName) =>
      fixture.app.data<Record<string, { latestReading: { databaseId: string } } | null>>(
        caller,
        `{ a: device(id: ${own.deviceId}) { latestReading { databaseId } } b: device(id: ${deviceId}) { latestReading { databaseId } } }`,
      );
    const [a, b] = [{ latestReading: { databaseId: mine!.id } }, { latestReading: { databaseId: theirs!.id } }];
    expect(await query('northside')).toEqual({ a, b: null });
    expect(await query('lakeview')).toEqual({ a: null, b });
    expect(await query('operator')).toEqual({ a, b });
    expect((await ofPatient(patients.lakeview, 'operator')).latest).toEqual([theirs!.id]);
    expect((await ofDevice(deviceId, 'lakeview')).newest).toBe(theirs!.id);
  });
});
