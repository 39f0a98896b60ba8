import { globalId } from '../support/global-id';
import { hoursFromNow, ReadingFixture } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const weight = { weight: { value: 180, unit: 'POUND' } };

let instants = 0;
/** A manual reading at a unique time. */
const manual = (members: Record<string, unknown>) => ({
  manual: true,
  takenAt: hoursFromNow(-1, -(instants += 1)),
  ...weight,
  ...members,
});

const expectRefused = (members: Record<string, unknown>, ...refusal: [code: string, message: string, member: string]) =>
  fixture.expectRefused(manual(members), ...refusal);

const noPatient = (member: string) =>
  ['PATIENT_NOT_FOUND', `There is no such patient. Check ${member}.`, member] as const;

describe('a patient without a device', () => {
  it('is found by the id, the global id and the external identifier, or by two of them', async () => {
    const { ann, archived } = fixture.devices.patients;
    const references: [Record<string, unknown>, string][] = [
      [{ patientId: ann }, ann],
      [{ patientId: globalId('Patient', ann) }, ann],
      [{ patientExternalIdentifier: 'ann' }, ann],
      [{ patientId: ann, patientExternalIdentifier: 'ann' }, ann],
      [{ patientId: null, patientExternalIdentifier: 'ann' }, ann],
      [{ patientId: archived }, archived],
    ];

    const { results } = await fixture.record(references.map(([reference]) => manual(reference)));

    expect(
      results.map(({ outcome, reading }) => [outcome, reading?.attribution, reading?.device, reading?.patient]),
    ).toEqual(references.map(([, patientId]) => ['RECORDED', 'NAMED', null, { databaseId: patientId }]));
  });

  it.each([{}, { manual: false }])('is accepted only in a manual reading, not with %j', async (members) => {
    const patientId = fixture.devices.patients.ann;
    const message = 'Give deviceId or deviceIdentifier. Only a manual reading can name a patient without a device.';
    await expectRefused({ manual: undefined, patientId, ...members }, 'REFERENCE_MISSING', message, 'deviceId');
    const patientExternalIdentifier = 'ann';
    await expectRefused(
      { manual: undefined, patientExternalIdentifier, ...members },
      'REFERENCE_MISSING',
      message,
      'deviceId',
    );
  });

  it('must exist', async () => {
    await expectRefused({ patientId: '99999' }, ...noPatient('patientId'));
    await expectRefused({ patientId: globalId('Device', fixture.devices.patients.ann) }, ...noPatient('patientId'));
    for (const patientExternalIdentifier of ['unknown', 'ANN', ''])
      await expectRefused({ patientExternalIdentifier }, ...noPatient('patientExternalIdentifier'));
  });

  it('of another customer gets the same error as one that does not exist', async () => {
    const { lakeview, ann } = fixture.devices.patients;
    await expectRefused({ patientId: lakeview }, ...noPatient('patientId'));
    await expectRefused({ patientExternalIdentifier: 'lakeview' }, ...noPatient('patientExternalIdentifier'));
    await expectRefused({ patientId: lakeview, patientExternalIdentifier: 'lakeview' }, ...noPatient('patientId'));
    await expectRefused(
      { patientId: ann, patientExternalIdentifier: 'lakeview' },
      ...noPatient('patientExternalIdentifier'),
    );
  });

  it('must be the same for both references', async () => {
    await expectRefused(
      { patientId: fixture.devices.patients.ann, patientExternalIdentifier: 'bob' },
      'REFERENCE_MISMATCH',
      'patientId and patientExternalIdentifier name different patients.',
      'patientExternalIdentifier',
    );
  });

  it('without an external identifier is not found by an empty string', async () => {
    const patientId = await fixture.devices.patient();

    const { results } = await fixture.record([
      manual({ patientId }),
      manual({ patientExternalIdentifier: '' }),
      manual({ patientId, patientExternalIdentifier: '' }),
    ]);

    expect(results.map(({ outcome, userErrors }) => [outcome, ...userErrors.map(({ code }) => code)])).toEqual([
      ['RECORDED'],
      ['REFUSED', 'PATIENT_NOT_FOUND'],
      ['REFUSED', 'PATIENT_NOT_FOUND'],
    ]);
  });
});

