import { hashApiKey } from '../../src/platform/access/access.service';
import { MAX_ACTIVE_KEYS } from '../../src/features/api-key/api-key-rules';
import { createKey } from '../support/api-key';
import { TestApp } from '../support/test-app';
import { createApiKey, MEMBER_KEY, newApiKey, storedKeys } from './api-keys.harness';

const VIEWER =
  '{ viewer { role customer { databaseId } actor { __typename displayName ... on ApiKeyActor { apiKeyId } } } }';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
beforeEach(() => app.admin.query('truncate api_key'));
afterAll(() => app.stop());

async function expectRefused(caller: Parameters<typeof createApiKey>[1], input: object, userErrors: object[]) {
  const before = await storedKeys(app);
  const { data, errors } = await createApiKey(app, caller, input);
  expect(errors).toBeUndefined();
  expect(data.createApiKey).toEqual({ apiKey: null, secret: null, userErrors });
  expect(await storedKeys(app)).toEqual(before);
}

describe('an ADMIN', () => {
  it.each(['ADMIN', 'MEMBER', 'READ_ONLY', 'INGEST'])(
    'creates a key with the role %s for its own customer, and the key works at once',
    async (role) => {
      const { apiKey, secret } = await newApiKey(app, 'northside', { name: '  Ward tablet ', role });

      expect(secret).toMatch(/^dgk_[\w-]{43}$/);
      expect(apiKey).toMatchObject({
        name: 'Ward tablet',
        role,
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
        customer: { databaseId: '1' },
        createdBy: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
        revokedBy: null,
      });
      expect((await app.data({ key: secret }, VIEWER)).viewer).toEqual({
        role,
        customer: { databaseId: '1' },
        actor: { __typename: 'ApiKeyActor', displayName: 'Ward tablet', apiKeyId: apiKey.id },
      });
    },
  );

  it('can pass its own customer', async () => {
    const { apiKey } = await newApiKey(app, 'northside', { ...MEMBER_KEY, customerId: '1' });
    expect(apiKey.customer).toEqual({ databaseId: '1' });
  });

  it('is refused a key of another customer, as for one that does not exist', async () => {
    for (const customerId of ['2', '900000000000000001', '0']) {
      await expectRefused('northside', { ...MEMBER_KEY, customerId }, [
        {
          code: 'CUSTOMER_NOT_FOUND',
          message: 'There is no such customer. Check customerId.',
          path: ['input', 'customerId'],
        },
      ]);
    }
  });

  it.each([{}, { customerId: '1' }, { customerId: '2' }])(
    'is forbidden a key of an operator, with %j',
    async (other) => {
      const { data, errors } = await createApiKey(app, 'northside', { name: 'x', role: 'OPERATOR', ...other });
      expect(data).toEqual({ createApiKey: null });
      expect(errors).toMatchObject([{ path: ['createApiKey'], extensions: { code: 'FORBIDDEN' } }]);
      expect(errors![0]!.message).toBe('The role ADMIN does not allow the action api-key:manage-operators.');
      expect(await storedKeys(app)).toEqual([]);
    },
  );

  it('creates further keys with a key that was created through the API', async () => {
    const { secret } = await newApiKey(app, 'northside', { name: 'First', role: 'ADMIN' });
    const { apiKey } = await newApiKey(app, { key: secret });
    expect(apiKey.createdBy).toEqual({ __typename: 'ApiKeyActor', displayName: 'First' });
  });
});

describe('an operator', () => {
  it('creates keys of any customer; the customer sees Impilo as the actor', async () => {
    const { apiKey } = await newApiKey(app, 'operator', { ...MEMBER_KEY, customerId: '2' });
    expect(apiKey).toMatchObject({
      customer: { databaseId: '2' },
      createdBy: { __typename: 'StaffActor', displayName: 'Operator demo key' },
    });
    const { apiKeys } = await app.data<{ apiKeys: { nodes: object[] } }>(
      'lakeview',
      '{ apiKeys { nodes { databaseId createdBy { displayName } } } }',
    );
    expect(apiKeys.nodes).toEqual([{ databaseId: apiKey.databaseId, createdBy: { displayName: 'Impilo' } }]);
  });

  it('creates keys of operators, which belong to no customer', async () => {
    const { apiKey, secret } = await newApiKey(app, 'operator', { name: 'Warehouse desk', role: 'OPERATOR' });
    expect(apiKey.customer).toBeNull();
    expect((await app.data({ key: secret }, VIEWER)).viewer).toMatchObject({ role: 'OPERATOR', customer: null });
  });

  it('is refused a customer with the role OPERATOR, and none with another role', async () => {
    await expectRefused('operator', { name: 'x', role: 'OPERATOR', customerId: '1' }, [
      {
        code: 'INVALID_INPUT',
        message: 'customerId must be omitted for a key with the role OPERATOR.',
        path: ['input', 'customerId'],
      },
    ]);
    await expectRefused('operator', MEMBER_KEY, [
      { code: 'REFERENCE_MISSING', message: 'customerId is required for operators.', path: ['input', 'customerId'] },
    ]);
  });
});

