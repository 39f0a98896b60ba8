import { randomUUID } from 'node:crypto';
import { Patients, type PatientValues } from '../support/patients';
import { RestClient, type RestAnswer, type RestRequest } from '../support/rest-client';
import { inRestForm } from '../support/rest-patient';
import { Rival } from '../support/rival';
import { TestApp } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
let patients: Patients;
let rival: Rival;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  patients = new Patients(app);
  rival = await Rival.start({ app });
});
afterAll(async () => {
  await rival.stop();
  await app.stop();
});

type Body = Record<string, unknown>;
type Method = 'POST' | 'PUT' | 'PATCH';

const send = (method: Method, body: unknown, request: RestRequest = {}): Promise<RestAnswer<Body>> =>
  rest.send<Body>(method, '/patient', { ...request, body });

const ADDRESS = {
  lineOne: '1 Main St', lineTwo: 'Apt 2', lineThree: 'Floor 3', city: 'Boston', state: 'MA', zipCode: '02118', country: 'US', note: 'Ring\ntwice',
}; // prettier-ignore

/** All values that a request can set. */
const FULL = {
  firstName: 'Zoë', lastName: "O'Neil", dateOfBirth: '1954-02-28', email: 'Zoe@Example.com', phoneNumber: '+1 (617) 555-0100 x12',
  archived: true, enrolled: false, sex: 'female', address: ADDRESS, site: { id: 3 }, timeZoneOverride: 'America/Chicago',
}; // prettier-ignore

const NOTHING = {
  externalIdentifier: null, dateOfBirth: null, email: null, phoneNumber: null, sex: null, address: null, site: null, timeZoneOverride: null,
}; // prettier-ignore

let made = 0;
const newIdentifier = () => `REST-${(made += 1)}`;

/** A patient with all values. */
async function full(): Promise<Body & { id: number; externalIdentifier: string }> {
  const { status, body } = await send('POST', { ...FULL, externalIdentifier: newIdentifier() });
  expect(status).toBe(201);
  return body as Body & { id: number; externalIdentifier: string };
}

/** The patient as GraphQL returns it. */
async function stored(id: unknown): Promise<Body> {
  const { patient } = await patients.update({ patientId: id });
  return inRestForm(patient as PatientValues);
}

/** A patient after a change. */
function changed(before: Body, change: Body): Body {
  return { ...before, ...change, version: (before.version as number) + 1, updatedAt: expect.any(String) as string };
}

/** Asserts that a request is refused and writes nothing. */
async function expectRefused(
  method: Method,
  body: unknown,
  [status, code, field]: [number, string, string | null],
  request?: RestRequest,
): Promise<string> {
  const before = await patients.stored();
  const answer = await send(method, body, request);
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field]);
  expect(await patients.stored()).toEqual(before);
  return answer.body.detail as string;
}

describe('POST', () => {
  it('creates a patient with all values and names its address', async () => {
    const externalIdentifier = newIdentifier();
    const { status, body, headers } = await send('POST', { ...FULL, externalIdentifier });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...FULL, externalIdentifier, timeZone: 'America/Chicago', customerId: 1, version: 1 });
    expect(headers.get('location')).toBe(`/api/v3/patient/${body.id as number}`);
    expect((await rest.get<Body>(`/patient/${body.id as number}`)).body).toEqual(body);
    expect(await stored(body.id)).toEqual(body);
  });

  it('requires only the names, and treats null and blank values as absent', async () => {
    const names = { firstName: ' Ann ', lastName: 'Lee' };
    const bare = { ...NOTHING, firstName: 'Ann', lastName: 'Lee', archived: false, enrolled: true, timeZone: null };
    for (const body of [
      names,
      { ...names, ...NOTHING },
      { ...names, externalIdentifier: ' ', email: '', phoneNumber: ' ' },
    ])
      expect((await send('POST', body)).body).toMatchObject({ ...bare, version: 1 });
  });

  it('with an external identifier that is taken is a conflict', async () => {
    const { externalIdentifier } = await full();
    await expectRefused('POST', { firstName: 'A', lastName: 'B', externalIdentifier }, [
      409,
      'EXTERNAL_IDENTIFIER_TAKEN',
      'externalIdentifier',
    ]);
  });

  it('by an operator names the customer', async () => {
    const names = { firstName: 'A', lastName: 'B' };
    await expectRefused('POST', names, [422, 'REFERENCE_MISSING', 'customerId'], { caller: 'operator' });
    await expectRefused('POST', { ...names, customerId: 999 }, [404, 'CUSTOMER_NOT_FOUND', 'customerId'], {
      caller: 'operator',
    });
    await expectRefused('POST', { ...names, customerId: 2 }, [404, 'CUSTOMER_NOT_FOUND', 'customerId']);
    const { status, body } = await send('POST', { ...names, customerId: 2 }, { caller: 'operator' });
    expect([status, body.customerId]).toEqual([201, 2]);
  });

  it('with an Idempotency-Key creates one patient, however often it is sent', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await send('POST', FULL, { headers });
    const { patients: count } = await patients.stored();
    const again = await send('POST', FULL, { headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect((await patients.stored()).patients).toBe(count);
    await expectRefused('POST', { ...FULL, lastName: 'Other' }, [422, 'IDEMPOTENCY_KEY_REUSED', 'Idempotency-Key'], {
      headers,
    });
  });
});