describe('a patient together with a device', () => {
  const mismatch = (member: string) =>
    [
      'REFERENCE_MISMATCH',
      'The patient did not have the device at takenAt. Correct one of them, or omit the patient.',
      member,
    ] as const;

  it('must be the holder when the reading was taken', async () => {
    const { ann, bob } = fixture.devices.patients;
    const { id, serial } = await fixture.device(
      { patientId: ann, from: hoursFromNow(-48), to: hoursFromNow(-24) },
      { patientId: bob, from: hoursFromNow(-12) },
    );
    const references: [Record<string, unknown>, number, string][] = [
      [{ deviceId: id, patientId: bob }, -1, bob],
      [{ deviceId: id, patientExternalIdentifier: 'bob' }, -2, bob],
      [{ deviceIdentifier: serial, patientId: globalId('Patient', bob), patientExternalIdentifier: 'bob' }, -3, bob],
      [{ deviceId: id, patientId: bob, manual: true }, -12, bob],
      [{ deviceId: id, patientId: ann }, -25, ann],
      [{ deviceIdentifier: serial, patientExternalIdentifier: 'ann' }, -48, ann],
    ];

    const { results } = await fixture.record(
      references.map(([reference, hours]) => ({ ...weight, takenAt: hoursFromNow(hours), ...reference })),
    );

    expect(results.map(({ outcome, reading }) => [outcome, reading?.attribution, reading?.patient])).toEqual(
      references.map(([, , patientId]) => ['RECORDED', 'ASSOCIATION', { databaseId: patientId }]),
    );
  });

  it('cannot be another patient, also in a manual reading', async () => {
    const { ann, bob } = fixture.devices.patients;
    const { id } = await fixture.device(
      { patientId: ann, from: hoursFromNow(-48), to: hoursFromNow(-24) },
      { patientId: bob, from: hoursFromNow(-12) },
    );

    for (const isManual of [true, false]) {
      const members = { deviceId: id, manual: isManual };
      await expectRefused({ ...members, patientId: ann }, ...mismatch('patientId'));
      await expectRefused({ ...members, patientExternalIdentifier: 'ann' }, ...mismatch('patientExternalIdentifier'));
      await expectRefused({ ...members, patientId: ann, patientExternalIdentifier: 'ann' }, ...mismatch('patientId'));
      await expectRefused({ ...members, patientId: bob, takenAt: hoursFromNow(-25) }, ...mismatch('patientId'));
      await expectRefused({ ...members, patientId: ann, takenAt: hoursFromNow(-24) }, ...mismatch('patientId'));
      await expectRefused({ ...members, patientId: ann, takenAt: hoursFromNow(-18) }, ...mismatch('patientId'));
      await expectRefused({ ...members, patientId: bob, takenAt: hoursFromNow(-12, -1) }, ...mismatch('patientId'));
    }
  });

  it('must exist, like the device', async () => {
    const { ann, lakeview } = fixture.devices.patients;
    const { id } = await fixture.heldDevice();

    await expectRefused({ deviceId: id, patientId: '99999' }, ...noPatient('patientId'));
    await expectRefused({ deviceId: id, patientId: lakeview }, ...noPatient('patientId'));
    await expectRefused(
      { deviceId: id, patientExternalIdentifier: 'lakeview' },
      ...noPatient('patientExternalIdentifier'),
    );
    await expectRefused(
      { deviceId: id, patientId: ann, patientExternalIdentifier: 'unknown' },
      ...noPatient('patientExternalIdentifier'),
    );
    await expectRefused(
      { deviceId: id, patientId: ann, patientExternalIdentifier: 'bob' },
      'REFERENCE_MISMATCH',
      'patientId and patientExternalIdentifier name different patients.',
      'patientExternalIdentifier',
    );
    await expectRefused(
      { deviceId: '99999', patientId: '99999' },
      'DEVICE_NOT_FOUND',
      'There is no such device. Check deviceId.',
      'deviceId',
    );
  });
});
