import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'ApiKeys1795651860000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
});
afterAll(() => database.drop());

/** The statement with which the release before creates a key. */
const createKey = (name: string) =>
  database.admin.query(
    `begin; set local role gateway_worker;
     insert into api_key (customer_id, name, role, secret_hash, expires_at) values (1, '${name}', 'MEMBER', sha256('${name}'), null);
     commit`,
  );

it('keys from before keep their values and have neither a last use nor actors, and instances of the release before still create keys', async () => {
  await database.admin.query(`insert into customer (name) values ('One')`);
  await createKey('Before');
  await database.admin.query(`update api_key set revoked_at = '2026-01-02 03:04:05.678Z'`);
  const [before] = await database.rows('select to_jsonb(k) as row from api_key k');

  await database.run(MIGRATION);
  await createKey('After');

  const unknown = {
    last_used_at: null,
    created_by_kind: null,
    created_by_label: null,
    created_by_api_key_id: null,
    revoked_by_kind: null,
    revoked_by_label: null,
    revoked_by_api_key_id: null,
  };
  const rows = await database.rows('select to_jsonb(k) as row from api_key k order by id');
  expect(rows).toEqual([
    { row: { ...(before as { row: object }).row, name_key: 'before', ...unknown } },
    { row: expect.objectContaining({ name: 'After', name_key: 'after', revoked_at: null, ...unknown }) as object },
  ]);
});
