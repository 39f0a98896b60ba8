import { readPage, walk, type List } from '../support/connections';
import { hoursFromNow, NOW, ReadingFixture, type ReadingInput } from './reading-fixture.harness';
import { readingsOf } from './reading-lists.harness';

const MINUTE = 1 / 60;

/** Hours from NOW at which the gateway receives the next readings. */
let hours = 0;
let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => new Date(NOW.getTime() + hours * 3_600_000) } });
});
beforeEach(() => (hours = 0));
afterAll(() => fixture.stop());

async function held(): Promise<{ deviceId: string; patientId: string }> {
  const patientId = await fixture.devices.patient();
  const { id: deviceId } = await fixture.device({ patientId, from: '2000-01-01T00:00:00Z' });
  return { deviceId, patientId };
}

const pressure = (deviceId: string, systolic: number, at: number, ms = 0): ReadingInput => ({
  deviceId,
  takenAt: hoursFromNow(at, ms),
  bloodPressure: { systolic, diastolic: 81 },
});

async function record(...readings: ReadingInput[]): Promise<string[]> {
  const { results } = await fixture.record(readings);
  expect(results.map(({ outcome }) => outcome)).toEqual(readings.map(() => 'RECORDED'));
  return results.map(({ reading }) => reading!.databaseId);
}

const NEWEST = `query ($device: ID!, $patient: ID!, $after: DateTime!) {
  device(id: $device) { latestReadingAt latestReading { databaseId } pressure: latestReading(kind: BLOOD_PRESSURE) { databaseId }
    readings(first: 1) { nodes { databaseId } } patient { databaseId } }
  patient(id: $patient) { latestReadingAt latestReadings { databaseId } readings(first: 1) { nodes { databaseId } } }
  silent: devices(filter: { silentSince: $after }) { nodes { databaseId } }
}`;

interface Node {
  databaseId: string;
}
interface OfOwner {
  latestReadingAt: string;
  readings: { nodes: Node[] };
}
interface Newest {
  device: OfOwner & { latestReading: Node; pressure: Node };
  patient: OfOwner & { latestReadings: Node[] };
  silent: { nodes: Node[] };
}

/** What every field says is the newest reading, and its time. */
async function newest({ deviceId, patientId }: { deviceId: string; patientId: string }) {
  const { device, patient, silent } = await fixture.app.data<Newest>('northside', NEWEST, {
    device: deviceId,
    patient: patientId,
    after: hoursFromNow(0, 1),
  });
  const found = [
    device.latestReading,
    device.pressure,
    ...device.readings.nodes,
    ...patient.latestReadings,
    ...patient.readings.nodes,
  ];
  expect(found).toHaveLength(5);
  return {
    newest: [...new Set(found.map(({ databaseId }) => databaseId))],
    at: [device.latestReadingAt, patient.latestReadingAt],
    isSilent: silent.nodes.some(({ databaseId }) => databaseId === deviceId),
  };
}

const newestIs = (id: string, at: string, isSilent: boolean) => ({ newest: [id], at: [at, at], isSilent });

it('a reading from the future does not hide those that follow it', async () => {
  const owners = await held();
  const { deviceId } = owners;
  const [future] = await record(pressure(deviceId, 133, 23));
  expect(await newest(owners)).toEqual(newestIs(future!, hoursFromNow(0), true));
  hours = MINUTE;
  const [present] = await record(pressure(deviceId, 199, MINUTE));
  expect(await newest(owners)).toEqual(newestIs(present!, hoursFromNow(MINUTE), false));
  // Sent again: also a day later, when it is no longer in the future.
  for (hours of [1, 23.5]) {
    const { results } = await fixture.record([pressure(deviceId, 133, 23)]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['DUPLICATE']);
    expect(await newest(owners)).toEqual(newestIs(present!, hoursFromNow(MINUTE), false));
  }
});

it('of a reading from the future and one of the present that arrive together, the present one is newer', async () => {
  const owners = await held();
  const [, present] = await record(pressure(owners.deviceId, 133, 23), pressure(owners.deviceId, 199, 0));
  expect(await newest(owners)).toEqual(newestIs(present!, hoursFromNow(0), true));
});

