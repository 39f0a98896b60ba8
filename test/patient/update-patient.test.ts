import { globalId } from '../support/global-id';
import { Patients } from '../support/patients';
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

const FULL = {
  externalIdentifier: null as string | null, firstName: 'Ann', lastName: 'Lee', dateOfBirth: '1954-02-28', sex: 'FEMALE', email: 'ann@example.com',
  phoneNumber: '+1 617 555 0100', address: { lineOne: '1 Main St', city: 'Boston', zipCode: '02118' }, timeZone: 'America/Chicago', siteId: '3',
}; // prettier-ignore

let made = 0;
const full = () => patients.made({ ...FULL, externalIdentifier: `UP-${(made += 1)}` });

it('keeps what is absent', async () => {
  const before = await full();
  const { patient, userErrors } = await patients.update({ patientId: before.databaseId, lastName: ' Lee-Smith ' });
  expect(userErrors).toEqual([]);
  expect(patient).toEqual({ ...before, lastName: 'Lee-Smith' });
  expect((await patients.update({ patientId: before.databaseId })).patient).toEqual(patient);
});

it('clears what is null, and what is blank', async () => {
  const cleared = {
    externalIdentifier: null,
    dateOfBirth: null,
    sex: null,
    email: null,
    phoneNumber: null,
    address: null,
    timeZone: null,
  };
  const one = await full();
  const answer = await patients.update({ patientId: one.databaseId, ...cleared, siteId: null });
  expect(answer.patient).toEqual({ ...one, ...cleared, site: null });
  const two = await full();
  expect(
    (await patients.update({ patientId: two.databaseId, externalIdentifier: ' ', email: '', phoneNumber: ' ' }))
      .patient,
  ).toEqual({
    ...two,
    externalIdentifier: null,
    email: null,
    phoneNumber: null,
  });
});

it('replaces an address as a whole', async () => {
  const { databaseId } = await full();
  const { patient } = await patients.update({ patientId: databaseId, timeZone: null, address: { zipCode: '96813' } });
  const empty = {
    lineOne: null,
    lineTwo: null,
    lineThree: null,
    city: null,
    state: null,
    zipCode: null,
    country: null,
    note: null,
  };
  expect(patient).toMatchObject({ address: { ...empty, zipCode: '96813' }, timeZone: 'Pacific/Honolulu' });
  expect((await patients.update({ patientId: databaseId, address: {} })).patient).toMatchObject({
    address: empty,
    timeZone: null,
  });
});

it('archives, restores and enrols, and the filters follow', async () => {
  const { databaseId } = await full();
  expect((await patients.update({ patientId: databaseId, archived: true, enrolled: false })).patient).toMatchObject({
    archived: true,
    enrolled: false,
  });
  expect((await patients.update({ patientId: databaseId, archived: false })).patient).toMatchObject({
    archived: false,
    enrolled: false,
  });
  expect((await patients.update({ patientId: databaseId, enrolled: true })).patient).toMatchObject({
    archived: false,
    enrolled: true,
  });
});

it.each(['firstName', 'lastName', 'archived', 'enrolled'])('refuses to clear %s', async (member) => {
  const { databaseId } = await full();
  await patients.expectRefused(
    () => patients.update({ patientId: databaseId, [member]: null }),
    ['INVALID_INPUT', 'input', member],
  );
});

it.each<[Record<string, unknown>, ...string[]]>([
  [{ firstName: ' ' }, 'firstName'],
  [{ lastName: 'x'.repeat(101) }, 'lastName'],
  [{ email: 'x' }, 'email'],
  [{ phoneNumber: 'x' }, 'phoneNumber'],
  [{ externalIdentifier: 'a\0' }, 'externalIdentifier'],
  [{ address: { note: 'lone \ud800' } }, 'address', 'note'],
])('refuses %j', async (change, ...path) => {
  const { databaseId } = await full();
  await patients.expectRefused(
    () => patients.update({ patientId: databaseId, ...change }),
    ['INVALID_INPUT', 'input', ...path],
  );
});

