import { DeviceFixture } from '../support/device-fixture';
import { RestClient, type RestRequest } from '../support/rest-client';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const URL = 'https://hooks.example.com/impilo?source=gateway';
const NEW = { url: URL, type: 'order.status' };

interface Webhook {
  id: number;
  url: string;
  type: string | null;
  eventTypes: string[];
  active: boolean;
  disabledReason: string | null;
  secret?: string | null;
}
interface Page {
  content: Webhook[];
  total: number;
  last: boolean;
}

let webhooks: WebhookFixture;
let rest: RestClient;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
  rest = new RestClient(webhooks.app);
});
afterAll(() => webhooks.stop());

async function create(body: object = NEW, request?: RestRequest): Promise<Webhook> {
  const response = await rest.post<Webhook>('/webhook', body, request);
  expect(response.status).toBe(201);
  return response.body;
}

const withoutSecret = ({ secret: _secret, ...webhook }: Webhook) => webhook;
const read = async (id: number) => (await rest.get<Webhook>(`/webhook/${id}`)).body;
const count = async () => (await webhooks.sql('select from webhook')).length;

describe('POST /webhook', () => {
  it('creates a webhook with one event type, and returns its secret', async () => {
    const { status, headers, body } = await rest.post<Webhook>('/webhook', NEW);
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.any(Number) as number,
        customerId: 1,
        url: URL,
        type: 'order.status',
        eventTypes: ['order.status'],
        active: true,
        disabledAt: null,
        disabledReason: null,
        failingSince: null,
        createdAt: ISO,
        secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/) as string,
      },
    });
    expect(headers.get('location')).toBe(`/api/v3/webhook/${body.id}`);
    expect(await read(body.id)).toEqual(withoutSecret(body));
    expect(await webhooks.webhook(String(body.id))).toMatchObject({ url: URL, eventTypes: ['ORDER_STATUS'] });
  });

  it.each([
    [{ eventTypes: ['device.statusChanged', 'order.statusFull'] }, ['device.statusChanged', 'order.statusFull']],
    [{ eventTypes: ['device.statusChanged'], type: 'reading.weight' }, ['device.statusChanged', 'reading.weight']],
    [{ eventTypes: ['order.status', 'order.status'], type: 'order.status' }, ['order.status']],
  ])('creates a webhook for %j', async (types, eventTypes) => {
    const created = await create({ url: URL, ...types });
    expect(created).toMatchObject({ eventTypes, type: eventTypes.length === 1 ? eventTypes[0] : null });
  });

  it('takes every event type that GraphQL has, by the name that deliveries have', async () => {
    const { paths } = await rest.openApi();
    const { schema } = paths['/webhook']!.get!.parameters!.find(({ name }) => name === 'webhookType')!;
    const types = (schema as { items: { enum: string[] } }).items.enum;
    const { __type } = await webhooks.app.data<{ __type: { enumValues: { name: string; description: string }[] } }>(
      'northside',
      '{ __type(name: "WebhookEventType") { enumValues { name description } } }',
    );
    expect(types).toEqual(__type.enumValues.map(({ description }) => /Sent as `(.+)`/.exec(description)![1]));
    const { id, eventTypes } = await create({ url: URL, eventTypes: types });
    expect(eventTypes).toEqual(types);
    const { eventTypes: names } = await webhooks.webhook(String(id));
    expect(names).toEqual(__type.enumValues.map(({ name }) => name));
  });

  it.each<[object, number, string, string]>([
    [{ url: URL }, 422, 'INVALID_INPUT', 'eventTypes'],
    [{ url: URL, eventTypes: [] }, 422, 'INVALID_INPUT', 'eventTypes'],
    [{ ...NEW, url: 'http://example.com/' }, 422, 'INVALID_URL', 'url'],
    [{ ...NEW, url: 'https://user:pw@example.com/' }, 422, 'INVALID_URL', 'url'],
    [{ ...NEW, url: 'https://10.0.0.1/' }, 422, 'INVALID_URL', 'url'],
    [{ ...NEW, url: `https://example.com/${'a'.repeat(2_000)}` }, 422, 'INVALID_URL', 'url'],
    [{ ...NEW, url: '' }, 422, 'INVALID_URL', 'url'],
    [{ ...NEW, url: null }, 400, 'BAD_USER_INPUT', 'url'],
    [{ type: 'order.status' }, 400, 'BAD_USER_INPUT', 'url'],
    [{ ...NEW, type: 'ORDER_STATUS' }, 400, 'BAD_USER_INPUT', 'type'],
    [{ ...NEW, type: 'device.stolen' }, 400, 'BAD_USER_INPUT', 'type'],
    [{ url: URL, eventTypes: ['order.status', null] }, 400, 'BAD_USER_INPUT', 'eventTypes.1'],
    [{ url: URL, eventTypes: 'order.status' }, 400, 'BAD_USER_INPUT', 'eventTypes'],
    [{ ...NEW, secret: 'whsec_mine' }, 400, 'BAD_USER_INPUT', 'secret'],
    [{ ...NEW, customerId: 2 }, 404, 'CUSTOMER_NOT_FOUND', 'customerId'],
  ])('refuses %j with %d %s at %s', async (body, status, code, field) => {
    const before = await count();
    const answer = await rest.post<object>('/webhook', body);
    expect(answer).toMatchObject({ status, body: { status, code, field } });
    expect(await count()).toBe(before);
  });

  it('an operator names the customer', async () => {
    const missing = await rest.post<object>('/webhook', NEW, { caller: 'operator' });
    expect(missing).toMatchObject({ status: 422, body: { code: 'REFERENCE_MISSING', field: 'customerId' } });
    expect(await create({ ...NEW, customerId: 2 }, { caller: 'operator' })).toMatchObject({ customerId: 2 });
  });

  it.each(['readOnly', 'ingest'] as const)('%s is refused', async (caller) => {
    const before = await count();
    const answer = await rest.post<object>('/webhook', NEW, { caller });
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await count()).toBe(before);
  });
});

