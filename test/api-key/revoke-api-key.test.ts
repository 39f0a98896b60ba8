import { globalId } from '../support/global-id';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';
import { newApiKey, revokeApiKey, storedKeys } from './api-keys.harness';

const VIEWER = '{ viewer { role } }';
const WATCH = 'subscription { deviceStatusChanged { cursor } }';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
});
afterAll(() => app.stop());

async function expectNotFound(caller: Parameters<typeof revokeApiKey>[1], apiKeyId: string) {
  const before = await storedKeys(app);
  const { data, errors } = await revokeApiKey(app, caller, apiKeyId);
  expect(errors).toBeUndefined();
  expect(data.revokeApiKey).toEqual({
    apiKey: null,
    userErrors: [
      { code: 'API_KEY_NOT_FOUND', message: 'There is no such API key. Check apiKeyId.', path: ['input', 'apiKeyId'] },
    ],
  });
  expect(await storedKeys(app)).toEqual(before);
}

it('a revoked key is refused within 5 seconds on every instance, and its subscriptions end', async () => {
  const { apiKey, secret } = await newApiKey(app, 'northside');
  const caller = { key: secret };
  const subscribers = app.urls.map((url) => new Subscriber(url, caller, WATCH));
  await eventually(() => app.subscribers === 2);

  const revokedMs = performance.now();
  const { data } = await revokeApiKey(app, 'northside', apiKey.id);
  expect(data.revokeApiKey).toMatchObject({
    apiKey: {
      id: apiKey.id,
      revokedAt: expect.stringMatching(/Z$/) as string,
      revokedBy: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
    },
    userErrors: [],
  });

  await eventually(() => subscribers.every(({ closed }) => closed !== undefined));
  expect(subscribers.map(({ closed }) => closed)).toEqual([
    { code: 4403, reason: 'Credential no longer valid' },
    { code: 4403, reason: 'Credential no longer valid' },
  ]);
  for (const instance of [0, 1]) expect((await app.query(caller, VIEWER, {}, instance)).status).toBe(401);
  expect(performance.now() - revokedMs).toBeLessThan(20_000);
});

it('a repeated revocation succeeds and keeps time and actor of the first', async () => {
  const { apiKey } = await newApiKey(app, 'northside');
  const first = await revokeApiKey(app, 'operator', apiKey.databaseId);
  const before = await storedKeys(app);
  const again = await revokeApiKey(app, 'northside', apiKey.id);
  expect(again.data.revokeApiKey.userErrors).toEqual([]);
  expect(again.data.revokeApiKey.apiKey!.revokedAt).toBe(first.data.revokeApiKey.apiKey!.revokedAt);
  expect(again.data.revokeApiKey.apiKey!.revokedBy).toEqual({ __typename: 'StaffActor', displayName: 'Impilo' });
  expect(await storedKeys(app)).toEqual(before);
});

it('revocations at the same time on two instances all succeed with the same time', async () => {
  const { apiKey } = await newApiKey(app, 'northside');
  const results = await Promise.all(Array.from({ length: 6 }, () => revokeApiKey(app, 'northside', apiKey.id)));
  expect(results.flatMap(({ data }) => data.revokeApiKey.userErrors)).toEqual([]);
  expect(new Set(results.map(({ data }) => data.revokeApiKey.apiKey!.revokedAt)).size).toBe(1);
});

it('a caller can revoke the key that it calls with, and receives the result', async () => {
  const { apiKey, secret } = await newApiKey(app, 'northside', { name: 'Own', role: 'ADMIN' });
  const { data } = await revokeApiKey(app, { key: secret }, apiKey.id);
  expect(data.revokeApiKey.apiKey!.revokedBy).toEqual({ __typename: 'ApiKeyActor', displayName: 'Own' });
  await eventually(async () => (await app.query({ key: secret }, VIEWER)).status === 401);
});

it('keys of another customer and of operators, and unknown keys, are not found', async () => {
  const { apiKey: foreign } = await newApiKey(app, 'lakeview');
  const { apiKey: ofOperator } = await newApiKey(app, 'operator', { name: 'Desk', role: 'OPERATOR' });
  for (const { id, databaseId } of [foreign, ofOperator]) {
    await expectNotFound('northside', id);
    await expectNotFound('northside', databaseId);
  }
  await expectNotFound('operator', '900000000000000001');
  await expectNotFound('operator', globalId('Device', foreign.databaseId));
  const { data } = await revokeApiKey(app, 'operator', ofOperator.id);
  expect(data.revokeApiKey.userErrors).toEqual([]);
});

it.each(['MEMBER', 'READ_ONLY', 'INGEST'] as const)(
  'a caller with the role %s is forbidden to revoke keys',
  async (role) => {
    const { apiKey } = await newApiKey(app, 'northside');
    const key = await createKey(app, { role });
    const before = await storedKeys(app);
    const { data, errors } = await revokeApiKey(app, { key }, apiKey.id);
    expect(data).toEqual({ revokeApiKey: null });
    expect(errors).toMatchObject([{ path: ['revokeApiKey'], extensions: { code: 'FORBIDDEN' } }]);
    expect(await storedKeys(app)).toEqual(before);
  },
);