describe('which patient', () => {
  it('is named by id, by external identifier, or by both', async () => {
    const one = await full();
    for (const reference of [
      { patientId: one.id },
      { patientExternalIdentifier: one.externalIdentifier },
      { patientId: one.databaseId, patientExternalIdentifier: one.externalIdentifier },
    ]) {
      expect((await patients.update(reference)).patient).toEqual(one);
    }
  });

  it('must be named, and must be there', async () => {
    const [one, two] = [await full(), await full()];
    const theirs = await patients.made({ externalIdentifier: 'theirs' }, 'lakeview');
    await patients.expectRefused(
      () => patients.update({ firstName: 'B' }),
      ['REFERENCE_MISSING', 'input', 'patientId'],
    );
    for (const patientId of ['999999', '0', theirs.databaseId, theirs.id, globalId('Device', one.databaseId)]) {
      await patients.expectRefused(
        () => patients.update({ patientId, firstName: 'B' }),
        ['PATIENT_NOT_FOUND', 'input', 'patientId'],
      );
    }
    for (const patientExternalIdentifier of ['theirs', 'nobody', '', one.externalIdentifier!.toLowerCase()]) {
      await patients.expectRefused(
        () => patients.update({ patientExternalIdentifier, firstName: 'B' }),
        ['PATIENT_NOT_FOUND', 'input', 'patientExternalIdentifier'],
      );
    }
    await patients.expectRefused(
      () =>
        patients.update({
          patientId: one.databaseId,
          patientExternalIdentifier: two.externalIdentifier,
          firstName: 'B',
        }),
      ['REFERENCE_MISMATCH', 'input', 'patientExternalIdentifier'],
    );
    await patients.expectRefused(
      () => patients.update({ patientId: theirs.databaseId, patientExternalIdentifier: one.externalIdentifier }),
      ['PATIENT_NOT_FOUND', 'input', 'patientId'],
    );
  });

  it('is named by id by an operator, to whom an external identifier alone says too little', async () => {
    const one = await full();
    await patients.expectRefused(
      () => patients.update({ patientExternalIdentifier: one.externalIdentifier }, 'operator'),
      ['REFERENCE_MISSING', 'input', 'patientId'],
    );
    expect(
      (
        await patients.update(
          { patientId: one.id, patientExternalIdentifier: one.externalIdentifier, siteId: '4' },
          'operator',
        )
      ).patient,
    ).toMatchObject({ site: { databaseId: '4' } });
    // The patient's customer rules: a site that another customer has is not found.
    await patients.expectRefused(
      () => patients.update({ patientId: one.id, siteId: '10' }, 'operator'),
      ['SITE_NOT_FOUND', 'input', 'siteId'],
    );
    await patients.expectRefused(
      () => patients.update({ patientId: one.id, siteId: '2' }, 'operator'),
      ['SITE_OPERATED_BY_IMPILO', 'input', 'siteId'],
    );
  });
});

it('refuses a site of another customer, and a warehouse', async () => {
  const { databaseId: patientId } = await full();
  await patients.expectRefused(
    () => patients.update({ patientId, siteId: '10' }),
    ['SITE_NOT_FOUND', 'input', 'siteId'],
  );
  await patients.expectRefused(
    () => patients.update({ patientId, siteId: '1' }),
    ['SITE_OPERATED_BY_IMPILO', 'input', 'siteId'],
  );
});

it('refuses an external identifier that another patient has, and takes the own one', async () => {
  const [one, two] = [await full(), await full()];
  await patients.expectRefused(
    () => patients.update({ patientId: one.databaseId, externalIdentifier: two.externalIdentifier }),
    ['EXTERNAL_IDENTIFIER_TAKEN', 'input', 'externalIdentifier'],
  );
  expect(
    (await patients.update({ patientId: one.databaseId, externalIdentifier: one.externalIdentifier })).patient,
  ).toEqual(one);
});

it('gives an external identifier to one of many who ask for it at once', async () => {
  // As many as can wait at once.
  const all = await Promise.all(Array.from({ length: 5 }, full));

  // All wait at the unique index for another one, who gives up.
  const answers = await rival.atOnce(
    `insert into patient (customer_id, external_identifier, first_name, last_name) values (1, 'ONE ONLY', 'A', 'Person')`,
    all.map(
      ({ databaseId }) =>
        () =>
          patients.update({ patientId: databaseId, externalIdentifier: 'ONE ONLY' }),
    ),
    'rollback',
  );

  expect(answers.filter(({ patient }) => patient !== null)).toHaveLength(1);
  expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
    Array<string>(4).fill('EXTERNAL_IDENTIFIER_TAKEN'),
  );
});

it('loses no change of three that are made at once', async () => {
  const { databaseId: patientId } = await full();

  const answers = await rival.atOnce(`select from patient where id = ${patientId} for update`, [
    () => patients.update({ patientId, firstName: 'Bea' }),
    () => patients.update({ patientId, lastName: 'Roe' }),
    () => patients.update({ patientId, email: null }),
  ]);

  expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect((await patients.update({ patientId })).patient).toMatchObject({
    firstName: 'Bea',
    lastName: 'Roe',
    email: null,
  });
});
