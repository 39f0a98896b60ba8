import { globalId } from '../support/global-id';
import { changedTo, Patients, type PatientMutation } from '../support/patients';
import { Rival } from '../support/rival';
import { TestApp } from '../support/test-app';

let app: TestApp;
let patients: Patients;
let rival: Rival;
beforeAll(async () => {
  app = await TestApp.start();
  patients = new Patients(app);
  rival = await Rival.start({ app });
});
afterAll(async () => {
  await rival.stop();
  await app.stop();
});

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

let made = 0;
const active = () => patients.made({ externalIdentifier: `AR-${(made += 1)}` });
const archived = async () =>
  (await patients.change('archivePatient', { patientId: (await active()).databaseId })).patient!;

it('archives a patient with the time of archiving, and unarchives the patient', async () => {
  const before = await active();
  const { patient, userErrors } = await patients.change('archivePatient', { patientId: before.id, expectedVersion: 1 });
  expect(userErrors).toEqual([]);
  expect(patient).toEqual(changedTo(before, { archived: true, archivedAt: ISO }));
  expect(patient!.archivedAt).toBe(patient!.updatedAt);

  const externalIdentifier = before.externalIdentifier;
  const back = await patients.change('unarchivePatient', {
    patientExternalIdentifier: externalIdentifier,
    expectedVersion: 2,
  });
  expect(back).toEqual({ patient: changedTo(patient!, { archived: false, archivedAt: null }), userErrors: [] });
});

it('the filter archived finds archived patients', async () => {
  const { databaseId, externalIdentifier } = await archived();
  const found = async (condition: string) =>
    await app.data('northside', `{ patients(filter: { ${condition} }) { nodes { databaseId } } }`);
  const one = `externalIdentifiers: ["${externalIdentifier!}"]`;
  expect(await found(`archived: true, ${one}`)).toEqual({ patients: { nodes: [{ databaseId }] } });
  expect(await found(`archived: false, ${one}`)).toEqual({ patients: { nodes: [] } });
});

it.each<[PatientMutation, () => Promise<{ databaseId: string; version: number }>]>([
  ['archivePatient', archived],
  ['unarchivePatient', active],
])('%s changes nothing if there is nothing to do, whatever the expected version', async (name, prepared) => {
  const patient = await prepared();
  const before = await patients.stored();
  for (const expectedVersion of [undefined, null, patient.version, 77]) {
    expect(await patients.change(name, { patientId: patient.databaseId, expectedVersion })).toEqual({
      patient,
      userErrors: [],
    });
  }
  expect(await patients.stored()).toEqual(before);
});

describe.each<[PatientMutation, () => ReturnType<typeof active>]>([
  ['archivePatient', active],
  ['unarchivePatient', archived],
])('%s', (name, prepared) => {
  it('is refused with a stale version and returns the current patient', async () => {
    const patient = await prepared();
    for (const expectedVersion of [0, patient.version + 1])
      await patients.expectStale(patient, () =>
        patients.change(name, { patientId: patient.databaseId, expectedVersion }),
      );
  });

  it('requires a reference to a patient of the customer', async () => {
    const [one, two] = [await prepared(), await prepared()];
    const theirs = await patients.made({ externalIdentifier: `theirs of ${name}` }, 'lakeview');
    const refused = (input: object, code: string, member: string) =>
      patients.expectRefused(() => patients.change(name, { ...input }), [code, 'input', member]);
    await refused({}, 'REFERENCE_MISSING', 'patientId');
    for (const patientId of ['999999', theirs.databaseId, theirs.id, globalId('Device', one.databaseId)])
      await refused({ patientId }, 'PATIENT_NOT_FOUND', 'patientId');
    const patientExternalIdentifier = theirs.externalIdentifier;
    await refused({ patientExternalIdentifier }, 'PATIENT_NOT_FOUND', 'patientExternalIdentifier');
    await refused(
      { patientId: one.databaseId, patientExternalIdentifier: two.externalIdentifier },
      'REFERENCE_MISMATCH',
      'patientExternalIdentifier',
    );
  });

  it('is allowed to operators for the patients of all customers, by id', async () => {
    const patient = await prepared();
    const { externalIdentifier: patientExternalIdentifier, databaseId: patientId } = patient;
    await patients.expectRefused(
      () => patients.change(name, { patientExternalIdentifier }, 'operator'),
      ['REFERENCE_MISSING', 'input', 'patientId'],
    );
    const { patient: changed } = await patients.change(name, { patientId, patientExternalIdentifier }, 'operator');
    expect(changed).toMatchObject({ version: patient.version + 1, archived: name === 'archivePatient' });
  });

  it('changes the patient once when it is sent twice at the same time', async () => {
    const { databaseId: patientId, version } = await prepared();
    const input = { patientId, expectedVersion: version };
    const results = await rival.atOnce(`select from patient where id = ${patientId} for update`, [
      () => patients.change(name, input),
      () => patients.change(name, input),
    ]);
    expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(results[0]).toEqual(results[1]);
    expect(results[0]!.patient!.version).toBe(version + 1);
  });
});
