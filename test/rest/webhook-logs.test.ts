import { RestClient, type RestRequest } from '../support/rest-client';
import { namesOf } from '../support/statement-names';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

interface Log {
  id: number;
  webhookId: number;
  webhookType: string;
  eventId: string;
  status: string;
  createdAt: string;
  attempts: { startedAt: string; error: string | null }[];
}
interface Page {
  content: Log[];
  total: number;
  first: boolean;
  last: boolean;
}

let webhooks: WebhookFixture;
let rest: RestClient;
/** Ids of webhooks: two of Northside, one of Lakeview. */
let fine: string;
let failing: string;
let theirs: string;
/** Oldest first: two of `fine`, one of `failing`, one of `fine`. */
const deliveries: string[] = [];

beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  rest = new RestClient(webhooks.app);
  webhooks.receiver.respond('/fine', { body: 'thank you' });
  webhooks.receiver.respond('/failing', { status: 410, body: 'no more' });
  fine = (await webhooks.create('/fine', ['ORDER_STATUS'])).id;
  failing = (await webhooks.create('/failing', ['ORDER_STATUS'])).id;
  theirs = (await webhooks.create('/theirs', ['ORDER_STATUS'], {}, 'lakeview')).id;
  for (const [id, type] of [
    [fine, 'ORDER_STATUS'],
    [fine, 'DEVICE_STATUS_CHANGED'],
    [failing, 'ORDER_STATUS_FULL'],
    [fine, 'READING_WEIGHT'],
  ] as const) {
    deliveries.push(await webhooks.sendTest(id, type));
    await webhooks.attempted(deliveries.at(-1)!);
  }
  await webhooks.attempted(
    (await webhooks.call('sendTestWebhook', { webhookId: theirs, eventType: 'ORDER_STATUS' }, 'lakeview')).delivery!
      .databaseId,
    1,
    'lakeview',
  );
  await webhooks.done();
});
afterAll(() => webhooks.stop());

const logs = async (query = '', request?: RestRequest) => {
  const { status, body } = await rest.get<Page>(`/webhook/logs${query}`, request);
  expect(status).toBe(200);
  return body;
};
const ids = async (query?: string, request?: RestRequest) =>
  (await logs(query, request)).content.map(({ id }) => String(id));

it('a log has the values that GraphQL has', async () => {
  const newestFirst = [...deliveries].reverse();
  const { content, ...page } = await logs();
  expect(page).toEqual({ page: 1, size: 15, total: 4, first: true, last: true });
  expect(content.map(({ id }) => String(id))).toEqual(newestFirst);
  const [, failed] = content;
  const inGraphql = await webhooks.delivery(deliveries[2]!);
  expect(failed).toEqual({
    id: Number(deliveries[2]),
    webhookId: Number(failing),
    webhookType: 'order.statusFull',
    eventId: inGraphql.eventId,
    status: 'failed',
    payload: inGraphql.payload,
    createdAt: inGraphql.createdAt,
    nextAttemptAt: null,
    retryAttempts: 0,
    lastRetryTimestamp: null,
    lastResponseStatus: 410,
    attempts: inGraphql.attempts.nodes,
  });
  expect(failed!.attempts).toMatchObject([{ startedAt: ISO, responseStatus: 410, responseBody: 'no more' }]);
});

it('retries are counted, and at most twelve attempts are listed', async () => {
  const [, retried] = deliveries;
  await webhooks.sql(
    `insert into webhook_attempt (customer_id, delivery_id, at, response_status, duration_ms, error)
     select 1, $1, now() + i * interval '1 minute', 500 + i, i, 'failed' from generate_series(1, 13) i`,
    [retried],
  );
  const [log] = (await logs('?webhookType=device.statusChanged')).content;
  expect(log).toMatchObject({ retryAttempts: 13, lastResponseStatus: 513, attempts: { length: 12 } });
  expect(log).toMatchObject({ lastRetryTimestamp: log!.attempts.at(-1)!.startedAt });
  const times = log!.attempts.map(({ startedAt }) => startedAt);
  expect(times).toEqual([...times].sort());
  await webhooks.sql('delete from webhook_attempt where delivery_id = $1 and duration_ms > 0 and error is not null', [
    retried,
  ]);
});

