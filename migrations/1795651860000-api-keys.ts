import type { MigrationInterface, QueryRunner } from 'typeorm';

const CALLER = `nullif(current_setting('app.customer_id', true), '')::bigint`;
const ACTOR_KINDS = `'API_KEY', 'USER', 'OPERATOR', 'SYSTEM'`;

/** Columns that the roles of callers may read: all except `secret_hash`. */
const READABLE = [
  'id',
  'customer_id',
  'name',
  'name_key',
  'role',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
  ...['created_by', 'revoked_by'].flatMap((by) => [`${by}_kind`, `${by}_label`, `${by}_api_key_id`]),
];

/**
 * Adds the last use and the actors to API keys, and makes keys accessible to callers: the roles of customers and operators can
 * create, read and revoke keys, a customer's role only those of its customer. They cannot read hashes, change a key in another
 * way, delete one, or undo a revocation.
 *
 * Rewrites `api_key`, a small table, for the lower-cased name. Instances of the release before can continue to run.
 */
export class ApiKeys1795651860000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table api_key
        add column name_key text collate "C" not null generated always as (lower(name)) stored,
        add column last_used_at timestamptz(3)`);
    for (const by of ['created_by', 'revoked_by']) {
      await runner.query(`
        alter table api_key
          add column ${by}_kind text check (${by}_kind in (${ACTOR_KINDS})),
          add column ${by}_label text,
          add column ${by}_api_key_id bigint,
          add constraint api_key_${by} check ((${by}_kind is null) = (${by}_label is null)),
          add constraint api_key_${by}_api_key check (${by}_api_key_id is null or ${by}_kind = 'API_KEY')`);
    }
    await runner.query(
      `alter table api_key add constraint api_key_revoked check (revoked_by_kind is null or revoked_at is not null)`,
    );
    await runner.query(`create index api_key_by_customer on api_key (customer_id, id)`);
    await runner.query(`create index api_key_by_name on api_key (customer_id, name_key, id)`);
    await runner.query(`create index api_key_by_name_for_operators on api_key (name_key, id)`);

    const both = 'gateway_customer, gateway_operator';
    for (const [name, role, condition] of [
      ['customers', 'gateway_customer', `customer_id = ${CALLER}`],
      ['operators', 'gateway_operator', 'true'],
    ] as const) {
      await runner.query(`create policy ${name}_read on api_key for select to ${role} using (${condition})`);
      await runner.query(`create policy ${name}_insert on api_key for insert to ${role} with check (${condition})`);
      await runner.query(`create policy ${name}_revoke on api_key for update to ${role}
        using (${condition}) with check (${condition} and revoked_at is not null)`);
    }
    await runner.query(`grant select (${READABLE.join(', ')}) on api_key to ${both}`);
    await runner.query(`grant insert (customer_id, name, role, secret_hash, expires_at,
      created_by_kind, created_by_label, created_by_api_key_id) on api_key to ${both}`);
    await runner.query(`grant update (revoked_at, revoked_by_kind, revoked_by_label, revoked_by_api_key_id)
      on api_key to ${both}`);
  }

  async down(): Promise<void> {
    throw new Error('Actors and uses of API keys are not taken back: that would lose them.');
  }
}
