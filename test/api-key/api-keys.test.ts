import { createKey } from '../support/api-key';
import { namesOf } from '../support/statement-names';
import { TestApp } from '../support/test-app';
import { namesOfKeys, newApiKey, revokeApiKey } from './api-keys.harness';

const NODE = 'query ($id: ID!) { node(id: $id) { id ... on ApiKey { name } } }';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  await newApiKey(app, 'northside', { name: 'Active', role: 'MEMBER', expiresAt: '2100-01-01T00:00:00Z' });
  const { apiKey: revoked } = await newApiKey(app, 'northside', { name: 'Revoked', role: 'INGEST' });
  await revokeApiKey(app, 'northside', revoked.id);
  await newApiKey(app, 'northside', { name: 'Expired', role: 'MEMBER', expiresAt: '2100-01-01T00:00:00Z' });
  await newApiKey(app, 'lakeview', { name: 'Other', role: 'ADMIN' });
  await newApiKey(app, 'operator', { name: 'Desk', role: 'OPERATOR' });
  await app.admin.query(`update api_key set expires_at = now() - interval '1 day' where name = 'Expired'`);
  await app.admin.query(`update api_key set last_used_at = '2026-11-22T11:00:00Z' where name = 'Active'`);
});
afterAll(() => app.stop());

it('an ADMIN sees the keys of its customer, an operator all keys', async () => {
  expect(await namesOfKeys(app, 'northside')).toEqual(['Active', 'Revoked', 'Expired']);
  expect(await namesOfKeys(app, 'lakeview')).toEqual(['Other']);
  expect(await namesOfKeys(app, 'operator')).toEqual(['Active', 'Revoked', 'Expired', 'Other', 'Desk']);
});

it.each([
  [{ active: true }, ['Active', 'Other', 'Desk']],
  [{ active: false }, ['Revoked', 'Expired']],
  [{ used: true }, ['Active']],
  [{ used: false }, ['Revoked', 'Expired', 'Other', 'Desk']],
  [{ roles: ['INGEST', 'OPERATOR'] }, ['Revoked', 'Desk']],
  [{ lastUsedAt: { to: '2026-11-22T12:00:00Z' } }, ['Active']],
  [{ lastUsedAt: { from: '2026-11-22T12:00:00Z' } }, []],
  [{ expiresAt: { from: '2099-01-01T00:00:00Z' } }, ['Active']],
  [{ createdAt: { to: '2020-01-01T00:00:00Z' } }, []],
  [{ customerIds: ['2'] }, ['Other']],
  [{ customerIds: ['1'], active: true }, ['Active']],
])('the filter %j selects %j', async (filter, names) => {
  expect(await namesOfKeys(app, 'operator', filter)).toEqual(names);
});

it('a filter by another customer selects nothing', async () => {
  expect(await namesOfKeys(app, 'northside', { customerIds: ['2'] })).toEqual([]);
  expect(await namesOfKeys(app, 'northside', { customerIds: ['1', '2'] })).toEqual(['Active', 'Revoked', 'Expired']);
});

it('a search finds keys by the start of their names, ignoring case', async () => {
  const { apiKeys } = await app.data('operator', '{ apiKeys(search: "  rEv") { totalCount nodes { name } } }');
  expect(apiKeys).toEqual({ totalCount: 1, nodes: [{ name: 'Revoked' }] });
});

it('a page with customers and actors takes two statements, however many keys it has', async () => {
  const statements = await app.statementsOf(() =>
    app.data(
      'operator',
      `{ apiKeys(first: 100) { nodes { id lastUsedAt customer { name } createdBy { displayName } revokedBy { displayName } } } }`,
    ),
  );
  expect(namesOf(statements)).toEqual(['api_keys', 'customer_by_id']);
});

describe('the id of the key in an actor', () => {
  /** A MEMBER of Northside creates a patient and overrides a device; the history names its key. */
  async function actorOf(role: 'MEMBER' | 'ADMIN'): Promise<string> {
    const { secret } = await newApiKey(app, 'northside', { name: `Actor ${role}`, role });
    const { viewer } = await app.data<{ viewer: { actor: { apiKeyId: string } } }>(
      { key: secret },
      '{ viewer { actor { ... on ApiKeyActor { apiKeyId } } } }',
    );
    return viewer.actor.apiKeyId;
  }

  it('leads ADMIN of the customer and operators to the key', async () => {
    const id = await actorOf('MEMBER');
    for (const caller of ['northside', 'operator'] as const) {
      expect(await app.data(caller, NODE, { id })).toEqual({ node: { id, name: 'Actor MEMBER' } });
    }
  });

  it('leads another customer to null, as an id that does not exist', async () => {
    expect(await app.data('lakeview', NODE, { id: await actorOf('ADMIN') })).toEqual({ node: null });
  });

  it.each(['MEMBER', 'READ_ONLY'] as const)('is null with FORBIDDEN for %s', async (role) => {
    const { data, errors } = await app.query({ key: await createKey(app, { role }) }, NODE, {
      id: await actorOf('MEMBER'),
    });
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'FORBIDDEN' } }]);
  });
});

it.each(['MEMBER', 'READ_ONLY', 'INGEST'] as const)('a caller with the role %s cannot read keys', async (role) => {
  const key = await createKey(app, { role });
  const { data, errors } = await app.query({ key }, '{ apiKeys { totalCount } apiKey(id: "1") { id } }');
  expect(data).toEqual({ apiKeys: null, apiKey: null });
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

describe("the database role of customers' callers", () => {
  const asCustomer = async (statement: string): Promise<unknown> => {
    await app.admin.query(`begin; set local role gateway_customer; set local app.customer_id = '1'`);
    try {
      const { rows } = await app.admin.query<object>(statement);
      return rows;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await app.admin.query('rollback');
    }
  };

  it.each([
    ['select secret_hash from api_key', '42501'],
    [`select id from api_key where secret_hash = '\\x00'`, '42501'],
    [`update api_key set role = 'ADMIN'`, '42501'],
    [`update api_key set expires_at = null`, '42501'],
    [`update api_key set revoked_at = null where name = 'Revoked'`, '42501'],
    [`delete from api_key`, '42501'],
    [`insert into api_key (customer_id, name, role, secret_hash) values (2, 'x', 'ADMIN', '\\x01')`, '42501'],
    [`insert into api_key (name, role, secret_hash) values ('x', 'OPERATOR', '\\x01')`, '42501'],
    [`insert into api_key (customer_id, name, role, secret_hash) values (1, 'x', 'OPERATOR', '\\x01')`, '23514'],
    [`update api_key set revoked_at = now() where name in ('Other', 'Desk') returning name`, []],
    [`select name from api_key where customer_id is distinct from 1`, []],
  ])('%s: %j', async (statement, expected) => {
    expect(await asCustomer(statement)).toEqual(expected);
  });
});