describe('Idempotency-Key', () => {
  const headers = (key: string) => ({ 'idempotency-key': key });

  it('a repeated creation returns the same webhook without its secret', async () => {
    const first = await create(NEW, { headers: headers('once') });
    const before = await count();
    const again = await create(NEW, { headers: headers('once') });
    expect(again).toEqual({ ...first, secret: null });
    expect(await count()).toBe(before);
  });

  it('the same key with another body is refused', async () => {
    await create(NEW, { headers: headers('other') });
    const body = { ...NEW, url: 'https://example.org/' };
    const answer = await rest.post<object>('/webhook', body, { headers: headers('other') });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' },
    });
  });

  it('a repeated request finds no webhook if it was deleted in the meantime', async () => {
    const { id } = await create(NEW, { headers: headers('deleted') });
    const change = { id, active: false };
    expect((await rest.patch('/webhook', change, { headers: headers('change') })).status).toBe(200);
    await webhooks.call('deleteWebhook', { webhookId: String(id) });
    const refused = { status: 404, body: { code: 'WEBHOOK_NOT_FOUND', field: 'Idempotency-Key' } };
    expect(await rest.post('/webhook', NEW, { headers: headers('deleted') })).toMatchObject(refused);
    expect(await rest.patch('/webhook', change, { headers: headers('change') })).toMatchObject(refused);
  });
});

describe('PATCH /webhook', () => {
  it('changes the given members and keeps the others', async () => {
    let expected: object = withoutSecret(await create());
    const { id } = expected as Webhook;
    const [type] = ['reading.weight'];
    const steps: [object, object][] = [
      [{ url: 'https://example.org/a' }, { url: 'https://example.org/a' }],
      [{ type }, { type, eventTypes: [type] }],
      [{ eventTypes: [type, 'order.status'] }, { type: null, eventTypes: [type, 'order.status'] }],
      [{ active: true }, {}],
      [{}, {}],
    ];
    for (const [change, changed] of steps) {
      const { status, body } = await rest.patch<Webhook>('/webhook', { id, ...change });
      expected = { ...expected, ...changed };
      expect({ status, body }).toEqual({ status: 200, body: expected });
      expect(await read(id)).toEqual(expected);
    }
  });

  it('disables and enables a webhook; a repeated request changes nothing', async () => {
    const created = withoutSecret(await create());
    const { id } = created;
    const disabled = { ...created, active: false, disabledAt: ISO, disabledReason: 'byRequest' };
    const first = await rest.patch<Webhook>('/webhook', { id, active: false });
    expect(first.body).toEqual(disabled);
    expect((await rest.patch('/webhook', { id, active: false })).body).toEqual(first.body);
    expect((await rest.patch('/webhook', { id, active: true })).body).toEqual(created);
  });

  it('makes all changes of a request, or none', async () => {
    const { id, ...created } = await create();
    const url = 'https://example.org/b';
    const both = await rest.patch<Webhook>('/webhook', { id, url, type: 'reading.weight', active: false });
    expect(both.body).toMatchObject({ url, type: 'reading.weight', active: false, disabledReason: 'byRequest' });
    await rest.patch('/webhook', { id, url: created.url, type: 'order.status', active: true });
    const before = await read(id);
    for (const bad of [{ url: 'http://example.com/' }, { eventTypes: [] }]) {
      const answer = await rest.patch('/webhook', { id, active: false, ...bad });
      expect(answer.status).toBe(422);
      expect(await read(id)).toEqual(before);
    }
  });

  it.each<[object, number, string, string | null]>([
    [{ url: 'https://127.0.0.1/' }, 422, 'INVALID_URL', 'url'],
    [{ eventTypes: [] }, 422, 'INVALID_INPUT', 'eventTypes'],
    [{ active: 'false' }, 400, 'BAD_USER_INPUT', 'active'],
    [{ active: null }, 400, 'BAD_USER_INPUT', 'active'],
    [{ id: null }, 400, 'BAD_USER_INPUT', 'id'],
    [{ id: '1' }, 400, 'BAD_USER_INPUT', 'id'],
    [{ secret: 'mine' }, 400, 'BAD_USER_INPUT', 'secret'],
    [{ id: 999_999 }, 404, 'WEBHOOK_NOT_FOUND', 'id'],
  ])('refuses %j with %d %s at %s', async (change, status, code, field) => {
    const { id } = await create();
    const before = await webhooks.written();
    const answer = await rest.patch<object>('/webhook', { id, ...change });
    expect(answer).toMatchObject({ status, body: { code, field } });
    expect(JSON.stringify(answer.body)).not.toContain('webhookId');
    expect(await webhooks.written()).toEqual(before);
  });

  it("another customer's webhook is as one that does not exist", async () => {
    const { id } = await create();
    const other = await rest.patch('/webhook', { id, active: false }, { caller: 'lakeview' });
    const none = await rest.patch('/webhook', { id: 999_999, active: false }, { caller: 'lakeview' });
    expect([other.status, other.body]).toEqual([404, none.body]);
    expect(await read(id)).toMatchObject({ active: true });
    expect((await rest.patch('/webhook', { id, active: false }, { caller: 'operator' })).status).toBe(200);
  });

  it('readOnly is refused, also for a webhook that does not exist', async () => {
    for (const id of [(await create()).id, 999_999])
      expect((await rest.patch('/webhook', { id, active: false }, { caller: 'readOnly' })).status).toBe(403);
  });
});