it('says so when it is more than ten minutes ahead, also in the filter', async () => {
  const { deviceId, patientId } = await held();
  const ids = await record(
    pressure(deviceId, 130, -5),
    pressure(deviceId, 131, 0),
    pressure(deviceId, 132, 10 * MINUTE),
    pressure(deviceId, 133, 10 * MINUTE, 1),
    pressure(deviceId, 134, 24),
  );
  const ofFilter = async (clockAhead: boolean) => {
    const lists = [readingsOf('Device', deviceId, { clockAhead }), readingsOf('Patient', patientId, { clockAhead })];
    const pages = await Promise.all(lists.map((list) => walk(fixture.app, list, 2)));
    expect(pages[0]).toEqual(pages[1]);
    return pages[0];
  };
  expect(await ofFilter(true)).toEqual([ids[4], ids[3]]);
  expect(await ofFilter(false)).toEqual([ids[1], ids[2], ids[0]]);
  const { device } = await fixture.app.data<{
    device: { readings: { nodes: { databaseId: string; clockAhead: boolean }[] } };
  }>('northside', `{ device(id: ${deviceId}) { readings(first: 9) { nodes { databaseId clockAhead } } } }`);
  expect(device.readings.nodes.map(({ databaseId, clockAhead }) => [databaseId, clockAhead])).toEqual([
    [ids[1], false],
    [ids[4], true],
    [ids[3], true],
    [ids[2], false],
    [ids[0], false],
  ]);
});

/** Pages of these sizes, from either end and in both directions. */
async function expectPages(list: List, ids: readonly string[], sizes: readonly number[]): Promise<void> {
  const reversed = [...ids].reverse();
  const ascending = { ...list, sort: { field: 'TAKEN_AT', direction: 'ASC' as const } };
  for (const size of sizes) {
    expect(await walk(fixture.app, list, size)).toEqual(ids);
    expect(await walk(fixture.app, list, size, true)).toEqual(ids);
    expect(await walk(fixture.app, ascending, size)).toEqual(reversed);
    expect(await walk(fixture.app, ascending, size, true)).toEqual(reversed);
  }
}

it.each([
  ['now', 0],
  ['in months that have no partition yet', 50_000],
])('many readings from the future do not hide those that follow them: %s', async (_when, from) => {
  const { deviceId, patientId } = await held();
  const pulse = (at: number) => ({ deviceId, takenAt: hoursFromNow(at), heartRate: { value: 60 } });
  hours = 0;
  const ids = (await record(pulse(0.1), pulse(0))).reverse();
  hours = from + 1;
  ids.unshift(...(await record(pulse(from + 21), pulse(from + 22), pulse(from + 23), pulse(from + 24))).reverse());
  for (const at of [2, 3, 4]) {
    hours = from + at;
    ids.unshift(...(await record(pulse(hours))));
  }
  for (const list of [readingsOf('Device', deviceId), readingsOf('Patient', patientId)])
    await expectPages(list, ids, [1, 2, 3, 5, 100]);
  const all: List = { caller: 'northside', parent: 'Query', field: 'readings', isCounted: false };
  const { nodes } = await readPage(fixture.app, { ...all, filter: { kinds: ['HEART_RATE'] } }, { first: 5 });
  expect(nodes.map(({ databaseId }) => databaseId)).toEqual(ids.slice(0, 5));
  // A device whose clock is right.
  const { deviceId: other } = await held();
  const rightly: string[] = [];
  for (hours of [0, from + 1]) rightly.unshift(...(await record({ ...pulse(hours), deviceId: other })));
  await expectPages(readingsOf('Device', other), rightly, [1, 100]);
});

