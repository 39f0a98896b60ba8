import { gate } from '../support/gate';
import { eventually } from '../support/eventually';
import { LATER, WebhookFixture } from './webhook-fixture.harness';

const TROUBLE = 'planning of webhook deliveries failed';

let webhooks: WebhookFixture;
beforeEach(async () => {
  webhooks = await WebhookFixture.start();
});
afterEach(() => webhooks.stop());

it('logs a failure once, keeps trying, and loses nothing', async () => {
  const { id } = await webhooks.create('/after-trouble', ['DEVICE_STATUS_CHANGED']);
  await webhooks.sql('revoke insert on webhook_delivery from gateway_worker');
  await webhooks.changeDevice('first');
  await eventually(() => webhooks.app.log.includes(TROUBLE));
  await webhooks.changeDevice('second');
  const tries = () => webhooks.app.statements.filter(({ text }) => text.startsWith('/* plan_deliveries */')).length;
  const before = tries();
  await eventually(() => tries() > before + 1);
  expect(webhooks.app.log.split(TROUBLE)).toHaveLength(2);
  expect(await webhooks.deliveries(id)).toEqual([]);

  await webhooks.sql('grant insert on webhook_delivery to gateway_worker');
  await webhooks.receiver.count('/after-trouble', 2);
  await webhooks.done();
  const notes = (await webhooks.deliveries(id)).map(
    ({ payload }) => (JSON.parse(payload) as { payload: { note: string } }).payload.note,
  );
  expect(notes).toEqual(['first', 'second']);
});

it('records attempts in flight before it stops', async () => {
  const released = gate();
  const { id, path } = await webhooks.endpoint({ after: released.opened });
  const deliveryId = await webhooks.sendTest(id);
  await webhooks.receiver.count(path, 1);
  const stopped = webhooks.stopInstance();
  // It no longer listens while it waits for attempts in flight.
  const { url } = webhooks.app;
  await eventually(() =>
    fetch(`${url}/livez`).then(
      () => false,
      () => true,
    ),
  );
  released.open();
  await stopped;
  const state = `select d.status, d.claimed_until, count(a.id)::int as attempts from webhook_delivery d
    left join webhook_attempt a on a.delivery_id = d.id where d.id = $1 group by d.status, d.claimed_until`;
  expect(await webhooks.sql(state, [deliveryId])).toEqual([{ status: 'SUCCEEDED', claimed_until: null, attempts: 1 }]);
  expect(webhooks.app.log).not.toContain('was not recorded');
});

it('prunes finished deliveries older than WEBHOOK_RETENTION_DAYS, with their attempts', async () => {
  webhooks.receiver.respond('/waiting', LATER);
  webhooks.receiver.respond('/gone', { status: 410 });
  const ages: [path: string, days: number][] = [
    ['/fine', 11],
    ['/gone', 11],
    ['/waiting', 11],
    ['/fine', 9],
  ];
  const made = new Map<string, string>();
  for (const path of ['/fine', '/gone', '/waiting']) made.set(path, (await webhooks.create(path, ['ORDER_STATUS'])).id);
  const deliveries: string[] = [];
  for (const [path, days] of ages) {
    const id = await webhooks.sendTest(made.get(path)!);
    await webhooks.attempted(id);
    await webhooks.sql(`update webhook_delivery set created_at = now() - make_interval(days => $2) where id = $1`, [
      id,
      days,
    ]);
    deliveries.push(id);
  }
  const kept = deliveries.slice(2);

  // Each instance starts pruning after a random delay. This one starts immediately.
  const random = jest.spyOn(Math, 'random').mockReturnValue(0);
  await webhooks.startInstance({ WEBHOOK_RETENTION_DAYS: '10' });
  random.mockRestore();
  await eventually(() => webhooks.app.log.includes('old webhook deliveries pruned'));

  expect(await webhooks.sql('select id from webhook_delivery order by id')).toEqual(kept.map((id) => ({ id })));
  expect(await webhooks.sql('select delivery_id from webhook_attempt order by 1')).toEqual(
    kept.map((id) => ({ delivery_id: id })),
  );
  const line = webhooks.app.log.split('\n').find((one) => one.includes('old webhook deliveries pruned'));
  expect(JSON.parse(line!)).toMatchObject({ level: 'info', rows: 2 });
});