describe('PUT', () => {
  it('clears all optional values that it omits', async () => {
    const before = await full();
    const values = { firstName: 'Ann', lastName: 'Lee', archived: false, enrolled: true };
    const { status, body } = await send('PUT', { id: before.id, ...values });
    expect(status).toBe(200);
    expect(body).toEqual(changed(before, { ...NOTHING, ...values, timeZone: null }));
    expect(await stored(before.id)).toEqual(body);
  });

  it('by external identifier keeps the identifier', async () => {
    const { id, externalIdentifier } = await full();
    const values = { firstName: 'Ann', lastName: 'Lee', archived: true, enrolled: true };
    const { body } = await send('PUT', { externalIdentifier: ` ${externalIdentifier} `, ...values });
    expect(body).toMatchObject({ ...NOTHING, ...values, id, externalIdentifier });
  });

  it('with the values that were read changes nothing, whatever the expected version', async () => {
    const before = await full();
    const {
      timeZone: _zone,
      customerId: _customer,
      createdAt: _created,
      updatedAt: _updated,
      version: _version,
      ...values
    } = before;
    for (const more of [{}, { expectedVersion: 1 }, { expectedVersion: 99 }])
      expect(await send('PUT', { ...values, ...more })).toMatchObject({ status: 200, body: before });
    expect((await send('PUT', { ...values, lastName: 'Roe' })).body).toEqual(changed(before, { lastName: 'Roe' }));
  });

  it.each(['firstName', 'lastName', 'archived', 'enrolled'])('requires %s, which cannot be cleared', async (member) => {
    const { id } = await full();
    const values = { id, firstName: 'Ann', lastName: 'Lee', archived: false, enrolled: true };
    const { [member as 'firstName']: _one, ...others } = values;
    await expectRefused('PUT', others, [400, 'BAD_USER_INPUT', member]);
    await expectRefused('PUT', { ...values, [member]: null }, [400, 'BAD_USER_INPUT', member]);
  });

  it('replaces the address as a whole', async () => {
    const before = await full();
    const values = { id: before.id, firstName: 'Ann', lastName: 'Lee', archived: false, enrolled: true };
    const { body } = await send('PUT', { ...values, address: { zipCode: '96813' } });
    const lines = Object.fromEntries(Object.keys(ADDRESS).map((line) => [line, null]));
    expect(body).toMatchObject({ address: { ...lines, zipCode: '96813' }, timeZone: 'Pacific/Honolulu' });
  });
});

