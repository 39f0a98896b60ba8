import { generateApiKey } from '../../src/platform/access/access.service';
import { createKey } from '../support/api-key';
import { LimitNotices } from '../support/limit-notices';
import { RawSocket } from '../support/raw-socket';
import { RestClient } from '../support/rest-client';
import { KEYS, TestApp } from '../support/test-app';

const CHEAP = '{ viewer { role } }';
/** A burst of 30, and one a minute: none comes back within the test. */
const REFUSED_PER_MINUTE = 1;

let app: TestApp;
const notices = new LimitNotices();

beforeEach(async () => {
  app = await TestApp.start({
    refusedPerMinute: REFUSED_PER_MINUTE,
    env: { TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' },
  });
  notices.begin();
});
afterEach(async () => {
  notices.end();
  await app.stop();
});

async function post(key: string | null, address?: string): Promise<Response> {
  return fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(address !== undefined && { 'x-forwarded-for': address }),
    },
    body: JSON.stringify({ query: CHEAP }),
  });
}

const statusesOf = async (count: number, key: () => string | null, address?: string) =>
  (await Promise.all(Array.from({ length: count }, async () => (await post(key(), address)).status))).sort();

const lookups = () => app.statements.filter(({ text }) => text.includes('api_key_by_hash')).length;

it('guessed keys cost no statement after the first few, also when they come at the same time', async () => {
  const statuses = await statusesOf(200, generateApiKey);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(lookups()).toBeGreaterThanOrEqual(30);
  expect(lookups()).toBeLessThan(50);

  const before = lookups();
  const refused = await post(generateApiKey());
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0, await refused.json()]).toEqual([
    429,
    true,
    {
      errors: [
        {
          message: 'Too many requests of this address had a wrong credential, or none.',
          extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) as number },
        },
      ],
    },
  ]);
  const rest = new RestClient(app);
  expect(await rest.get('/device', { caller: { key: generateApiKey() } })).toMatchObject({
    status: 429,
    body: { code: 'RATE_LIMITED' },
  });
  const socket = await RawSocket.open(app.url);
  socket.send({ type: 'connection_init', payload: { apiKey: generateApiKey() } });
  expect(await socket.untilClosed()).toEqual({
    code: 1013,
    reason: 'Too many requests of this address had a wrong credential, or none.',
  });
  expect(lookups()).toBe(before);
  expect(new Set(notices.names)).toEqual(new Set(['refused credentials of an address']));
});

it('a key that was accepted still works from an address that guesses, and any key from another address', async () => {
  const [known, other] = [await createKey(app), await createKey(app)];
  expect((await post(known)).status).toBe(200);
  await statusesOf(60, generateApiKey);
  expect((await post(known)).status).toBe(200);
  expect((await post(other)).status).toBe(429);
  expect((await post(other, '192.0.2.7')).status).toBe(200);
  expect((await post(other)).status).toBe(200);
});

it('requests without a credential count a tenth', async () => {
  expect(await statusesOf(250, () => null)).toEqual(Array(250).fill(401));
  expect(new Set(await statusesOf(100, () => null))).toEqual(new Set([401, 429]));
  expect(lookups()).toBe(0);
});

it('valid keys do not count, also when many are new', async () => {
  const keys = await Promise.all(Array.from({ length: 60 }, () => createKey(app)));
  expect(await statusesOf(60, () => keys.pop()!)).toEqual(Array(60).fill(200));
});

it('behind trusted proxies, the address is the one that the first of them has seen', async () => {
  await statusesOf(60, generateApiKey, '203.0.113.9, 192.0.2.1, 10.1.2.3');
  const key = await createKey(app);
  expect((await post(key, '192.0.2.1')).status).toBe(429);
  expect((await post(key, '203.0.113.9')).status).toBe(200);
  expect(app.log).toContain('"address":"192.0.2.1"');
});

it('an address of IPv6 counts with all of its /64', async () => {
  await statusesOf(60, generateApiKey, '2001:db8::1');
  const key = await createKey(app);
  expect((await post(key, '2001:db8:0:0:ffff::2')).status).toBe(429);
  expect((await post(key, '2001:db8:0:1::1')).status).toBe(200);
  expect((await post(KEYS.northside, '2001:db8:0:1::1')).status).toBe(200);
});
