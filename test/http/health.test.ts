import { eventually } from '../support/eventually';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';

let app: TestApp;
let proxy: TcpProxy;
beforeAll(async () => {
  app = await TestApp.start({ instances: 0, template: 'empty' });
  proxy = await TcpProxy.start(app.database.url);
  await app.startInstance({ DATABASE_URL: proxy.url });
});
afterAll(async () => {
  await app.stop();
  await proxy.stop();
});

async function ask(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${app.url}${path}`);
  return { status: response.status, body: await response.json() };
}

it('liveness and readiness are reported without a key', async () => {
  expect(await ask('/livez')).toEqual({ status: 200, body: { status: 'ok' } });
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });
});

it('the gateway is alive but not ready while the database is down, and ready again afterwards', async () => {
  proxy.down();
  await eventually(async () => (await ask('/readyz')).status === 503);
  expect(await ask('/readyz')).toEqual({
    status: 503,
    body: { status: 'unavailable', reason: 'the database does not respond' },
  });
  expect(await ask('/livez')).toEqual({ status: 200, body: { status: 'ok' } });

  proxy.up();
  await eventually(async () => (await ask('/readyz')).status === 200);
  expect((await app.data('northside', '{ viewer { role } }')).viewer).toEqual({ role: 'ADMIN' });
});