describe('PATCH', () => {
  it('keeps the values that it omits', async () => {
    const before = await full();
    const { status, body } = await send('PATCH', { id: before.id, lastName: ' Roe ' });
    expect(status).toBe(200);
    expect(body).toEqual(changed(before, { lastName: 'Roe' }));
    expect(await stored(before.id)).toEqual(body);
    for (const nothing of [{}, { lastName: 'Roe' }, { expectedVersion: 1 }])
      expect((await send('PATCH', { id: before.id, ...nothing })).body).toEqual(body);
  });

  it.each(Object.keys(NOTHING))('clears %s by null, and nothing else', async (member) => {
    const before = await full();
    const { body } = await send('PATCH', { id: before.id, [member]: null });
    const zone = member === 'timeZoneOverride' ? { timeZone: 'America/New_York' } : {};
    expect(body).toEqual(changed(before, { [member]: null, ...zone }));
  });

  it('archives, unarchives, enrolls and changes other values at once', async () => {
    const before = await full();
    const change = { archived: false, enrolled: true, lastName: 'Roe', site: { id: 4 }, sex: 'unknown' };
    const { body } = await send('PATCH', { id: before.id, ...change });
    expect(body).toEqual(changed(before, change));
    const back = (await send('PATCH', { id: before.id, archived: true })).body;
    expect(back).toEqual(changed(body, { archived: true }));
  });

  it('by external identifier finds the patient; with an id, it changes the identifier', async () => {
    const before = await full();
    const { id, externalIdentifier } = before;
    const one = (await send('PATCH', { externalIdentifier, firstName: 'Bea' })).body;
    expect(one).toEqual(changed(before, { firstName: 'Bea' }));
    const other = newIdentifier();
    expect((await send('PATCH', { id, externalIdentifier: other })).body).toEqual(
      changed(one, { externalIdentifier: other }),
    );
  });

  it('of two simultaneous changes with the same expected version, one succeeds', async () => {
    const { id } = await full();
    const answers = await rival.atOnce(`select from patient where id = ${id} for update`, [
      () => send('PATCH', { id, firstName: 'Bea', expectedVersion: 1 }),
      () => send('PATCH', { id, lastName: 'Roe', expectedVersion: 1 }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await stored(id)).version).toBe(2);
  });

  it('with an Idempotency-Key is carried out once, although the patient has changed since', async () => {
    const { id } = await full();
    const headers = { 'idempotency-key': randomUUID() };
    const change = { id, lastName: 'Roe' };
    expect((await send('PATCH', change, { headers })).body).toMatchObject({ lastName: 'Roe', version: 2 });
    await send('PATCH', { id, lastName: 'Poe' });
    // The patient in its current state.
    expect(await send('PATCH', change, { headers })).toMatchObject({
      status: 200,
      body: { lastName: 'Poe', version: 3 },
    });
  });
});

/** What a method needs in addition to a reference. */
const REST_OF: Readonly<Record<'PUT' | 'PATCH', Body>> = {
  PUT: { firstName: 'Ann', lastName: 'Lee', archived: false, enrolled: true },
  PATCH: { firstName: 'Ann' },
};

describe.each(['PUT', 'PATCH'] as const)('the reference of %s', (method) => {
  const values = REST_OF[method];

  it('is required', async () => {
    for (const reference of [{}, { externalIdentifier: null }]) {
      const detail = await expectRefused(method, { ...reference, ...values }, [422, 'REFERENCE_MISSING', 'id']);
      expect(detail).toBe('Give id or externalIdentifier.');
    }
  });

  it("must be a patient of the customer: another customer's is as one that does not exist", async () => {
    const theirs = await patients.made({ externalIdentifier: newIdentifier() }, 'lakeview');
    for (const id of [999_999, 0, Number(theirs.databaseId)]) {
      const detail = await expectRefused(method, { id, ...values }, [404, 'PATIENT_NOT_FOUND', 'id']);
      expect(detail).toBe('There is no such patient. Check id.');
    }
    for (const externalIdentifier of ['unknown', '', theirs.externalIdentifier])
      await expectRefused(method, { externalIdentifier, ...values }, [404, 'PATIENT_NOT_FOUND', 'externalIdentifier']);
  });

  it('is the id when the external identifier disagrees: no other patient is changed', async () => {
    const [one, two] = [await full(), await full()];
    const disagreeing = { id: one.id, externalIdentifier: two.externalIdentifier, ...values };
    await expectRefused(method, disagreeing, [409, 'EXTERNAL_IDENTIFIER_TAKEN', 'externalIdentifier']);
    const detail = await expectRefused(method, { ...disagreeing, id: 999_999 }, [404, 'PATIENT_NOT_FOUND', 'id']);
    expect(detail).toBe('There is no such patient. Check id.');
  });

  it('includes the id for operators, because an external identifier is unique only within a customer', async () => {
    const { id, externalIdentifier } = await full();
    const operator = { caller: 'operator' } as const;
    await expectRefused(method, { externalIdentifier, ...values }, [422, 'REFERENCE_MISSING', 'id'], operator);
    expect((await send(method, { id, ...values }, operator)).status).toBe(200);
  });

  it('with a stale version is refused, and with the current one it is not', async () => {
    const { id } = await full();
    for (const expectedVersion of [0, 2, -1])
      await expectRefused(method, { id, ...values, expectedVersion }, [409, 'STALE_VERSION', 'expectedVersion']);
    expect((await send(method, { id, ...values, expectedVersion: 1 })).body.version).toBe(2);
  });
});

/** A valid body of each method. */
async function valid(method: Method): Promise<Body> {
  if (method === 'POST') return { firstName: 'Ann', lastName: 'Lee' };
  return { id: (await full()).id, ...REST_OF[method] };
}

describe.each(['POST', 'PUT', 'PATCH'] as const)('%s', (method) => {
  it.each<[Body, string]>([
    [{ address: { zipCode: '1'.repeat(21) } }, 'address.zipCode'],
    [{ address: { note: 'x'.repeat(2001) } }, 'address.note'],
    [{ address: { city: 'a\0' } }, 'address.city'],
    [{ firstName: ' ' }, 'firstName'],
    [{ lastName: 'x'.repeat(101) }, 'lastName'],
    [{ email: 'unknown' }, 'email'],
    [{ phoneNumber: '12' }, 'phoneNumber'],
    [{ dateOfBirth: '1954-02-30' }, 'dateOfBirth'],
    [{ dateOfBirth: '2954-02-03' }, 'dateOfBirth'],
    [{ timeZoneOverride: 'Mars/Olympus' }, 'timeZoneOverride'],
  ])('refuses %j by the rules of the use case', async (member, field) => {
    const detail = await expectRefused(method, { ...(await valid(method)), ...member }, [422, 'INVALID_INPUT', field]);
    expect(detail.startsWith(`${field} must`)).toBe(true);
  });

  it('reports all values that are refused', async () => {
    const { body } = await send(method, { ...(await valid(method)), email: 'x', address: { zipCode: '1'.repeat(21) } });
    expect(body.errors).toMatchObject([
      { code: 'INVALID_INPUT', field: 'email' },
      { code: 'INVALID_INPUT', field: 'address.zipCode' },
    ]);
  });

  it.each<[Body, string]>([
    [{ nickname: 'Al' }, 'nickname'],
    [{ version: 1 }, 'version'],
    [{ siteId: 3 }, 'siteId'],
    [{ address: { street: 'x' } }, 'address.street'],
    [{ site: { id: 3, name: 'x' } }, 'site.name'],
    [{ site: 3 }, 'site'],
    [{ site: { id: '3' } }, 'site.id'],
    [{ site: {} }, 'site.id'],
    [{ sex: 'FEMALE' }, 'sex'],
    [{ archived: 'true' }, 'archived'],
    [{ archived: null }, 'archived'],
    [{ enrolled: 1 }, 'enrolled'],
    [{ firstName: 5 }, 'firstName'],
    [{ firstName: null }, 'firstName'],
    [{ email: ['a@example.com'] }, 'email'],
    [{ address: 'Main St' }, 'address'],
    [{ dateOfBirth: 19540228 }, 'dateOfBirth'],
  ])('refuses %j as malformed', async (member, field) => {
    await expectRefused(method, { ...(await valid(method)), ...member }, [400, 'BAD_USER_INPUT', field]);
  });

  it('refuses a body that is no object', async () => {
    for (const body of [[], [await valid(method)], 'x', 5, null])
      await expectRefused(method, body, [400, 'BAD_USER_INPUT', null]);
  });

  it('refuses a site of another customer, and a warehouse', async () => {
    const body = await valid(method);
    await expectRefused(method, { ...body, site: { id: 10 } }, [404, 'SITE_NOT_FOUND', 'site.id']);
    await expectRefused(method, { ...body, site: { id: 1 } }, [409, 'SITE_OPERATED_BY_IMPILO', 'site.id']);
  });

  it('is not allowed with a key that only reads', async () => {
    await expectRefused(method, await valid(method), [403, 'FORBIDDEN', null], { caller: 'readOnly' });
  });
});

it.each(['PUT', 'PATCH'] as const)('%s refuses an id that is no whole number up to 2^53', async (method) => {
  for (const id of [1.5, -1, '1', 1e20, null, true])
    await expectRefused(method, { id, ...REST_OF[method] }, [400, 'BAD_USER_INPUT', 'id']);
  await expectRefused(method, { id: 1, ...REST_OF[method], expectedVersion: 2 ** 40 }, [
    400,
    'BAD_USER_INPUT',
    'expectedVersion',
  ]);
});
