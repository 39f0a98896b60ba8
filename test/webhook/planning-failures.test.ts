import type { Caller } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { WebhookFixture } from './webhook-fixture.harness';

interface Failure {
  databaseId: string;
  type: string;
  error: string;
  setAsideAt: string;
  customer: { databaseId: string };
}

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

/** Writes an event as another version of the gateway might. @returns its id */
async function writeEvent(type: string, payload: object): Promise<string> {
  const [event] = await webhooks.sql<{ id: string }>(
    'insert into event (customer_id, type, payload) values (1, $1, $2) returning id',
    [type, JSON.stringify(payload)],
  );
  return event!.id;
}

async function failures(caller: Caller = 'northside'): Promise<Failure[]> {
  const { webhookPlanningFailures } = await webhooks.app.data<{ webhookPlanningFailures: { nodes: Failure[] } }>(
    caller,
    '{ webhookPlanningFailures { nodes { databaseId type error setAsideAt customer { databaseId } } } }',
  );
  return webhookPlanningFailures.nodes;
}

it('an event that cannot be read is listed, later ones are delivered, and it is delivered when it is retried', async () => {
  const { path } = await webhooks.endpoint();
  const id = await writeEvent('device.statusChanged', { version: 2 });
  await webhooks.changeDevice();
  await webhooks.receiver.count(path, 1);
  const [failure, ...others] = await eventually(async () => (await failures()).length > 0 && failures());
  expect([failure, others]).toEqual([
    {
      databaseId: id,
      type: 'device.statusChanged',
      error:
        'This version of the gateway cannot read the event of type device.statusChanged: customerId is missing or has another type.',
      setAsideAt: expect.any(String) as string,
      customer: { databaseId: '1' },
    },
    [],
  ]);
  expect(await failures('operator')).toEqual([failure]);
  expect(await failures('lakeview')).toEqual([]);

  // It still cannot be read.
  const retry = { webhookPlanningFailureId: globalId('WebhookPlanningFailure', id) };
  expect(await webhooks.call('retryWebhookPlanning', retry, 'operator')).toEqual({
    retriedWebhookPlanningFailureId: globalId('WebhookPlanningFailure', id),
    userErrors: [],
  });
  const [again] = await eventually(async () => (await failures()).length > 0 && failures());
  expect(again!.setAsideAt > failure!.setAsideAt).toBe(true);

  await webhooks.sql(
    `update webhook_event set payload = (select payload::text from event where type = 'device.statusChanged' order by id desc limit 1)`,
  );
  await webhooks.call('retryWebhookPlanning', retry);
  const received = await webhooks.receiver.count(path, 2);
  expect(received[1]!.id).toBe(`evt_${id}`);
  expect(await failures()).toEqual([]);
});

it('a retry of what is not set aside is refused', async () => {
  await webhooks.expectRefusal(
    'retryWebhookPlanning',
    { webhookPlanningFailureId: '999999' },
    {
      code: 'WEBHOOK_PLANNING_FAILURE_NOT_FOUND',
      message: 'There is no such planning failure. Check webhookPlanningFailureId. It may have been retried already.',
      path: ['input', 'webhookPlanningFailureId'],
    },
  );
});