it('pages are sorted by the earlier time from either end, in both directions, between any two cursors', async () => {
  const { deviceId, patientId } = await held();
  const expected: { id: string; at: number; ahead: boolean }[] = [];
  // Over two months and their ends. A third of the readings is ahead, by a minute to a day.
  for (let n = 0; n < 60; n += 1) {
    hours = -1_500 + n * 29;
    const ahead = n % 3 === 0 ? [MINUTE, 5, 24, 13][(n / 3) % 4]! : -(n % 5) * 31;
    const [id] = await record(pressure(deviceId, 100 + n, hours + ahead));
    expected.push({ id: id!, at: hours + Math.min(ahead, 0), ahead: ahead > 0 });
  }
  expected.sort((one, other) => other.at - one.at || Number(one.ahead) - Number(other.ahead));
  const ids = expected.map(({ id }) => id);
  for (const list of [readingsOf('Device', deviceId), readingsOf('Patient', patientId)]) {
    await expectPages(list, ids, [5, 100]);
    const { edges } = await readPage(fixture.app, list, { first: 100 });
    for (const [from, to] of [[0, 59], [10, 14], [29, 50]] as const) {
      const between = { after: edges[from]!.cursor, before: edges[to]!.cursor };
      for (const page of [{ first: 3 }, { last: 3 }]) {
        const { nodes } = await readPage(fixture.app, list, { ...page, ...between });
        const rest = ids.slice(from + 1, to);
        expect(nodes.map(({ databaseId }) => databaseId)).toEqual('first' in page ? rest.slice(0, 3) : rest.slice(-3));
      }
    }
  }
}); // prettier-ignore

it('a chart counts a reading in the bucket of the earlier time', async () => {
  const { deviceId, patientId } = await held();
  await record(pressure(deviceId, 133, 23), pressure(deviceId, 120, -3), pressure(deviceId, 125, 2 * MINUTE));
  const trend = async (from: number, to: number, filter = '') => {
    const { patient } = await fixture.app.data<{ patient: { readingTrend: object[] } }>(
      'northside',
      `{ patient(id: ${patientId}) { readingTrend(kind: BLOOD_PRESSURE, bucket: HOUR, ${filter}
           period: { from: "${hoursFromNow(from)}", to: "${hoursFromNow(to)}" }) { startsAt count } } }`,
    );
    return patient.readingTrend;
  };
  const [before, now] = [
    { startsAt: hoursFromNow(-3), count: 1 },
    { startsAt: hoursFromNow(0), count: 2 },
  ];
  expect(await trend(-24, 24)).toEqual([before, now]);
  expect(await trend(-1, 1)).toEqual([now]);
  expect(await trend(1, 24)).toEqual([]);
  expect(await trend(-24, 24, 'filter: { clockAhead: false }')).toEqual([before, { ...now, count: 1 }]);
});

it('belongs to the holder at the earlier time, also after the device was taken back', async () => {
  const { deviceId, patientId } = await held();
  const [future] = await record(pressure(deviceId, 133, 23));
  await fixture.devices.call('disassociateDevice', { deviceId, siteId: fixture.devices.sites.clinic });
  const next = await fixture.devices.patient();
  await fixture.devices.call('associateDevice', { deviceId, patientId: next });
  // The fixture's operations have the time of the database. The device changed hands two hours after NOW.
  await fixture.sql('update device_association set ended_at = $2 where device_id = $1 and ended_at is not null', [deviceId, hoursFromNow(2)]); // prettier-ignore
  await fixture.sql('update device_association set started_at = $2 where device_id = $1 and ended_at is null', [deviceId, hoursFromNow(2)]); // prettier-ignore
  const { device } = await fixture.app.data<{ device: { readings: { nodes: object[] } } }>(
    'northside',
    `{ device(id: ${deviceId}) { readings(first: 1) { nodes { databaseId association { patient { databaseId } endedAt } } } } }`,
  );
  expect(device.readings.nodes).toEqual([
    { databaseId: future, association: { patient: { databaseId: patientId }, endedAt: hoursFromNow(2) } },
  ]);
  // Received an hour before the change of hands, by a clock that says it is after it.
  hours = 1;
  const { results } = await fixture.record([pressure(deviceId, 134, 3), { ...pressure(deviceId, 135, 4), patientId }]);
  expect(results.map(({ reading }) => (reading!.patient as { databaseId: string }).databaseId)).toEqual([
    patientId,
    patientId,
  ]);
});
