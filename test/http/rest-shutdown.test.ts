import { eventually } from '../support/eventually';
import { RestClient } from '../support/rest-client';
import { TestApp } from '../support/test-app';

const STOPPING = 1;

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

it('requests in flight finish during a shutdown, and new ones are SERVICE_UNAVAILABLE', async () => {
  const instance = await app.startInstance();
  await app.admin.query('begin');
  await app.admin.query('select from device where id = 3 for update');
  const answer = rest.patch('/device/disable-readings', { deviceId: 3 }, { instance: STOPPING });
  await eventually(async () => {
    await app.admin.query('select pg_stat_clear_snapshot()'); // otherwise the view does not change within a transaction
    const { rowCount } = await app.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  });

  const stopped = instance.stop();
  for (const request of [
    () => rest.get('/device/1', { instance: STOPPING }),
    () => rest.patch('/device/disable-readings', { deviceId: 4 }, { instance: STOPPING }),
  ])
    expect(await request()).toMatchObject({
      status: 503,
      body: {
        status: 503,
        code: 'SERVICE_UNAVAILABLE',
        detail: 'The server is shutting down. Try again.',
        field: null,
      },
    });

  await app.admin.query('rollback');
  expect(await answer).toMatchObject({ status: 200, body: { id: 3, currentStatus: 'decommissioned' } });
  await stopped;
  expect((await rest.get('/device/4')).body).toMatchObject({ disabledReadings: false });
});
