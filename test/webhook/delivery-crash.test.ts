import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { GatewayBuild, type GatewayProcess } from '../support/gateway-process';
import { verified } from '../support/webhook-receiver';
import { WebhookProgramme } from './webhook-programme.harness';

const APP_SECRET = 'a secret of the tests, the same for all instances';
const ENDPOINTS = ['/steady', '/failing-at-first', '/slow'];

/** Processes start slowly on a busy machine. */
jest.setTimeout(120_000);

let build: GatewayBuild;
let webhooks: WebhookProgramme;
beforeAll(async () => {
  build = await GatewayBuild.make();
});
afterAll(() => build.remove());
afterEach(() => webhooks.stop());

/** A gateway in a process of its own, on the database of the test. */
function startProcess(): Promise<GatewayProcess> {
  return build.start({ DATABASE_URL: webhooks.app.database.url, APP_SECRET, DEMO: 'on', DATABASE_POOL_SIZE: '5' });
}

interface Lease {
  id: string;
  until: string;
}

/** What is taken for under way just now. */
const leases = () =>
  webhooks.sql<Lease>('select id, claimed_until::text as until from webhook_delivery where claimed_until > now()');

/** As when their 25 seconds have passed. One that was recorded or claimed anew meanwhile is left alone. */
const end = (ended: readonly Lease[]) =>
  webhooks.sql(
    `update webhook_delivery d set claimed_until = now() from unnest($1::bigint[], $2::timestamptz[]) l(id, until)
     where d.id = l.id and d.claimed_until = l.until`,
    [ended.map(({ id }) => id), ended.map(({ until }) => until)],
  );

it('a delivery that arrived when the gateway was killed arrives again, the same, and is recorded once', async () => {
  webhooks = await WebhookProgramme.start({ instances: 0 });
  const gateway = await startProcess();
  webhooks.app.urls.push(gateway.url);
  const { id, secret } = await webhooks.create('/killing', ['DEVICE_STATUS_CHANGED']);
  webhooks.receiver.answer('/killing', (nth) => (nth === 1 ? { after: gateway.end('SIGKILL') } : {}));

  await webhooks.changeDevice('told twice');
  expect(await gateway.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const state = `select status, claimed_until > now() as "isClaimed", failures,
    (select count(*)::int from webhook_attempt) as attempts from webhook_delivery where webhook_id = $1`;
  expect(await webhooks.sql(state, [id])).toEqual([{ status: 'PENDING', isClaimed: true, failures: 0, attempts: 0 }]);

  // Another one leaves it alone until the lease has ended: the attempt might be under way.
  await webhooks.startInstance();
  webhooks.app.urls.shift();
  await webhooks.allDueSent();
  expect(webhooks.receiver.at('/killing')).toHaveLength(1);

  await end(await leases());
  const [first, again] = await webhooks.receiver.count('/killing', 2);
  expect([again!.id, again!.body]).toEqual([first!.id, first!.body]);
  expect(verified(secret, again!)).toMatchObject({ payload: { note: 'told twice' } });
  await webhooks.done();
  expect(await webhooks.deliveries(id)).toMatchObject([{ status: 'SUCCEEDED', attempts: [{ responseStatus: 200 }] }]);
});

it('1,000 events reach each of 3 endpoints, though one fails at first and of two instances one is killed', async () => {
  webhooks = await WebhookProgramme.start();
  for (const path of ENDPOINTS) await webhooks.create(path, ['DEVICE_STATUS_CHANGED']);
  webhooks.receiver.answer('/failing-at-first', (nth) => ({ status: nth <= 100 ? 500 : 200 }));
  webhooks.receiver.answer('/slow', () => ({ after: sleep(5) }));
  const killed = await startProcess();

  const ids = await webhooks.changeDevices(500);
  await webhooks.receiver.count('/steady', 100);
  await killed.end('SIGKILL');
  const orphans = await leases();
  ids.push(...(await webhooks.changeDevices(500)));
  const another = await startProcess();
  await webhooks.planned();
  await end(orphans);
  await eventually(async () => {
    await webhooks.sql(`update webhook_delivery set next_attempt_at = now() where status = 'PENDING' and failures > 0`);
    return (await webhooks.sql(`select from webhook_delivery where status = 'PENDING' limit 1`)).length === 0;
  });
  await another.end('SIGTERM');

  const outcome = ENDPOINTS.map((path) => {
    const accepted = webhooks.receiver.at(path).slice(path === '/failing-at-first' ? 100 : 0);
    expect(new Set(accepted.map((received) => received.id))).toEqual(new Set(ids));
    return `${path} ${accepted.length - ids.length}`;
  });
  process.stdout.write(`Deliveries that arrived more than once, of 1,000: ${outcome.join(', ')}\n`);
});
