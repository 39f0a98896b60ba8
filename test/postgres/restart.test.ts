import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp, type App } from '../../src/app';
import { loadConfig } from '../../src/config';
import { createLogger } from '../../src/platform/base/logger';
import { Writable } from 'node:stream';
import { findServer } from '../../src/platform/postgres/server-process';
import { eventually } from '../support/eventually';
import { KEYS } from '../support/test-app';
import { temporaryFolder } from './embedded-postgres.harness';

let folder: string;
let log = '';
const apps: App[] = [];

/** Two gateways on one folder. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log += chunk.toString();
      done();
    },
  });
  for (let nth = 0; nth < 2; nth += 1)
    apps.push(
      await startApp(
        loadConfig({ DATA_DIR: join(folder, 'data'), PORT: '0' }),
        createLogger({ level: 'info', destination }),
      ),
    );
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await rm(folder, { recursive: true, force: true });
});

const clusterDir = () => join(folder, 'data', 'cluster');

async function kill(): Promise<number> {
  const { pid, port } = (await findServer(clusterDir()))!;
  process.kill(pid, 'SIGKILL');
  return port;
}

async function devicesAt({ url }: App): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ devices { totalCount } }' }),
  });
  return response.json();
}

const readiness = async (app: App) => (await fetch(`${app.url}/readyz`)).status;
const occurrences = (text: string) => log.split(text).length - 1;

/** All gateways serve again, without being started again. */
async function untilServed(expected: unknown): Promise<void> {
  for (const app of apps) {
    await eventually(async () => (await readiness(app)) === 200, 'the gateway to be ready');
    expect(await devicesAt(app)).toEqual(expected);
  }
}

it('a server that was killed is started again by one of its gateways, on the same port', async () => {
  const before = await devicesAt(apps[0]!);
  expect(before).toMatchObject({ data: { devices: { totalCount: expect.any(Number) as number } } });
  const port = await kill();
  await eventually(() => log.includes('embedded PostgreSQL had ended and was started again'));
  await untilServed(before);
  expect(await findServer(clusterDir())).toMatchObject({ port, status: 'ready' });
  expect(occurrences('embedded PostgreSQL had ended and was started again')).toBe(1);
});

it('a server that cannot start, as while its disk is full, is started as soon as it can', async () => {
  const before = await devicesAt(apps[0]!);
  // Simulates a full disk, with which PostgreSQL ends and does not start.
  const control = join(clusterDir(), 'global', 'pg_control');
  await rename(control, `${control}.away`);
  try {
    await kill();
    await eventually(() => occurrences('the embedded PostgreSQL cannot be used, will retry') >= 2);
    await eventually(async () => (await readiness(apps[0]!)) === 503, 'the gateway to be not ready');
    expect(await devicesAt(apps[0]!)).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  } finally {
    await rename(`${control}.away`, control);
  }
  await untilServed(before);
});
