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

it('an update keeps omitted values', async () => {
  const before = await full();
  const { patient, userErrors } = await patients.update({ patientId: before.databaseId, lastName: ' Lee-Smith ' });
  expect(userErrors).toEqual([]);
  expect(patient).toEqual(changedTo(before, { lastName: 'Lee-Smith' }));
  expect((await patients.update({ patientId: before.databaseId })).patient).toEqual(patient);
});

it('an update clears null and blank values', async () => {
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
  const result = await patients.update({ patientId: one.databaseId, ...cleared, siteId: null });
  expect(result.patient).toEqual(changedTo(one, { ...cleared, timeZone: null, site: null }));
  const two = await full();
  expect(
    (await patients.update({ patientId: two.databaseId, externalIdentifier: ' ', email: '', phoneNumber: ' ' }))
      .patient,
  ).toEqual(changedTo(two, { externalIdentifier: null, email: null, phoneNumber: null }));
});

it('an update replaces the address as a whole', async () => {
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

it('a repeated update changes nothing, whatever the expected version', async () => {
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
  // An address is replaced as a whole, so omitting a line is a change.
  const { lineOne: _lineOne, ...shorter } = FULL.address;
  expect((await patients.update({ patientId, address: shorter })).patient!.version).toBe(3);
});

it('an update with a stale version is refused and returns the current patient', async () => {
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

it('of two simultaneous updates with the same expected version, one succeeds', async () => {
  const { databaseId: patientId } = await full();
  const results = await rival.atOnce(`select from patient where id = ${patientId} for update`, [
    () => patients.update({ patientId, firstName: 'Bea', expectedVersion: 1 }),
    () => patients.update({ patientId, lastName: 'Roe', expectedVersion: 1 }),
  ]);
  expect(results.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([[], ['STALE_VERSION']]);
  expect(results.map(({ patient }) => patient!.version)).toEqual([2, 2]);
});

it('an update archives and unarchives, together with other changes', async () => {
  const before = await full();
  const patientId = before.databaseId;
  const ISO = expect.any(String) as string;
  const { patient } = await patients.update({ patientId, archived: true, enrolled: false, lastName: 'Roe' });
  const archived = { archived: true, archivedAt: ISO, enrolled: false, lastName: 'Roe' };
  expect(patient).toEqual(changedTo(before, archived));
  expect(patient!.archivedAt).toBe(patient!.updatedAt);
  expect((await patients.update({ patientId, archived: true, expectedVersion: 1 })).patient).toEqual(patient);

  // A patient who stays archived keeps the time.
  const other = (await patients.update({ patientId, archived: true, lastName: 'Poe' })).patient!;
  expect(other).toEqual(changedTo(patient!, { lastName: 'Poe' }));
  await patients.expectStale(other, () => patients.update({ patientId, archived: false, expectedVersion: 2 }));

  const back = (await patients.update({ patientId, archived: false, enrolled: true, expectedVersion: 3 })).patient!;
  expect(back).toEqual(changedTo(other, { archived: false, archivedAt: null, enrolled: true }));
  expect((await patients.update({ patientId, archived: false, enrolled: true })).patient).toEqual(back);
});

it('an update that is refused does not archive', async () => {
  const [one, two] = [await full(), await full()];
  await patients.expectRefused(
    () => patients.update({ patientId: one.databaseId, archived: true, externalIdentifier: two.externalIdentifier }),
    ['EXTERNAL_IDENTIFIER_TAKEN', 'input', 'externalIdentifier'],
  );
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

describe('the reference to the patient', () => {
  it('is an id, an external identifier, or both', async () => {
    const one = await full();
    for (const reference of [
      { patientId: one.id },
      { patientExternalIdentifier: one.externalIdentifier },
      { patientId: one.databaseId, patientExternalIdentifier: one.externalIdentifier },
    ]) {
      expect((await patients.update(reference)).patient).toEqual(one);
    }
  });

  it('is required, and must match a patient of the customer', async () => {
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
    for (const patientExternalIdentifier of ['theirs', 'unknown', '', one.externalIdentifier!.toLowerCase()]) {
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

  it('must include the id for operators, because an external identifier is unique only within a customer', async () => {
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
    // The site must belong to the patient's customer.
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

it("refuses another patient's external identifier and accepts the patient's own", async () => {
  const [one, two] = [await full(), await full()];
  await patients.expectRefused(
    () => patients.update({ patientId: one.databaseId, externalIdentifier: two.externalIdentifier }),
    ['EXTERNAL_IDENTIFIER_TAKEN', 'input', 'externalIdentifier'],
  );
  expect(
    (await patients.update({ patientId: one.databaseId, externalIdentifier: one.externalIdentifier })).patient,
  ).toEqual(one);
});

it('of simultaneous updates with the same external identifier, one succeeds', async () => {
  // The maximum that can wait at once.
  const all = await Promise.all(Array.from({ length: 5 }, full));

  // All wait at the unique index for the rival transaction, which rolls back.
  const results = await rival.atOnce(
    `insert into patient (customer_id, external_identifier, first_name, last_name) values (1, 'ONE ONLY', 'A', 'Person')`,
    all.map(
      ({ databaseId }) =>
        () =>
          patients.update({ patientId: databaseId, externalIdentifier: 'ONE ONLY' }),
    ),
    'rollback',
  );

  expect(results.filter(({ patient }) => patient !== null)).toHaveLength(1);
  expect(results.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
    Array<string>(4).fill('EXTERNAL_IDENTIFIER_TAKEN'),
  );
});

it('of three simultaneous updates, no change is lost', async () => {
  const { databaseId: patientId } = await full();

  const results = await rival.atOnce(`select from patient where id = ${patientId} for update`, [
    () => patients.update({ patientId, firstName: 'Bea' }),
    () => patients.update({ patientId, lastName: 'Roe' }),
    () => patients.update({ patientId, email: null }),
  ]);

  expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect((await patients.update({ patientId })).patient).toMatchObject({
    version: 4,
    firstName: 'Bea',
    lastName: 'Roe',
    email: null,
  });
});
