import { gate } from '../support/gate';
import { Rival } from '../support/rival';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
let rival: Rival;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  rival = await Rival.start(webhooks);
});
afterAll(async () => {
  await rival.stop();
  await webhooks.stop();
});

it.each([
  ['a failure', 500],
  ['a success after failures', 200],
  ['the end of the endpoint', 410],
])('recording %s locks the webhook before its delivery, as deleting the webhook does', async (_what, status) => {
  const response = gate();
  const { id, path } = await webhooks.endpoint({ status, after: response.opened });
  if (status === 200) await webhooks.sql('update webhook set failing_since = now() where id = $1', [id]);
  const deliveryId = await webhooks.deliver(id);
  await webhooks.receiver.count(path, 1);
  await rival.hold(`select from webhook where id = ${id} for update`);
  response.open();
  await rival.untilBlocked(1);
  // Fails at once if the recording has locked the delivery. That would be a deadlock.
  await rival.run(`select from webhook_delivery where id = ${deliveryId} for update nowait`);
  await rival.run(`delete from webhook where id = ${id}`);
  await rival.release();
  await webhooks.allDueSent();
  expect(await webhooks.sql('select from webhook_delivery where id = $1', [deliveryId])).toEqual([]);
});