it('a delivery without an attempt has none', async () => {
  await webhooks.sql(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, next_attempt_at)
     values (2, $1, 'evt_waits', 'ORDER_STATUS', '{}', now() + interval '1 hour')`,
    [theirs],
  );
  const { content } = await logs('?eventId=evt_waits', { caller: 'lakeview' });
  expect(content).toMatchObject([
    {
      status: 'pending',
      nextAttemptAt: ISO,
      retryAttempts: 0,
      lastRetryTimestamp: null,
      lastResponseStatus: null,
      attempts: [],
    },
  ]);
});

describe('filters', () => {
  it('by webhook, status, event type and event', async () => {
    const [first, second, third, fourth] = deliveries as [string, string, string, string];
    expect(await ids(`?webhookId=${failing}`)).toEqual([third]);
    expect(await ids(`?webhookId=${failing}&webhookId=${fine}`)).toHaveLength(4);
    expect(await ids('?webhookId=999999')).toEqual([]);
    expect(await ids('?status=succeeded')).toEqual([fourth, second, first]);
    expect(await ids('?status=failed&status=pending')).toEqual([third]);
    expect(await ids('?webhookType=order.status&webhookType=reading.weight')).toEqual([fourth, first]);
    expect(await ids(`?webhookType=order.status&webhookId=${failing}`)).toEqual([]);
    const { eventId } = await webhooks.delivery(second);
    expect(await ids(`?eventId=${eventId}`)).toEqual([second]);
  });

  it('by time: the start is included, the end is not', async () => {
    const [first, second, third, fourth] = deliveries as [string, string, string, string];
    const { content } = await logs();
    const at = new Map(content.map(({ id, createdAt }) => [String(id), createdAt]));
    expect(await ids(`?startTimestamp=${at.get(second)}&endTimestamp=${at.get(fourth)}`)).toEqual([third, second]);
    expect(await ids(`?endTimestamp=${at.get(second)}`)).toEqual([first]);
    const inAnotherZone = new Date(Date.parse(at.get(third)!) + 3_600_000).toISOString().replace('Z', '+01:00');
    expect(await ids(`?startTimestamp=${encodeURIComponent(inAnotherZone)}`)).toEqual([fourth, third]);
  });

  it.each([
    ['startTimestamp=yesterday', 'startTimestamp'],
    ['endTimestamp=2024-01-01', 'endTimestamp'],
    ['status=PENDING', 'status'],
    ['status=gone', 'status'],
    ['webhookType=device.stolen', 'webhookType'],
    ['webhookId=x', 'webhookId'],
    ['webhookId=99999999999999999999', 'webhookId'],
    ['size=251', 'size'],
    ['page=0', 'page'],
    ['retryAttemptsMin=1', 'retryAttemptsMin'],
  ])('%s is malformed', async (query, field) => {
    const answer = await rest.get<object>(`/webhook/logs?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_USER_INPUT', field } });
  });
});

it('a customer sees the logs of its own webhooks, operators all', async () => {
  const [own] = (await logs('', { caller: 'lakeview' })).content.slice(-1);
  expect(String(own!.webhookId)).toBe(theirs);
  expect(await ids(`?webhookId=${theirs}`)).toEqual([]);
  expect(await ids('?customerId=2')).toEqual([]);
  const operator = { caller: 'operator' } as const;
  expect(await ids('', operator)).toEqual(expect.arrayContaining([...deliveries, String(own!.id)]));
  expect(await ids('?customerId=1', operator)).toEqual([...deliveries].reverse());
});

it.each(['readOnly', 'ingest'] as const)('%s is refused', async (caller) => {
  expect(await rest.get('/webhook/logs', { caller })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
});

it('pages have the rest of the list, read with a fixed number of statements', async () => {
  const newestFirst = [...deliveries].reverse();
  expect(await logs('?size=3&page=2')).toMatchObject({ total: 4, first: false, last: true });
  expect(await ids('?size=3&page=2')).toEqual(newestFirst.slice(3));
  expect(await ids('?size=3&page=9')).toEqual([]);
  const names = async (size: number) =>
    namesOf(await webhooks.app.statementsOf(() => rest.get(`/webhook/logs?size=${size}`)));
  expect(await names(1)).toEqual(await names(4));
  expect(await names(4)).toHaveLength(4);
});
