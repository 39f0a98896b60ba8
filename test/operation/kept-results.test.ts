import { Client } from 'pg';
import { Database } from '../../src/platform/db/database';
import { IdempotencyPruner } from '../../src/platform/operation/idempotency-pruner';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from '../access/issuer.harness';
import { silentLog } from '../support/silent-log';
import type { Recorded } from '../support/record-readings';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer(() => new Date());
  const env = { JWKS_URL: issuer.jwksUrl.toString(), JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  app = await TestApp.start({ env });
});
afterAll(async () => {
  await app.stop();
  await issuer.close();
});
beforeEach(() => app.admin.query('delete from idempotency_key'));

type Caller = CallerName | { key: string };

async function call<Payload>(
  mutation: string,
  selection: string,
  input: object,
  caller: Caller = 'northside',
): Promise<Payload> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message path } } }`;
  return (await app.data<Record<string, Payload>>(caller, document, { input }))[mutation]!;
}

interface Kept {
  customer_id: string;
  operation: string;
  result: string;
}

async function keptRows(): Promise<Kept[]> {
  return (await app.admin.query<Kept>('select * from idempotency_key order by created_at')).rows;
}

describe('what is kept of a call', () => {
  const PATIENT = {
    firstName: 'Markerfirst',
    lastName: 'Markerlast',
    externalIdentifier: 'marker-external',
    email: 'marker@example.com',
    dateOfBirth: '1913-04-17',
    idempotencyKey: 'Markerkey of Markerlast',
  };

  it('is ids and codes: nothing of the input, the key or the caller', async () => {
    const created = await call<{ patient: { databaseId: string } }>('createPatient', 'patient { databaseId }', PATIENT);
    await call('createPatient', 'patient { id }', { ...PATIENT, idempotencyKey: 'Markerkey 2' });

    const rows = await keptRows();
    const [first, second] = rows.map(({ result }) => JSON.parse(result) as unknown);
    expect(first).toEqual({ patient: created.patient.databaseId });
    expect(second).toEqual({
      userErrors: [expect.objectContaining({ code: 'EXTERNAL_IDENTIFIER_TAKEN' })],
    });
    const { rows: dumped } = await app.admin.query<{ text: string }>(
      `select k::text || convert_from(key_hash, 'LATIN1') || convert_from(input_hash, 'LATIN1') as text from idempotency_key k`,
    );
    for (const { text } of dumped) expect(text).not.toMatch(/marker|1913|northside/i);
    expect(app.log).not.toMatch(/markerkey/i);
  });

  it('cannot be compared with a hash of the input that anyone could compute', async () => {
    const other = await TestApp.start({ env: { APP_SECRET: 'another secret of another installation, for tests' } });
    const hashOf = async (of: TestApp) => {
      const input = { firstName: 'A', lastName: 'B', idempotencyKey: 'key' };
      await of.data(
        'northside',
        'mutation ($input: CreatePatientInput!) { createPatient(input: $input) { userErrors { code } } }',
        { input },
      );
      const { rows } = await of.admin.query<{ hashes: string }>(
        'select key_hash::text || input_hash::text as hashes from idempotency_key',
      );
      return rows[0]!.hashes;
    };
    const hashes = [await hashOf(app), await hashOf(other)];
    await other.stop();
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it.each(['createWebhook', 'rotateWebhookSecret'])(
    'has no secret: a repeated %s returns null for it',
    async (name) => {
      type Payload = { webhook: { databaseId: string }; secret: string | null };
      const create = { url: 'https://example.com/hook', eventTypes: ['DEVICE_STATUS_CHANGED'] };
      const { webhook } = await call<Payload>('createWebhook', 'webhook { databaseId } secret', create);
      const input = {
        ...(name === 'createWebhook' ? create : { webhookId: webhook.databaseId }),
        idempotencyKey: `the secret of ${name}`,
      };
      const first = await call<Payload>(name, 'webhook { databaseId } secret', input);
      expect(first.secret).toMatch(/^whsec_/);
      expect(await call<Payload>(name, 'webhook { databaseId } secret', input)).toEqual({ ...first, secret: null });
      expect((await keptRows()).map(({ result }) => result).join()).not.toContain(first.secret);
    },
  );
});

describe('a repeated batch of readings', () => {
  const RESULT = `results { outcome reading { databaseId } userErrors { code message path } } recorded duplicates conflicts refused`;
  const reading = (index: number, deviceId: unknown = '1') => ({
    deviceId,
    takenAt: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
    heartRate: { value: 60 },
  });

  it('returns each outcome and each reading as the first time, also to a caller that may only record', async () => {
    const known = reading(1);
    await call('recordReadings', RESULT, { readings: [known] }, 'ingest');
    const readings = [known, reading(2), { ...known, heartRate: { value: 61 } }, reading(3, '999999'), reading(4, '%')];
    const input = { readings, idempotencyKey: 'batch' };
    const first = await call<Recorded>('recordReadings', RESULT, input, 'ingest');
    expect(first.results.map(({ outcome }) => outcome)).toEqual([
      ...['DUPLICATE', 'RECORDED', 'CONFLICT', 'REFUSED', 'REFUSED'],
    ]);
    expect(await call('recordReadings', RESULT, input, 'ingest')).toEqual(first);
  });

  it('takes a bounded number of bytes, and one statement to read again', async () => {
    const recorded = { readings: Array.from({ length: 1_000 }, (_, index) => reading(100 + index)) };
    const refused = { readings: Array.from({ length: 1_000 }, (_, index) => reading(index, '%')) };
    const first = await call('recordReadings', RESULT, { ...recorded, idempotencyKey: 'recorded' });
    await call('recordReadings', RESULT, { ...refused, idempotencyKey: 'refused' });
    const { rows } = await app.admin.query<{ stored: number; bytes: number }>(
      'select pg_column_size(result) as stored, octet_length(result) as bytes from idempotency_key order by created_at',
    );
    expect(rows[0]!.bytes).toBeLessThan(70_000);
    expect(rows[1]!.bytes).toBeLessThan(200_000);
    for (const { stored } of rows) expect(stored).toBeLessThan(30_000);
    let again: unknown;
    const statements = await app.statementsOf(async () => {
      again = await call('recordReadings', RESULT, { ...recorded, idempotencyKey: 'recorded' });
    });
    expect(again).toEqual(first);
    expect(statements.map(({ text }) => /^\/\* (\w+)/.exec(text)?.[1]).filter((name) => name)).toEqual([
      ...['claim_idempotency_key', 'call_by_idempotency_key', 'reading_by_id'],
    ]);
  });
});

it('the key of one user of a customer is not that of another', async () => {
  const input = { name: 'Of users', idempotencyKey: 'user' };
  const create = async (sub: string) => {
    const key = { key: await issuer.sign({ sub, role: 'ADMIN' }) };
    return (await call<{ site: { databaseId: string } }>('createSite', 'site { databaseId }', input, key)).site
      .databaseId;
  };
  const ann = await create('ann');
  expect(await create('ann')).toBe(ann);
  expect(await create('bob')).not.toBe(ann);
});

it('is visible to the customer alone, and rows of operators to operators alone', async () => {
  const input = { name: 'A site', idempotencyKey: 'rows' };
  await call('createSite', 'site { id }', input);
  await call('createSite', 'site { id }', input, 'lakeview');
  await call('createSite', 'site { id }', { ...input, customerId: '1' }, 'operator');
  const seenBy = async (role: string, customerId: string) => {
    const client = new Client({ connectionString: app.database.url, options: `-c role=${role}` });
    await client.connect();
    await client.query(`select set_config('app.customer_id', $1, false)`, [customerId]);
    const { rows } = await client.query<{ id: string }>('select customer_id as id from idempotency_key order by 1');
    await client.end();
    return rows.map(({ id }) => id);
  };
  expect(await seenBy('gateway_customer', '1')).toEqual(['1']);
  expect(await seenBy('gateway_customer', '2')).toEqual(['2']);
  expect(await seenBy('gateway_customer', '')).toEqual([]);
  expect(await seenBy('gateway_operator', '')).toEqual(['0']);
});

it('old keys are deleted in batches, and no others', async () => {
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    await call('createSite', 'site { id }', { name, idempotencyKey: `old ${index}` });
  }
  await app.admin.query(`update idempotency_key k set created_at = clock_timestamp() - interval '25 hours' from (
    select key_hash from idempotency_key order by created_at limit 3) old where k.key_hash = old.key_hash`);
  const database = new Database({ url: app.database.url, poolSize: 1, statementTimeoutMs: 600_000 });
  expect(await new IdempotencyPruner(database, silentLog, 2).prune()).toBe(3);
  expect(await new IdempotencyPruner(database, silentLog, 2).prune()).toBe(0);
  await database.close();
  expect(await keptRows()).toHaveLength(2);
});
