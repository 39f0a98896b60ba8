import { walk } from '../support/connections';
import { hoursFromNow, outcomesOf, ReadingFixture, type ReadingInput } from './reading-fixture.harness';
import { readingsOf } from './reading-lists.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const MINUTE = hoursFromNow(-3);

const pressure = (deviceId: string, systolic: number, sourceId?: string | null): ReadingInput => ({
  deviceId,
  takenAt: MINUTE,
  bloodPressure: { systolic, diastolic: 81 },
  ...(sourceId !== undefined && { sourceId }),
});

it('several measurements of one minute are all recorded, each once', async () => {
  const { id, patientId } = { ...(await fixture.heldDevice()), patientId: fixture.devices.patients.ann };
  const three = [pressure(id, 128, '9'), pressure(id, 124, '10'), pressure(id, 122, '11')];
  const { results } = await fixture.record(three);
  expect(results.map(({ outcome, reading }) => [outcome, reading?.systolic, reading?.sourceId])).toEqual([
    ['RECORDED', 128, '9'],
    ['RECORDED', 124, '10'],
    ['RECORDED', 122, '11'],
  ]);
  const again = await fixture.expectNothingWritten(() => fixture.record([...three].reverse()));
  expect(again.results).toEqual(results.map((one) => ({ ...one, outcome: 'DUPLICATE' })).reverse());

  // The tenth is after the ninth, although its text is not.
  const ids = results.map(({ reading }) => reading!.databaseId).reverse();
  expect(await walk(fixture.app, readingsOf('Device', id), 2)).toEqual(ids);
  const { device, patient } = await fixture.app.data<Record<string, Record<string, unknown>>>(
    'northside',
    `{ device(id: ${id}) { latestReading { sourceId } }
       patient(id: ${patientId}) { latestReadings { kind sourceId }
         readingTrend(kind: BLOOD_PRESSURE, bucket: HOUR, period: { from: "${MINUTE}", to: "${hoursFromNow(-2)}" }) { count } } }`,
  );
  expect(device).toEqual({ latestReading: { sourceId: '11' } });
  expect(patient!.latestReadings).toContainEqual({ kind: 'BLOOD_PRESSURE', sourceId: '11' });
  expect(patient!.readingTrend).toEqual([{ count: 3 }]);
});

it('without it, or with the same, other values are a conflict that says how to send both', async () => {
  const { id } = await fixture.heldDevice();
  const [first] = (await fixture.record([pressure(id, 128)])).results;
  const { results } = await fixture.expectNothingWritten(() => fixture.record([pressure(id, 124), pressure(id, 124, '')])); // prettier-ignore
  for (const { outcome, reading, userErrors } of results) {
    expect({ outcome, reading }).toEqual({ outcome: 'CONFLICT', reading: first!.reading });
    expect(userErrors).toMatchObject([{ code: 'READING_CONFLICT' }]);
    expect(userErrors[0]!.message).toMatch(/If both were measured .* send this one with a sourceId/);
  }
  // What the message says.
  expect(outcomesOf(await fixture.record([pressure(id, 124, '2')]))).toEqual(['RECORDED']);
  const again = await fixture.record([pressure(id, 128), pressure(id, 124, '2'), pressure(id, 125, '2')]);
  expect(outcomesOf(again)).toEqual(['DUPLICATE', 'DUPLICATE', 'CONFLICT']);
  expect(again.results[2]!.userErrors[0]!.message).toContain('The reading with this time and sourceId');
  expect((await fixture.stored(id)).map(({ systolic, source_id }) => [systolic, source_id])).toEqual([
    [128, ''],
    [124, '2'],
  ]);
});

it('counts for manual readings without a device, and per kind, device and time', async () => {
  const patientId = await fixture.devices.patient();
  const weight = { weight: { value: 180, unit: 'POUND' } };
  const byHand = (sourceId: string | null, values: object = weight) => ({ patientId, manual: true, takenAt: MINUTE, sourceId, ...values }); // prettier-ignore
  const readings = [byHand('1'), byHand('2'), byHand(null), byHand('1', { heartRate: { value: 70 } })];
  expect(outcomesOf(await fixture.record(readings))).toEqual(['RECORDED', 'RECORDED', 'RECORDED', 'RECORDED']);
  expect(outcomesOf(await fixture.record(readings))).toEqual(['DUPLICATE', 'DUPLICATE', 'DUPLICATE', 'DUPLICATE']);
  const { id } = await fixture.heldDevice();
  expect(outcomesOf(await fixture.record([{ ...pressure(id, 120, '1'), takenAt: hoursFromNow(-4) }]))).toEqual(['RECORDED']); // prettier-ignore
});

it('any printable text of up to 64 characters arrives as it was sent, also in events', async () => {
  const { id } = await fixture.heldDevice();
  const eventId = await fixture.lastEventId();
  const sent = ['a,b', '100 %2C', 'é', '"7"', 'x'.repeat(64), '0017', '17'];
  const { results } = await fixture.record(sent.map((sourceId, index) => pressure(id, 120 + index, sourceId)));
  expect(results.map(({ reading }) => reading?.sourceId)).toEqual(sent);
  const events = (await fixture.eventReadings(eventId)).flat();
  expect(Object.fromEntries(events.map(({ systolic, sourceId }) => [systolic, sourceId]))).toEqual(
    Object.fromEntries(sent.map((sourceId, index) => [120 + index, sourceId])),
  );
  for (const sourceId of ['x'.repeat(65), 'a\u200bb', 'a\nb'])
    await fixture.expectRefused(
      pressure(id, 120, sourceId),
      'INVALID_READING',
      'sourceId must have at most 64 printable characters.',
      'sourceId',
    );
});
