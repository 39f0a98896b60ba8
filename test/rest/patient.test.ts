import { Patients } from '../support/patients';
import { RestClient } from '../support/rest-client';
import { inRestForm, patientsInRestForm } from '../support/rest-patient';
import { TestApp } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
let patients: Patients;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  patients = new Patients(app);
});
afterAll(() => app.stop());

it('each patient has the same values as in GraphQL', async () => {
  const all = await patientsInRestForm(app);
  expect(all.length).toBeGreaterThan(20);
  for (const patient of all) {
    const { status, body } = await rest.get<object>(`/patient/${String(patient.id)}`);
    expect(status).toBe(200);
    expect(body).toEqual(patient);
  }
});

it('a patient with all values, and one with the required values alone, are complete', async () => {
  const full = await patients.made({
    externalIdentifier: 'FULL', dateOfBirth: '1954-02-28', sex: 'UNKNOWN', email: 'ann@example.com', phoneNumber: '+1 617 555 0100',
    address: { lineOne: '1 Main St', lineTwo: 'Apt 2', lineThree: 'c/o Lee', city: 'Boston', state: 'MA', zipCode: '02118', country: 'US', note: 'Ring twice' },
    timeZoneOverride: 'America/Chicago', siteId: '3',
  }); // prettier-ignore
  const bare = await patients.made();
  for (const patient of [full, bare])
    expect((await rest.get(`/patient/${patient.databaseId}`)).body).toEqual(inRestForm(patient));
  expect((await rest.get(`/patient/${full.databaseId}`)).body).toMatchObject({
    sex: 'unknown',
    timeZone: 'America/Chicago',
    site: { id: 3 },
    archived: false,
    version: 1,
  });
});

it.each(['999999', '0', '9007199254740991'])('a patient %s that does not exist is not found', async (id) => {
  const { status, body } = await rest.get<object>(`/patient/${id}`);
  expect(status).toBe(404);
  expect(body).toMatchObject({ code: 'PATIENT_NOT_FOUND', field: 'id' });
});

it("another customer's patient is as one that does not exist", async () => {
  const theirs = await patients.made({}, 'lakeview');
  const [other, none] = [await rest.get(`/patient/${theirs.databaseId}`), await rest.get('/patient/999999')];
  expect(other.status).toBe(404);
  expect(other.body).toEqual(none.body);
  expect((await rest.get(`/patient/${theirs.databaseId}`, { caller: 'operator' })).status).toBe(200);
});

it.each(['99999999999999999999', '9007199254740992', '-1', '1.5', '1e3', 'abc', '%00', '1%20'])(
  'the id %s is refused as malformed',
  async (id) => {
    const { status, body } = await rest.get<object>(`/patient/${id}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'BAD_USER_INPUT', field: 'id' });
  },
);
