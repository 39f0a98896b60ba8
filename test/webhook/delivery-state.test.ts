import { Client } from 'pg';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { LATER, WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
let other: Client;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  other = new Client({ connectionString: webhooks.app.database.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await webhooks.stop();
});

interface Delivery {
  status: string;
  nextAttemptAt: string | null;
  attempts: { totalCount: number; nodes: { responseStatus: number }[] };
}

const DELIVERY = 'status nextAttemptAt attempts(last: 1) { totalCount nodes { responseStatus } }';

const ofNode = async (id: string): Promise<Delivery> =>
  (
    await webhooks.app.data<{ node: Delivery }>(
      'northside',
      `query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { ${DELIVERY} } } }`,
      { id: globalId('WebhookDelivery', id) },
    )
  ).node;

const ofWebhook = async (_id: string, webhookId: string): Promise<Delivery> =>
  (
    await webhooks.app.data<{ webhook: { deliveries: { nodes: Delivery[] } } }>(
      'northside',
      `query ($id: ID!) { webhook(id: $id) { deliveries(first: 1) { nodes { ${DELIVERY} } } } }`,
      { id: webhookId },
    )
  ).webhook.deliveries.nodes[0]!;

/** Runs `read` so that the result of another attempt is committed after it has read the delivery, and before it reads attempts. */
async function whileRecorded(deliveryId: string, read: () => Promise<Delivery>): Promise<Delivery> {
  await other.query('begin');
  await other.query('lock table webhook_attempt in access exclusive mode');
  const result = read();
  await eventually(
    async () =>
      (await webhooks.sql(`select from pg_locks where relation = 'webhook_attempt'::regclass and not granted`)).length >
      0,
  );
  // As the gateway records a success: in one transaction, started when the delivery was due.
  await other.query(
    `insert into webhook_attempt (customer_id, delivery_id, at, response_status, response_body, duration_ms, error)
     select customer_id, id, next_attempt_at, 200, '', 1, null from webhook_delivery where id = $1`,
    [deliveryId],
  );
  await other.query(`update webhook_delivery set status = 'SUCCEEDED', next_attempt_at = null where id = $1`, [
    deliveryId,
  ]);
  await other.query('commit');
  return result;
}

it.each([
  ['by its id', ofNode],
  ['in the list of its webhook', ofWebhook],
])(
  'a delivery and its attempts have one state when read %s, also while an attempt is recorded',
  async (_name, read) => {
    const { id: webhookId } = await webhooks.endpoint(LATER);
    const id = await webhooks.sendTest(webhookId);
    await webhooks.attempted(id);

    const before = await whileRecorded(id, () => read(id, webhookId));
    expect(before).toEqual({
      status: 'PENDING',
      nextAttemptAt: expect.any(String) as string,
      attempts: { totalCount: 1, nodes: [{ responseStatus: 503 }] },
    });
    expect(await read(id, webhookId)).toEqual({
      status: 'SUCCEEDED',
      nextAttemptAt: null,
      attempts: { totalCount: 2, nodes: [{ responseStatus: 200 }] },
    });
  },
);

it('a delivery that is sent again shows its earlier attempts while it waits', async () => {
  const { id: webhookId } = await webhooks.endpoint((nth) => (nth === 1 ? {} : LATER));
  const id = await webhooks.sendTest(webhookId);
  await webhooks.attempted(id);
  await webhooks.call('retryWebhookDelivery', { deliveryId: id });
  await webhooks.attempted(id, 2);
  expect(await ofNode(id)).toMatchObject({ status: 'PENDING', attempts: { totalCount: 2 } });
  expect(await ofWebhook(id, webhookId)).toMatchObject({ status: 'PENDING', attempts: { totalCount: 2 } });
});
