import { hoursFromNow, outcomesOf, ReadingFixture } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

let instants = 0;
/** A manual reading at a unique time. */
const manual = (members: Record<string, unknown>) => ({
  manual: true,
  takenAt: hoursFromNow(-1, -(instants += 1)),
  weight: { value: 180, unit: 'POUND' },
  ...members,
});

const send = (readings: ReturnType<typeof manual>[]) => fixture.record(readings, { caller: 'operator' });
const reasonsOf = async (members: Record<string, unknown>) => {
  const { results } = await fixture.expectNothingWritten(() => send([manual(members)]));
  return results[0]!.userErrors.map(({ code, path }) => `${code} ${path.join('.')}`);
};

it('an operator records readings of the devices and patients of all customers in one batch', async () => {
  const { ann, lakeview } = fixture.devices.patients;
  const ours = await fixture.heldDevice();
  const theirs = await fixture.devices.device({ status: 'LOST', customerId: '2', holderId: lakeview });
  await fixture.sql('update device_association set started_at = $2 where device_id = $1', [
    theirs.id,
    hoursFromNow(-9),
  ]);
  const eventId = await fixture.lastEventId();

  const response = await send([
    manual({ deviceId: ours.id, manual: false }),
    manual({ deviceIdentifier: theirs.serial, manual: false }),
    manual({ deviceId: theirs.id, patientExternalIdentifier: 'lakeview' }),
    manual({ patientId: lakeview }),
    manual({ patientId: ann, patientExternalIdentifier: 'ann' }),
  ]);

  expect(outcomesOf(response)).toEqual(new Array(5).fill('RECORDED'));
  const patientIds = response.results.map(({ reading }) => (reading!.patient as { databaseId: string }).databaseId);
  expect(patientIds).toEqual([ann, lakeview, lakeview, lakeview, ann]);
  const ids = response.results.map(({ reading }) => reading!.databaseId);
  const stored = await fixture.sql('select id, customer_id from reading where id = any($1)', [ids]);
  expect(Object.fromEntries(stored.map(({ id, customer_id }) => [id, customer_id]))).toEqual(
    Object.fromEntries(ids.map((id, index) => [id, ['1', '2', '2', '2', '1'][index]])),
  );
  const events = await fixture.eventReadings(eventId);
  expect(events.map((readings) => readings.map(({ customerId }) => customerId))).toEqual([
    ['1', '1'],
    ['2', '2', '2'],
  ]);
});

it('an operator must name the device or the id of the patient together with an external identifier', async () => {
  const { ann } = fixture.devices.patients;
  const { results } = await fixture.expectNothingWritten(() => send([manual({ patientExternalIdentifier: 'ann' })]));
  expect(results).toEqual([
    {
      outcome: 'REFUSED',
      reading: null,
      userErrors: [
        {
          code: 'REFERENCE_MISSING',
          message: 'Give patientId. External identifiers are unique only within a customer.',
          path: ['input', 'readings', '0', 'patientId'],
        },
      ],
    },
  ]);
  const path = 'input.readings.0.patientExternalIdentifier';
  expect(await reasonsOf({ patientId: ann, patientExternalIdentifier: 'unknown' })).toEqual([
    `PATIENT_NOT_FOUND ${path}`,
  ]);
  expect(await reasonsOf({ patientId: ann, patientExternalIdentifier: 'lakeview' })).toEqual([
    `PATIENT_NOT_FOUND ${path}`,
  ]);
  expect(await reasonsOf({ patientId: ann, patientExternalIdentifier: 'bob' })).toEqual([`REFERENCE_MISMATCH ${path}`]);
  expect(await reasonsOf({ patientId: '99999', patientExternalIdentifier: 'bob' })).toEqual([
    'PATIENT_NOT_FOUND input.readings.0.patientId',
  ]);
});

it("an operator's reading cannot name a device and a patient of different customers", async () => {
  const { lakeview } = fixture.devices.patients;
  const { id } = await fixture.heldDevice();

  expect(await reasonsOf({ deviceId: id, patientId: lakeview })).toEqual([
    'PATIENT_NOT_FOUND input.readings.0.patientId',
  ]);
  expect(await reasonsOf({ deviceId: id, patientExternalIdentifier: 'lakeview' })).toEqual([
    'PATIENT_NOT_FOUND input.readings.0.patientExternalIdentifier',
  ]);
  expect(await reasonsOf({ deviceId: id, patientId: lakeview, patientExternalIdentifier: 'lakeview' })).toEqual([
    'PATIENT_NOT_FOUND input.readings.0.patientId',
  ]);
  // Also in one batch with a valid reading of the same patient.
  const { results } = await send([
    manual({ patientId: lakeview }),
    manual({ deviceId: id, patientExternalIdentifier: 'lakeview' }),
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['RECORDED', 'REFUSED']);
});
