import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from '../access/issuer.harness';
import { eventually } from '../support/eventually';
import { GatewayBuild, type GatewayProcess } from '../support/gateway-process';
import { APP_SECRET } from '../support/test-app';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Between a time that the database has set and now, on a slow machine. */
const TOLERANCE_MS = 60_000;

const PRELOADS = ['time-limits.preload.cjs', 'clock-shift.preload.cjs'].map((name) =>
  join(__dirname, '../support', name),
);

let build: GatewayBuild;
let webhooks: WebhookFixture;
let issuer: TestIssuer;
beforeAll(async () => {
  build = await GatewayBuild.make();
  issuer = await startIssuer(() => new Date());
  webhooks = await WebhookFixture.start({ instances: 0 });
});
afterAll(async () => {
  await webhooks.stop();
  await issuer.close();
  await build.remove();
});

const expectNow = (time: string | null, aheadMs = 0) =>
  expect(Math.abs(Date.parse(time!) - Date.now() - aheadMs)).toBeLessThan(TOLERANCE_MS);

describe.each([
  ['ten minutes behind', -10 * MINUTE_MS],
  ['ten minutes ahead', 10 * MINUTE_MS],
  ['400 days behind', -400 * DAY_MS],
  ['400 days ahead', 400 * DAY_MS],
])("a gateway whose machine's clock is %s counts by the clock of the database", (_name, shiftMs) => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await build.start({
      NODE_OPTIONS: PRELOADS.map((path) => `--require ${JSON.stringify(path)}`).join(' '),
      CLOCK_SHIFT_MS: String(shiftMs),
      DATABASE_URL: webhooks.app.database.url,
      APP_SECRET,
      DEMO: 'on',
      JWKS_URL: issuer.jwksUrl.href,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    });
    webhooks.app.urls[0] = gateway.url;
  });
  afterAll(async () => {
    await gateway.end('SIGTERM');
    webhooks.app.urls.length = 0;
  });

  const viewer = (key: string) => webhooks.app.query({ key }, '{ viewer { role } }');

  it('which differs from its own', () => {
    const [line] = gateway.output.split('\n').filter((text) => text.includes('"gateway ready"'));
    const { time } = JSON.parse(line!) as { time: string };
    expect(Math.abs(Date.parse(time) - Date.now() - shiftMs)).toBeLessThan(TOLERANCE_MS);
  });

  it('the attempts of a delivery', async () => {
    const { id, path } = await webhooks.endpoint({ status: 500 });
    const deliveryId = await webhooks.sendTest(id);
    const first = await webhooks.attempted(deliveryId);
    expectNow(first.nextAttemptAt, 5_500);
    expectNow(first.attempts.nodes[0]!.startedAt);
    expectNow(new Date(Number(webhooks.receiver.at(path)[0]!.headers['webhook-timestamp']) * 1_000).toISOString());
    await sleep(1_500);
    expect(webhooks.receiver.at(path)).toHaveLength(1);
    await webhooks.makeDue(deliveryId);
    const second = await webhooks.attempted(deliveryId, 2);
    expect(second.status).toBe('PENDING');
    expectNow(second.nextAttemptAt, 5.5 * MINUTE_MS);
  });

  it('Retry-After with a date', async () => {
    const retryAfter = new Date(Date.now() + 2 * HOUR_MS).toUTCString();
    const { id } = await webhooks.endpoint({ status: 503, headers: { 'retry-after': retryAfter } });
    const { nextAttemptAt } = await webhooks.attempted(await webhooks.sendTest(id));
    expectNow(nextAttemptAt, 2 * HOUR_MS);
  });

  it('the days for which an endpoint has failed', async () => {
    const { id } = await webhooks.endpoint({ status: 500 });
    const failAfter = async (days: number) => {
      await webhooks.sql(`update webhook set failing_since = now() - make_interval(days => $2) where id = $1`, [
        id,
        days,
      ]);
      await webhooks.attempted(await webhooks.sendTest(id));
      return (await webhooks.webhook(id)).active;
    };
    expect(await failAfter(4)).toBe(true);
    expect(await failAfter(6)).toBe(false);
  });

  it('the day for which a replaced secret still signs, and the time at which a webhook is disabled', async () => {
    const { id, path } = await webhooks.endpoint();
    await webhooks.call('rotateWebhookSecret', { webhookId: id });
    const signatures = async () => {
      await webhooks.attempted(await webhooks.sendTest(id));
      return webhooks.receiver.at(path).at(-1)!.headers['webhook-signature']!.split(' ').length;
    };
    expect(await signatures()).toBe(2);
    const until = `update webhook set previous_secret_until = now() + $2::interval where id = $1`;
    await webhooks.sql(until, [id, '5 seconds ago']);
    expect(await signatures()).toBe(1);
    const { webhook } = await webhooks.call('disableWebhook', { webhookId: id });
    expectNow(webhook!.disabledAt);
  });

  it('the expiry and the use of API keys', async () => {
    const create = async (expiresInMs: number) => {
      const { payload } = await webhooks.app.data<{
        payload: { secret: string | null; apiKey: { databaseId: string } | null; userErrors: { code: string }[] };
      }>(
        'northside',
        `mutation ($expiresAt: DateTime) { payload: createApiKey(input: { name: "x", role: MEMBER, expiresAt: $expiresAt }) {
          secret apiKey { databaseId } userErrors { code } } }`,
        { expiresAt: new Date(Date.now() + expiresInMs).toISOString() },
      );
      return payload;
    };
    expect((await create(-MINUTE_MS)).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    const { secret, apiKey } = await create(5 * MINUTE_MS);
    expect((await viewer(secret!)).status).toBe(200);

    const expired = await create(5 * MINUTE_MS);
    await webhooks.sql(`update api_key set expires_at = now() - interval '1 second' where id = $1`, [
      expired.apiKey!.databaseId,
    ]);
    expect((await viewer(expired.secret!)).errors).toMatchObject([{ message: 'This API key has expired.' }]);

    await gatewayHasNoted(apiKey!.databaseId);
  });

  async function gatewayHasNoted(keyId: string): Promise<void> {
    const used = `select last_used_at as at, date_trunc('hour', now()) - last_used_at <= interval '1 hour'
        and last_used_at <= now() as "isNow" from api_key where id = $1 and last_used_at is not null`;
    const [row] = await eventually(async () => {
      const rows = await webhooks.sql<{ at: Date; isNow: boolean }>(used, [keyId]);
      return rows.length > 0 && rows;
    });
    expect(row!.isNow).toBe(true);
  }

  it('the expiry of tokens and of their sockets', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    expect((await viewer(await issuer.sign({ exp: nowS + 300 }))).status).toBe(200);
    expect((await viewer(await issuer.sign({ iat: nowS - 600, exp: nowS - 300 }))).status).toBe(401);

    const token = await issuer.sign({ exp: nowS + 300 });
    const closed: number[] = [];
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      lazy: false,
      retryAttempts: 0,
      on: { closed: (event) => closed.push((event as { code: number }).code) },
    });
    await sleep(1_000);
    expect(closed).toEqual([]);
    await client.dispose();
  });

  it('the time of a reading', async () => {
    const { databaseId } = (
      await webhooks.app.data<{ createPatient: { patient: { databaseId: string } } }>(
        'northside',
        `mutation { createPatient(input: { firstName: "Ann", lastName: "Lee" }) { patient { databaseId } } }`,
      )
    ).createPatient.patient;
    const record = async (aheadMs: number) => {
      const takenAt = new Date(Date.now() + aheadMs).toISOString();
      const reading = { patientId: databaseId, takenAt, manual: true, weight: { value: 180, unit: 'POUND' } };
      const { recordReadings } = await webhooks.app.data<{
        recordReadings: { results: { outcome: string; reading: { receivedAt: string } | null }[] };
      }>(
        'northside',
        `mutation ($readings: [ReadingInput!]!) {
          recordReadings(input: { readings: $readings }) { results { outcome reading { receivedAt } } } }`,
        { readings: [reading] },
      );
      return recordReadings.results[0]!;
    };
    const { outcome, reading } = await record(0);
    expect(outcome).toBe('RECORDED');
    expectNow(reading!.receivedAt);
    expect((await record(23.9 * HOUR_MS)).outcome).toBe('RECORDED');
    expect((await record(24.1 * HOUR_MS)).outcome).toBe('REFUSED');
  });
});
