import { RestClient } from '../support/rest-client';
import { TestApp } from '../support/test-app';

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

it('a device is found by its id, with its item, site and identifiers', async () => {
  const { status, body } = await rest.get<object>('/device/1');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: 1,
    currentStatus: 'availableAtSite',
    disabledReadings: false,
    deviceIdentifiers: expect.arrayContaining([{ type: 'serial', value: 'ABC123' }]) as unknown,
    currentPatient: null,
  });
});

it("another customer's device is as one that does not exist", async () => {
  const [other, none] = [await rest.get('/device/1', { caller: 'lakeview' }), await rest.get('/device/999999')];
  expect(other.status).toBe(404);
  expect(other.body).toEqual(none.body);
  expect(none.body).toMatchObject({
    code: 'DEVICE_NOT_FOUND',
    field: 'id',
    detail: 'There is no device with this id.',
  });
});

it('a page that is out of reach is refused with the names of the parameters', async () => {
  const { status, body } = await rest.get<object>('/device?page=1000&size=250');
  expect(status).toBe(400);
  expect(body).toMatchObject({
    code: 'BAD_USER_INPUT',
    field: 'page',
    detail: 'page times size must be at most 100000; narrow the list by its filters.',
  });
});

it('devices are found by statuses of several words', async () => {
  const { status, body } = await rest.get<{ content: { currentStatus: string }[] }>(
    '/device?status=withPatient&status=availableAtSite&size=250',
  );
  expect(status).toBe(200);
  expect(new Set(body.content.map(({ currentStatus }) => currentStatus))).toEqual(
    new Set(['withPatient', 'availableAtSite']),
  );
});
