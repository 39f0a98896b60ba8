import { ApiKeyUses } from '../../src/platform/access/api-key-uses';
import type { StreamLog } from '../../src/platform/db/stream-log';
import { openAccessDatabase, type AccessDatabase } from '../access/access.harness';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { TestApp } from '../support/test-app';

const HOUR_MS = 3_600_000;
const WRITE = 'system record_api_key_uses';

describe('an instance', () => {
  let db: AccessDatabase;
  let now: Date;
  let warnings: string[];
  const log = { warn: (_fields: object, message: string) => warnings.push(message) } as unknown as StreamLog;
  const clock = { now: () => now };

  beforeAll(async () => {
    db = await openAccessDatabase();
  });
  beforeEach(async () => {
    now = new Date('2026-11-22T12:34:56.789Z');
    warnings = [];
    await db.admin.query('truncate api_key restart identity');
    await db.admin.query(
      `insert into api_key (customer_id, name, role, secret_hash)
       select 1, 'Key ' || n, 'MEMBER', sha256(n::text::bytea) from generate_series(1, 2500) n`,
    );
    db.statements.length = 0;
  });
  afterAll(() => db.close());

  const usesWith = (intervalMs: number) => new ApiKeyUses({ database: db.database, clock, log, intervalMs });
  const lastUses = async () => {
    const { rows } = await db.admin.query<{ id: string; at: Date }>(
      'select id, last_used_at as at from api_key where last_used_at is not null order by id',
    );
    return rows.map(({ id, at }) => `${id} ${at.toISOString()}`);
  };

  it('records the hour of a use in the background, once per key and hour', async () => {
    const uses = usesWith(10);
    uses.start();
    for (let use = 0; use < 1_000; use += 1) uses.note('7');
    await eventually(async () => (await lastUses()).length > 0);
    expect(await lastUses()).toEqual(['7 2026-11-22T12:00:00.000Z']);

    for (let use = 0; use < 1_000; use += 1) uses.note('7');
    now = new Date(now.getTime() + HOUR_MS);
    uses.note('7');
    uses.note('8');
    await eventually(async () => (await lastUses()).length === 2);
    await uses.stop();
    expect(await lastUses()).toEqual(['7 2026-11-22T13:00:00.000Z', '8 2026-11-22T13:00:00.000Z']);
    expect(db.statements).toEqual([WRITE, WRITE]);
    expect(warnings).toEqual([]);
  });

  it('sends no statement while no key is used', async () => {
    const uses = usesWith(5);
    uses.start();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await uses.stop();
    expect(db.statements).toEqual([]);
  });

  it('writes what is pending when it stops, in batches', async () => {
    const uses = usesWith(HOUR_MS);
    uses.start();
    for (let id = 1; id <= 2_500; id += 1) uses.note(String(id));
    expect(db.statements).toEqual([]);
    await uses.stop();
    expect(await lastUses()).toHaveLength(2_500);
    expect(db.statements).toEqual([WRITE, WRITE, WRITE]);
  });

  it('does not write a row that another instance has set to the hour, nor move it back', async () => {
    const [one, other, late] = [usesWith(HOUR_MS), usesWith(HOUR_MS), usesWith(HOUR_MS)];
    late.note('1');
    now = new Date(now.getTime() + HOUR_MS);
    one.note('1');
    other.note('1');
    const version = async () =>
      (await db.admin.query<{ xmin: string }>('select xmin::text from api_key where id = 1')).rows;
    await one.stop();
    const before = await version();
    await other.stop();
    await late.stop();
    expect(await version()).toEqual(before);
    expect(await lastUses()).toEqual(['1 2026-11-22T13:00:00.000Z']);
  });

  it('instances that record the same keys at the same time do not deadlock', async () => {
    const all = Array.from({ length: 4 }, () => usesWith(HOUR_MS));
    all.forEach((uses, index) => {
      for (let id = 1; id <= 1_000; id += 1) uses.note(String(index % 2 === 0 ? id : 1_001 - id));
    });
    await Promise.all(all.map((uses) => uses.stop()));
    expect(await lastUses()).toHaveLength(1_000);
    expect(warnings).toEqual([]);
  });

  it('retries after a failure, and does not fail when it stops without a database', async () => {
    const uses = usesWith(10);
    await db.admin.query('alter table api_key rename to api_key_away');
    uses.note('1');
    uses.start();
    await eventually(() => warnings.length > 1);
    await db.admin.query('alter table api_key_away rename to api_key');
    await eventually(async () => (await lastUses()).length === 1);
    await uses.stop();

    const last = usesWith(HOUR_MS);
    last.note('2');
    await db.admin.query('alter table api_key rename to api_key_away');
    await last.stop();
    await db.admin.query('alter table api_key_away rename to api_key');
    expect(new Set(warnings)).toEqual(
      new Set([
        'could not record uses of API keys, the next round retries',
        'could not record the last uses of API keys',
      ]),
    );
  });

  it('keeps a bounded number of keys, also while the database is unavailable', async () => {
    const uses = usesWith(HOUR_MS);
    for (let id = 1; id <= 25_000; id += 1) uses.note(String(id));
    await uses.stop();
    expect(await lastUses()).toHaveLength(2_500);
    expect(db.statements).toHaveLength(10);
  });
});

describe('the gateway', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  it('records the hour of the last call when it stops, without a write in the call', async () => {
    const instance = await app.startInstance();
    const key = await createKey(app);
    const unused = await createKey(app);
    const revoked = await createKey(app);
    await app.admin.query(`update api_key set revoked_at = now() where id = (select max(id) from api_key)`);
    const sent = app.statements.length;
    const hourOf = (time: number) => new Date(Math.floor(time / HOUR_MS) * HOUR_MS).toISOString();
    const before = hourOf(Date.now());
    await app.data({ key }, '{ viewer { role } }', {}, 1);
    expect((await app.query({ key: revoked }, '{ viewer { role } }', {}, 1)).status).toBe(401);
    expect(
      app.statements.slice(sent).filter(({ text }) => /^\/\* \w+ \*\/ (with|update)[^]*api_key/.test(text)),
    ).toEqual([]);
    await instance.stop();

    const { apiKeys } = await app.data<{ apiKeys: { nodes: { lastUsedAt: string | null }[] } }>(
      'northside',
      '{ apiKeys { nodes { lastUsedAt } } }',
    );
    expect(unused).not.toBe(key);
    const [used, ...others] = apiKeys.nodes.map(({ lastUsedAt }) => lastUsedAt);
    expect([before, hourOf(Date.now())]).toContain(used);
    expect(others).toEqual([null, null]);
  });
});
