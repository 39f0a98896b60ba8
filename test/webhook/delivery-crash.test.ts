import { gate } from '../support/gate';
import { GatewayBuild, NO_LIMIT_MS } from '../support/gateway-process';
import { verified } from '../support/webhook-receiver';
import { ATTEMPT_TIMEOUT_MS, CrashingGateways } from './delivery-crash.harness';

let build: GatewayBuild;
let gateways: CrashingGateways;
beforeAll(async () => {
  build = await GatewayBuild.make();
});
afterAll(() => build.remove());
afterEach(() => gateways.stop());

it('a delivery in flight when the gateway is killed arrives again unchanged, and is recorded once', async () => {
  gateways = await CrashingGateways.start(build, { instances: 0 });
  const { webhooks } = gateways;
  const gateway = await gateways.startProcess({ [ATTEMPT_TIMEOUT_MS]: NO_LIMIT_MS });
  webhooks.app.urls.push(gateway.url);
  const { id, secret } = await webhooks.create('/killing', ['DEVICE_STATUS_CHANGED']);
  // The delivery may arrive before the response to the mutation. The gateway is killed after both.
  const responded = gate();
  const killed = responded.opened.then(() => gateway.end('SIGKILL'));
  webhooks.receiver.respond('/killing', (nth) => (nth === 1 ? { after: killed } : {}));

  await webhooks.changeDevice('delivered twice');
  await webhooks.receiver.count('/killing', 1);
  responded.open();
  expect(await killed).toMatchObject({ code: null, signal: 'SIGKILL' });
  const state = `select status, claimed_until is not null as "isClaimed", failures,
    (select count(*)::int from webhook_attempt) as attempts from webhook_delivery where webhook_id = $1`;
  expect(await webhooks.sql(state, [id])).toEqual([{ status: 'PENDING', isClaimed: true, failures: 0, attempts: 0 }]);

  // Another instance leaves the delivery alone until the lease ends, because the attempt might be in flight.
  const leases = await gateways.prolongLeases();
  expect(leases).toHaveLength(1);
  await webhooks.startInstance();
  webhooks.app.urls.shift();
  await webhooks.allDueSent();
  expect(webhooks.receiver.at('/killing')).toHaveLength(1);

  await gateways.endLeases(leases);
  const [first, again] = await webhooks.receiver.count('/killing', 2);
  expect([again!.id, again!.body]).toEqual([first!.id, first!.body]);
  expect(verified(secret, again!)).toMatchObject({ payload: { note: 'delivered twice' } });
  await webhooks.done();
  expect(await webhooks.deliveries(id)).toMatchObject([
    { status: 'SUCCEEDED', attempts: { nodes: [{ responseStatus: 200 }] } },
  ]);
  expect(webhooks.receiver.at('/killing')).toHaveLength(2);
});

it('100 events reach each of 3 endpoints, although one fails at first and one of two instances is killed', async () => {
  gateways = await CrashingGateways.start(build);
  await gateways.expectAllDelivered({ events: 100, failures: 20, killedAfter: 20 });
});
