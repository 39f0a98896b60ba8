import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { TestApp } from '../support/test-app';
import { diagnose } from './doctor.harness';

const bench = new Workbench();
beforeAll(() => bench.open());
afterAll(() => bench.close());

/** Serves one response to every request while `work` runs. */
async function whileServing<Result>(
  response: { status?: number; body: string },
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer((_request, reply) => {
    reply.writeHead(response.status ?? 200, { connection: 'close' }).end(response.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

test('reports each bad variable on a line, without the values of secrets', async () => {
  const { exitCode, text } = await diagnose({ PORT: 'http', APP_SECRET: 'too-short', HOST: 'a b', DEMO: 'maybe' });
  expect(exitCode).toBe(1);
  expect(text.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
    'failed   configuration      PORT',
    'failed   configuration      HOST',
    'failed   configuration      APP_SECRET',
    'failed   configuration      DEMO',
    '',
    '0 ok, 0 warnings, 4 failed',
  ]);
  expect(text).not.toContain('too-short');
});

describe('the embedded database', () => {
  test('that does not exist yet is not created', async () => {
    const dataDir = join(bench.folder, 'none');
    const { exitCode, lines } = await diagnose({ DATA_DIR: dataDir });
    expect([exitCode, lines['embedded database']]).toEqual([
      0,
      `ok: none yet, the gateway will create it in ${dataDir}.`,
    ]);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('is checked while it runs, and not started when it is stopped', async () => {
    const server = await bench.start();
    const running = await diagnose({ DATA_DIR: bench.dataDir });
    expect(running.exitCode).toBe(0);
    expect(running.lines).toMatchObject({
      'embedded database': `ok: running, data in ${server.dataDir}.`,
      'database encoding': 'ok: UTF8.',
      'time zones': 'ok: PostgreSQL and Node agree for 10 zones.',
    });
    await server.stop();
    const stopped = await diagnose({ DATA_DIR: bench.dataDir });
    expect([stopped.exitCode, stopped.lines['embedded database']]).toEqual([
      0,
      `ok: stopped, data in ${server.dataDir}; start the gateway and run the doctor again to check the rest.`,
    ]);
    expect(stopped.lines).not.toHaveProperty('database version');
    expect(existsSync(join(server.dataDir, 'cluster/postmaster.pid'))).toBe(false);
  });
});

describe('the address', () => {
  const addressOf = async (env: Record<string, string>) =>
    (await diagnose({ DATA_DIR: join(bench.folder, 'none'), ...env })).lines.address;

  test('of another program is a failure', async () => {
    await whileServing({ body: 'hello' }, async (url) => {
      const { port } = new URL(url);
      expect(await addressOf({ PORT: port })).toBe(
        `failed: another program listens on 127.0.0.1, port ${port}. Stop it, or set PORT to another port.`,
      );
    });
  });

  test('of a running gateway is fine', async () => {
    const app = await TestApp.start({ template: 'empty' });
    const { port } = new URL(app.url);
    expect(await addressOf({ PORT: port })).toBe(`ok: a gateway is running on 127.0.0.1, port ${port}.`);
    await app.stop();
  });

  test('that this machine does not have is a failure', async () => {
    expect(await addressOf({ HOST: '192.0.2.1', DEMO: 'off' })).toMatch(
      /^failed: cannot listen on 192\.0\.2\.1, any free port \(this machine does not have the address\)\. Set HOST to an/,
    );
  });
});

describe('the trusted documents', () => {
  const documentsOf = async (content: string) => {
    const file = join(bench.folder, 'documents.json');
    await writeFile(file, content);
    const env = { TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_PATH: file };
    const { exitCode, lines } = await diagnose({ DATA_DIR: join(bench.folder, 'none'), ...env });
    const found = lines['trusted documents']!;
    expect(exitCode).toBe(found.startsWith('failed') ? 1 : 0);
    return found.replace(bench.folder, '…');
  };

  test.each([
    ['{ "a": "{ __typename }", "b": "{ __typename }", "c": "{ viewer { role } }" }', 'ok: 2 valid, in 1 file.'],
    ['{}', 'warning: 0 valid, in 1 file. With TRUSTED_DOCUMENTS=only, every document is refused.'],
    [
      '{ "a": "{ nothing }" }',
      'failed: TRUSTED_DOCUMENTS_PATH: …/documents.json: document "a": Cannot query field "nothing" on type "Query". Correct the file, or generate it again.',
    ],
    [
      '{',
      'failed: TRUSTED_DOCUMENTS_PATH: …/documents.json: is not valid JSON. Correct the file, or generate it again.',
    ],
  ])('%s', async (content, found) => {
    expect(await documentsOf(content)).toBe(found);
  });

  test('are not looked for when they are off', async () => {
    const { lines } = await diagnose({ DATA_DIR: join(bench.folder, 'none'), TRUSTED_DOCUMENTS_PATH: 'missing' });
    expect(lines['trusted documents']).toBe('ok: off, every valid document is executed.');
  });
});

describe('the address of the metrics', () => {
  const metricsOf = async (env: Record<string, string>) =>
    (await diagnose({ DATA_DIR: join(bench.folder, 'none'), ...env })).lines['metrics address'];

  test('is free, or of another program, which is a failure', async () => {
    expect(await metricsOf({ METRICS_PORT: '0' })).toBe('ok: 127.0.0.1, any free port is free.');
    await whileServing({ body: 'hello' }, async (url) => {
      const { port } = new URL(url);
      expect(await metricsOf({ METRICS_PORT: port })).toBe(
        `failed: another program listens on 127.0.0.1, port ${port}. Stop it, or set METRICS_PORT to another port.`,
      );
      expect(await metricsOf({ METRICS_PORT: port, PORT: port })).toBe(
        `failed: METRICS_PORT and PORT are both ${port}. Set METRICS_PORT to another port.`,
      );
    });
  });

  test('of a running gateway is fine', async () => {
    const app = await TestApp.start({ template: 'empty', env: { METRICS_PORT: '0' } });
    const { port } = new URL(app.metricsUrls[0]!);
    expect(await metricsOf({ METRICS_PORT: port })).toBe(`ok: a gateway is running on 127.0.0.1, port ${port}.`);
    await app.stop();
  });
});

describe('the token issuer', () => {
  const issuerOf = async (body: string, status = 200) =>
    whileServing({ status, body }, async (url) => {
      const env = { JWKS_URL: `${url}/keys?secret=1`, JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'gateway' };
      const { exitCode, lines, text } = await diagnose({ DATA_DIR: join(bench.folder, 'none'), ...env });
      expect(text).not.toContain('secret=1');
      expect(exitCode).toBe(lines['token issuer']!.startsWith('failed') ? 1 : 0);
      return lines['token issuer'];
    });

  async function publicKey(members: JWK = {}): Promise<JWK> {
    const { publicKey: key } = await generateKeyPair('ES256');
    return { ...(await exportJWK(key)), ...members };
  }

  test('with usable keys is fine; other keys are counted', async () => {
    const keys = [
      await publicKey({ kid: 'a' }),
      await publicKey({ kid: 'b', use: 'enc' }),
      { kty: 'oct', k: 'AA', kid: 'c' },
    ];
    expect(await issuerOf(JSON.stringify({ keys }))).toBe('ok: 1 of 3 keys can verify tokens.');
  });

  test('with several keys without a name is a warning', async () => {
    const keys = [await publicKey(), await publicKey()];
    expect(await issuerOf(JSON.stringify({ keys }))).toBe(
      'warning: 2 of 2 keys can verify tokens, but some have no kid. Configure the issuer to name its keys. Otherwise tokens are refused.',
    );
  });

  test.each([
    ['{ "keys": [{ "kty": "oct", "k": "AA" }] }', 200, /^failed: 0 of 1 keys can verify tokens\. Configure the issuer/],
    ['{ "keys": [{ "kty": "EC", "crv": "P-256" }] }', 200, /^failed: 0 of 1 keys/],
    ['<html>', 200, /^failed: JWKS_URL returned no key set\./],
    ['{}', 404, /^failed: JWKS_URL returned the status 404\./],
  ])('%s with the status %i is a failure', async (body, status, found) => {
    expect(await issuerOf(body, status)).toMatch(found);
  });
});
