import type { Caller } from '../support/device-fixture';
import { namesOf } from '../support/statement-names';
import { DELIVERY, type DeliveryResponse } from './webhook-api.harness';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
/** In creation order: three of Northside, one of Lakeview. */
const ids: string[] = [];
const deliveryIds: string[] = [];

beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  webhooks.receiver.respond('/2', { status: 500 });
  for (const path of ['/1', '/2', '/3']) ids.push((await webhooks.create(path, ['ORDER_STATUS'])).id);
  ids.push((await webhooks.create('/4', ['ORDER_STATUS'], {}, 'lakeview')).id);
  for (const id of [ids[0]!, ids[0]!, ids[1]!, ids[0]!]) deliveryIds.push(await webhooks.sendTest(id));
  for (const id of deliveryIds) await webhooks.attempted(id);
});
afterAll(() => webhooks.stop());

interface Page {
  nodes: { databaseId: string }[];
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function list(caller: Caller, variables: object = {}): Promise<Page> {
  const document = `query ($first: Int, $after: String, $last: Int) { webhooks(first: $first, after: $after, last: $last) {
    nodes { databaseId } totalCount pageInfo { hasNextPage endCursor } } }`;
  return (await webhooks.app.data<{ webhooks: Page }>(caller, document, { ...variables })).webhooks;
}
const idsOf = ({ nodes }: Page) => nodes.map(({ databaseId }) => databaseId);

it('lists the webhooks of the customer in id order, and all webhooks for operators', async () => {
  expect(await list('northside')).toMatchObject({
    nodes: ids.slice(0, 3).map((databaseId) => ({ databaseId })),
    totalCount: 3,
  });
  expect(idsOf(await list('lakeview'))).toEqual([ids[3]]);
  expect(idsOf(await list('operator'))).toEqual(ids);
  const first = await list('operator', { first: 2 });
  expect(idsOf(first)).toEqual(ids.slice(0, 2));
  const rest = await list('operator', { first: 2, after: first.pageInfo.endCursor });
  expect([idsOf(rest), rest.pageInfo.hasNextPage]).toEqual([ids.slice(2), false]);
  expect(idsOf(await list('operator', { last: 1 }))).toEqual([ids[3]]);
});

interface Deliveries {
  nodes: DeliveryResponse[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function deliveries(
  webhookId: string,
  variables: object = {},
  caller: Caller = 'northside',
): Promise<Deliveries> {
  const document = `query ($id: ID!, $first: Int, $after: String, $filter: WebhookDeliveryFilter) { webhook(id: $id) {
    deliveries(first: $first, after: $after, filter: $filter) { nodes { ${DELIVERY} } pageInfo { hasNextPage endCursor } } } }`;
  const data = await webhooks.app.data<{ webhook: { deliveries: Deliveries } }>(caller, document, {
    id: webhookId,
    ...variables,
  });
  return data.webhook.deliveries;
}

it('lists deliveries newest first, by pages and by status', async () => {
  const [oldest, second, failing, newest] = deliveryIds;
  const databaseIds = ({ nodes }: Deliveries) => nodes.map(({ databaseId }) => databaseId);
  expect(databaseIds(await deliveries(ids[0]!))).toEqual([newest, second, oldest]);
  const first = await deliveries(ids[0]!, { first: 2 });
  expect(databaseIds(first)).toEqual([newest, second]);
  const rest = await deliveries(ids[0]!, { first: 2, after: first.pageInfo.endCursor });
  expect([databaseIds(rest), rest.pageInfo.hasNextPage]).toEqual([[oldest], false]);
  expect(databaseIds(await deliveries(ids[0]!, { filter: { statuses: ['SUCCEEDED'] } }))).toEqual([
    newest,
    second,
    oldest,
  ]);
  expect(databaseIds(await deliveries(ids[0]!, { filter: { statuses: ['PENDING'] } }))).toEqual([]);
  expect(databaseIds(await deliveries(ids[1]!, { filter: { statuses: ['PENDING'] } }))).toEqual([failing]);
  expect(databaseIds(await deliveries(ids[2]!))).toEqual([]);
  expect((await deliveries(ids[0]!, {}, 'operator')).nodes).toEqual((await deliveries(ids[0]!)).nodes);
});

it('reads webhooks with their deliveries, attempts and customers with a fixed number of statements', async () => {
  const document = (first: number) => `{ webhooks(first: ${first}) { nodes { customer { name } deliveries(first: 10) {
    nodes { eventId attempts(last: 3) { totalCount nodes { error delivery { eventId } } } webhook { url } } } } } }`;
  const names = async (first: number) =>
    namesOf(await webhooks.app.statementsOf(() => webhooks.app.data('northside', document(first))));
  const expected = [
    'customer_by_id',
    'webhook_attempts_by_delivery',
    'webhook_attempts_by_delivery_count',
    'webhook_by_id',
    'webhook_deliveries_by_webhook',
    'webhook_delivery_by_id',
    'webhooks',
  ];
  expect(await names(1)).toEqual(expected);
  expect(await names(3)).toEqual(expected);
});