describe('GET /webhook', () => {
  const list = async (query: string, request?: RestRequest) => (await rest.get<Page>(`/webhook${query}`, request)).body;

  it('lists pages of the webhooks of the customer, oldest first', async () => {
    await create();
    const rows = await webhooks.sql<{ id: string }>('select id from webhook where customer_id = 1 order by id');
    const whole = await list('?size=250');
    expect(whole.content.map(({ id }) => String(id))).toEqual(rows.map(({ id }) => id));
    const last = await list(`?size=2&page=${Math.ceil(rows.length / 2)}`);
    expect(last).toMatchObject({ total: rows.length, last: true, first: false });
    expect(last.content.at(-1)).toEqual(whole.content.at(-1));
  });

  it('never has a secret', async () => {
    const made = await create();
    for (const path of ['/webhook?size=250', `/webhook/${made.id}`, '/webhook/logs']) {
      const text = JSON.stringify((await rest.get(path)).body);
      expect(text).not.toMatch(/whsec|secret/i);
    }
  });

  it('filters by state, event type and customer', async () => {
    const made = await create({ url: URL, eventTypes: ['order.parcelAdded', 'reading.peakFlow'] });
    await rest.patch('/webhook', { id: made.id, active: false });
    const ids = async (query: string, request?: RestRequest) =>
      (await list(`?size=250&${query}`, request)).content.map(({ id }) => id);
    const theirs = await create(NEW, { caller: 'lakeview' });
    expect(await ids('webhookType=reading.peakFlow&active=false')).toEqual([made.id]);
    expect(await ids('webhookType=reading.peakFlow&active=true&webhookType=order.parcelAdded')).not.toContain(made.id);
    expect(await ids('active=true')).not.toContain(made.id);
    const operator = { caller: 'operator' } as const;
    expect(await ids('', operator)).toEqual(expect.arrayContaining([made.id, theirs.id]));
    expect(await ids('customerId=1', operator)).toEqual(await ids(''));
    expect(await ids('customerId=2')).toEqual([]);
  });

  it.each(['page=0', 'size=251', 'size=0', 'active=yes', 'webhookType=ORDER_STATUS', 'customerId=x', 'sort=url'])(
    '%s is malformed',
    async (query) => {
      const answer = await rest.get<object>(`/webhook?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_USER_INPUT', field: query.split('=')[0] } });
    },
  );

  it('readOnly is refused', async () => {
    for (const path of ['/webhook', '/webhook/1', '/webhook/logs'])
      expect((await rest.get(path, { caller: 'readOnly' })).status).toBe(403);
  });

  it('a webhook that the caller does not see is not found', async () => {
    const { id } = await create(NEW, { caller: 'lakeview' });
    const answer = await rest.get<object>(`/webhook/${id}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'WEBHOOK_NOT_FOUND', field: 'id' } });
    expect(answer.body).toEqual((await rest.get('/webhook/999999')).body);
  });
});

it('URLs of this machine are accepted in demo mode only', async () => {
  const body = { ...NEW, url: 'http://127.0.0.1:4001/' };
  expect(await create(body)).toMatchObject({ url: body.url });
  const production = await DeviceFixture.start({ env: { DEMO: 'off' } });
  const client = new RestClient(production.app);
  const key = await production.key('ADMIN', '1');
  const answer = await client.post<object>('/webhook', body, { caller: key });
  expect(answer).toMatchObject({ status: 422, body: { code: 'INVALID_URL', field: 'url' } });
  await production.stop();
});

it('no secret and no URL is in the log', async () => {
  const { secret } = await create({ ...NEW, url: 'https://example.com/marker?key=marker' });
  expect(webhooks.app.log).toContain('/api/v3/webhook');
  expect(webhooks.app.log).not.toContain(secret);
  expect(webhooks.app.log).not.toContain('marker');
});
