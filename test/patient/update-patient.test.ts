import { globalId } from '../support/global-id';
import { changedTo, Patients } from '../support/patients';
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
  phoneNumber: '+1 617 555 0100', address: { lineOne: '1 Main St', city: 'Boston', zipCode: '02118' }, timeZoneOverride: 'America/Chicago', siteId: '3',
}; // prettier-ignore

let made = 0;
const full = () => patients.made({ ...FULL, externalIdentifier: `UP-${(made += 1)}` });

it('keeps what is absent', async () => {
  const before = await full();
  const { patient, userErrors } = await patients.update({ patientId: before.databaseId, lastName: ' Lee-Smith ' });
  expect(userErrors).toEqual([]);
  expect(patient).toEqual(changedTo(before, { lastName: 'Lee-Smith' }));
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
    timeZoneOverride: null,
  };
  const one = await full();
  const answer = await patients.update({ patientId: one.databaseId, ...cleared, siteId: null });
  expect(answer.patient).toEqual(changedTo(one, { ...cleared, timeZone: null, site: null }));
  const two = await full();
  expect(
    (await patients.update({ patientId: two.databaseId, externalIdentifier: ' ', email: '', phoneNumber: ' ' }))
      .patient,
  ).toEqual(changedTo(two, { externalIdentifier: null, email: null, phoneNumber: null }));
});

it('replaces an address as a whole', async () => {
  const { databaseId } = await full();
  const { patient } = await patients.update({
    patientId: databaseId,
    timeZoneOverride: null,
    address: { zipCode: '96813' },
  });
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

it('repeated changes nothing, whatever version is expected', async () => {
  const before = await full();
  const patientId = before.databaseId;
  const change = { ...FULL, externalIdentifier: before.externalIdentifier, lastName: 'Roe', expectedVersion: 1 };
  const { patient } = await patients.update({ patientId, ...change });
  expect(patient).toEqual(changedTo(before, { lastName: 'Roe' }));
  const stored = await patients.stored();
  for (const again of [change, { lastName: ' Roe ', dateOfBirth: '1954-02-28' }, { address: patient!.address }, {}]) {
    expect(await patients.update({ patientId, ...again })).toEqual({ patient, userErrors: [] });
  }
  expect(await patients.stored()).toEqual(stored);
  // An address is replaced as a whole: one line less is another address.
  const { lineOne: _lineOne, ...shorter } = FULL.address;
  expect((await patients.update({ patientId, address: shorter })).patient!.version).toBe(3);
});

it('is refused for another version than the patient has, and shows the patient', async () => {
  const one = await full();
  const two = (await patients.update({ patientId: one.databaseId, lastName: 'Roe', expectedVersion: 1 })).patient!;
  const change = { patientId: one.databaseId, firstName: 'Bea' };
  for (const expectedVersion of [1, 3, 0, -1]) {
    await patients.expectStale(two, () => patients.update({ ...change, expectedVersion }));
  }
  await patients.expectStale(two, () => patients.update({ ...change, expectedVersion: 1 }, 'operator'));
  expect((await patients.update({ ...change, expectedVersion: 2 })).patient).toEqual(
    changedTo(two, { firstName: 'Bea' }),
  );
});

it('of two who have seen the same version one changes the patient', async () => {
  const { databaseId: patientId } = await full();
  const answers = await rival.atOnce(`select from patient where id = ${patientId} for update`, [
    () => patients.update({ patientId, firstName: 'Bea', expectedVersion: 1 }),
    () => patients.update({ patientId, lastName: 'Roe', expectedVersion: 1 }),
  ]);
  expect(answers.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([[], ['STALE_VERSION']]);
  expect(answers.map(({ patient }) => patient!.version)).toEqual([2, 2]);
});

it.each(['firstName', 'lastName'])('refuses to clear %s', async (member) => {
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
    version: 4,
    firstName: 'Bea',
    lastName: 'Roe',
    email: null,
  });
});