it.each(['MEMBER', 'READ_ONLY', 'INGEST'] as const)(
  'a caller with the role %s is forbidden to create keys',
  async (role) => {
    const key = await createKey(app, { role });
    const before = await storedKeys(app);
    const { data, errors } = await createApiKey(app, { key });
    expect(data).toEqual({ createApiKey: null });
    expect(errors).toMatchObject([{ path: ['createApiKey'], extensions: { code: 'FORBIDDEN' } }]);
    expect(await storedKeys(app)).toEqual(before);
  },
);

it.each([
  ['', 'name must not be empty.'],
  ['   ', 'name must not be empty.'],
  ['x'.repeat(101), 'name must have at most 100 characters.'],
  ['a\u0000b', 'name must not contain a NUL character.'],
  ['a\nb', 'name must not contain control characters or line ends.'],
  ['a\u009b2Jb', 'name must not contain control characters or line ends.'],
])('the name %j is refused', async (name, message) => {
  await expectRefused('northside', { ...MEMBER_KEY, name }, [
    { code: 'INVALID_INPUT', message, path: ['input', 'name'] },
  ]);
});

it('a name of 100 characters is accepted', async () => {
  const name = 'é'.repeat(100);
  expect((await newApiKey(app, 'northside', { ...MEMBER_KEY, name })).apiKey.name).toBe(name);
});

it('an expiry in the past is refused, and a key works until its expiry', async () => {
  await expectRefused('northside', { ...MEMBER_KEY, expiresAt: new Date(Date.now() - 1).toISOString() }, [
    { code: 'INVALID_INPUT', message: 'expiresAt must be in the future.', path: ['input', 'expiresAt'] },
  ]);
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { apiKey, secret } = await newApiKey(app, 'northside', { ...MEMBER_KEY, expiresAt });
  expect(apiKey.expiresAt).toBe(expiresAt);
  expect((await app.query({ key: secret }, VIEWER)).status).toBe(200);
});

it('the secret is stored as a hash only, and no statement returns the hash', async () => {
  const { secret } = await newApiKey(app, 'northside');
  const [row] = await storedKeys(app);
  expect(row).toContain(hashApiKey(secret).toString('hex'));
  expect(row).not.toContain(secret.slice('dgk_'.length));
  expect(JSON.stringify(app.statements)).not.toContain(secret);
  expect(app.log).not.toContain(secret);
  const keyStatements = app.statements.filter(({ text }) => text.includes('api_key'));
  expect(keyStatements.filter(({ text }) => /(returning|select)[^]*secret_hash as/.test(text))).toEqual([]);
  const { rows } = await app.admin.query<{ text: string }>('select e::text as text from event e');
  expect(rows.filter(({ text }) => text.includes(secret))).toEqual([]);
});

describe('the maximum of active keys', () => {
  const fill = (customerId: string | null, count: number) =>
    app.admin.query(
      `insert into api_key (customer_id, role, name, secret_hash)
       select $1, case when $1::bigint is null then 'OPERATOR' else 'MEMBER' end, 'Key ' || n,
         sha256((coalesce($1, 0) || ':' || n)::bytea) from generate_series(1, $2::int) n`,
      [customerId, count],
    );
  const refusal = (owner: string) => [
    {
      code: 'TOO_MANY_API_KEYS',
      message: `${owner} 100 active API keys, the maximum. Revoke keys that are no longer used.`,
      path: null,
    },
  ];

  it('refuses another key of the customer, but not of others', async () => {
    await fill('1', MAX_ACTIVE_KEYS);
    await expectRefused('northside', MEMBER_KEY, refusal('The customer has'));
    await expectRefused('operator', { ...MEMBER_KEY, customerId: '1' }, refusal('The customer has'));
    await newApiKey(app, 'lakeview');
    await newApiKey(app, 'operator', { name: 'x', role: 'OPERATOR' });
  });

  it('applies to all operators together', async () => {
    await fill(null, MAX_ACTIVE_KEYS);
    await expectRefused('operator', { name: 'x', role: 'OPERATOR' }, refusal('Operators have'));
    await newApiKey(app, 'operator', { ...MEMBER_KEY, customerId: '1' });
  });

  it('does not count revoked and expired keys', async () => {
    await fill('1', 1_000);
    await app.admin.query(`update api_key set revoked_at = now() where id % 2 = 0`);
    await app.admin.query(`update api_key set expires_at = now() where id % 2 = 1`);
    await newApiKey(app, 'northside');
  });

  it('holds for keys that are created at the same time', async () => {
    await fill('1', MAX_ACTIVE_KEYS - 2);
    const results = await Promise.all(Array.from({ length: 8 }, () => createApiKey(app, 'northside')));
    const created = results.filter(({ data }) => data.createApiKey.apiKey !== null);
    expect(created).toHaveLength(2);
    expect(await storedKeys(app)).toHaveLength(MAX_ACTIVE_KEYS);
  });
});
