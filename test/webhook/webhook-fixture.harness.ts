import type { App, AppOverrides } from '../../src/app';
import { DeviceFixture, type Caller, type Refusal } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import type { GraphqlResponse, TestAppOptions } from '../support/test-app';
import { WebhookReceiver, type ScriptedResponse, type Script } from '../support/webhook-receiver';
import {
  DELIVERY,
  FIELDS,
  WEBHOOK,
  type DeliveryResponse,
  type Made,
  type Payload,
  type WebhookResponse,
  type WebhookOperation,
} from './webhook-api.harness';

/** A response that delays the next attempt until long after the test. */
export const LATER: ScriptedResponse = { status: 503, headers: { 'retry-after': '3600' } };

/** Limits that no test reaches, even on a slow machine. A test sets the limits that it is about. */
const LONG_MS = 3_600_000;
const LONG_LIMITS = { slowMs: LONG_MS, timeoutMs: LONG_MS, leaseMs: 2 * LONG_MS, drainTimeoutMs: LONG_MS };

/** All tables that operations on webhooks write. */
const WRITTEN = ['webhook', 'webhook_delivery', 'webhook_attempt'];

/** The fixture of the device tests, with a receiver of its webhooks. */
export class WebhookFixture {
  private readonly instances: App[] = [];
  private lastStatement: Promise<unknown> = Promise.resolve();
  private endpoints = 0;

  private constructor(
    readonly fixture: DeviceFixture,
    readonly receiver: WebhookReceiver,
    private readonly overrides: AppOverrides,
  ) {}

  /** Polls often, so that tests do not have to wait. */
  static async start({ instances = 1, env = {}, ...overrides }: Omit<TestAppOptions, 'template'> = {}) {
    const webhooks = { ...LONG_LIMITS, pollIntervalMs: 20, removalIntervalMs: 20, ...overrides.webhooks };
    const fixture = await DeviceFixture.start({ instances: 0 });
    const made = new WebhookFixture(fixture, await WebhookReceiver.start(), { ...overrides, webhooks });
    for (let index = 0; index < instances; index += 1) await made.startInstance(env);
    return made;
  }

  /** Stops the receiver first, which ends requests without a response. */
  async stop(): Promise<void> {
    await this.receiver.stop();
    await this.fixture.stop();
  }

  /** Starts another gateway, last in the list. */
  async startInstance(env: Record<string, string> = {}): Promise<void> {
    this.instances.push(await this.app.startInstance(env, this.overrides));
  }

  /** Stops the first gateway like its signal does. The next one becomes the first. */
  async stopInstance(): Promise<void> {
    await this.instances.shift()!.stop();
    this.app.urls.shift();
  }

  get app() {
    return this.fixture.app;
  }

  /** Runs one statement after the other, because a client of pg runs one at a time. */
  sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const result = this.lastStatement.then(() => this.fixture.sql<Row>(text, values));
    this.lastStatement = result.catch(() => undefined);
    return result;
  }

  /** The whole response of one operation. */
  send(
    operation: WebhookOperation,
    input: object,
    caller: Caller = 'northside',
    instance = 0,
  ): Promise<GraphqlResponse<Record<string, Payload | null>>> {
    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${operation}(input: $input) { ${FIELDS[operation]} userErrors { code message path } } }`;
    return this.app.query(caller, document, { input }, instance);
  }

  /** The payload of one operation. */
  async call(operation: WebhookOperation, input: object, caller: Caller = 'northside', instance = 0): Promise<Payload> {
    const { data, errors } = await this.send(operation, input, caller, instance);
    if (errors) throw new Error(`${operation} failed: ${JSON.stringify(errors)}`);
    return data[operation]!;
  }

  /** Creates a webhook at a path of the receiver. */
  async create(path: string, eventTypes: string[], input: object = {}, caller: Caller = 'northside'): Promise<Made> {
    const { webhook, secret, userErrors } = await this.call(
      'createWebhook',
      { url: this.receiver.url(path), eventTypes, ...input },
      caller,
    );
    if (!webhook) throw new Error(`No webhook was made: ${JSON.stringify(userErrors)}`);
    return { id: webhook.databaseId, secret: secret! };
  }

  /** Creates a webhook that receives DEVICE_STATUS_CHANGED, at a new path. */
  async endpoint(script: ScriptedResponse | Script = {}): Promise<Made & { path: string }> {
    const path = `/endpoint-${(this.endpoints += 1)}`;
    this.receiver.respond(path, script);
    return { path, ...(await this.create(path, ['DEVICE_STATUS_CHANGED'])) };
  }

  /** Requests a test delivery. @returns the id of the delivery */
  async sendTest(webhookId: string, eventType = 'DEVICE_STATUS_CHANGED'): Promise<string> {
    return (await this.call('sendTestWebhook', { webhookId, eventType })).delivery!.databaseId;
  }

  /** Overrides the status of a new device, which makes one event. @returns the id of the device */
  async changeDevice(note: string | null = null, customerId = '1'): Promise<string> {
    const { sites } = this.fixture;
    const siteId = customerId === '1' ? sites.clinic : sites.lakeview;
    const { id } = await this.fixture.device({ status: 'AVAILABLE_AT_SITE', siteId, customerId });
    await this.fixture.call('updateDeviceStatus', { deviceId: id, status: 'LOST', note }, 'operator');
    return id;
  }

  /** Processes an order of `count` devices, at most 10,000: one status change each. @returns the ids of the messages */
  async changeDevices(count: number): Promise<string[]> {
    const { sites, itemId } = this.fixture;
    await this.sql(
      `insert into device (customer_id, item_id, current_status, site_customer_id, site_id)
       select 1, $1, 'AVAILABLE', 0, $2 from generate_series(1, $3)`,
      [itemId, sites.warehouse, count],
    );
    const [before] = await this.sql<{ id: string }>('select coalesce(max(id), 0) as id from event');
    const { createOrder } = await this.app.data<{ createOrder: { order: { id: string } } }>(
      'northside',
      `mutation ($siteId: ID!, $itemId: ID!, $count: Int!) {
        createOrder(input: { siteId: $siteId, lines: [{ itemId: $itemId, quantity: $count }] }) { order { id } } }`,
      { siteId: sites.clinic, itemId, count },
    );
    await this.app.data(
      'operator',
      `mutation ($orderId: ID!) { processOrder(input: { orderId: $orderId }) { order { id } userErrors { code } } }`,
      { orderId: createOrder.order.id },
    );
    const events = await this.sql<{ id: string }>(
      `select id from event where id > $1 and type = 'device.statusChanged' order by id`,
      [before!.id],
    );
    expect(events).toHaveLength(count);
    return events.map(({ id }) => `evt_${id}`);
  }

  /** Makes an event for a webhook that receives DEVICE_STATUS_CHANGED. @returns the id of its delivery */
  async deliver(webhookId: string): Promise<string> {
    await this.changeDevice();
    await this.planned();
    const [delivery] = await this.sql<{ id: string }>(
      'select max(id) as id from webhook_delivery where webhook_id = $1',
      [webhookId],
    );
    return delivery!.id;
  }

  async webhook(id: string, caller: Caller = 'northside'): Promise<WebhookResponse> {
    const { webhook } = await this.app.data<{ webhook: WebhookResponse }>(
      caller,
      `query ($id: ID!) { webhook(id: $id) { ${WEBHOOK} } }`,
      { id },
    );
    return webhook;
  }

  /** Deliveries of a webhook, oldest first, at most 100. */
  async deliveries(webhookId: string, caller: Caller = 'northside'): Promise<DeliveryResponse[]> {
    const { webhook } = await this.app.data<{ webhook: { deliveries: { nodes: DeliveryResponse[] } } }>(
      caller,
      `query ($id: ID!) { webhook(id: $id) { deliveries(first: 100) { nodes { ${DELIVERY} } } } }`,
      { id: webhookId },
    );
    return webhook.deliveries.nodes.reverse();
  }

  async delivery(id: string, caller: Caller = 'northside'): Promise<DeliveryResponse> {
    const { node } = await this.app.data<{ node: DeliveryResponse }>(
      caller,
      `query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { ${DELIVERY} } } }`,
      { id: globalId('WebhookDelivery', id) },
    );
    return node;
  }

  /** Waits until `attempts` attempts of a delivery are recorded. */
  async attempted(id: string, attempts = 1, caller: Caller = 'northside'): Promise<DeliveryResponse> {
    const recorded = 'select from webhook_attempt where delivery_id = $1';
    await eventually(async () => (await this.sql(recorded, [id])).length >= attempts);
    return this.delivery(id, caller);
  }

  /** Waits until all planned deliveries have succeeded or failed. */
  async done(): Promise<void> {
    await eventually(
      async () => (await this.sql(`select from webhook_delivery where status = 'PENDING'`)).length === 0,
    );
  }

  /** Waits until the planner has handled all committed events. */
  async planned(): Promise<void> {
    const unread = `select from event e where e.position is null or e.position > (select position from event_consumer)`;
    const waiting = 'select from webhook_event where set_aside_at is null';
    await eventually(async () => (await this.sql(`(${unread} limit 1) union all (${waiting} limit 1)`)).length === 0);
  }

  /** Makes a delivery due that waits for its next attempt. */
  async makeDue(deliveryId: string): Promise<void> {
    await this.sql(`update webhook_delivery set next_attempt_at = now() where id = $1`, [deliveryId]);
  }

  /** Waits until all due deliveries are sent: a test delivery to a new webhook arrives twice after them. */
  async allDueSent(): Promise<void> {
    const { id } = await this.create('/all-due-sent', ['ORDER_STATUS']);
    for (let time = 1; time <= 2; time += 1) await this.attempted(await this.sendTest(id));
    await this.sql('delete from webhook where id = $1', [id]);
  }

  /** Asserts that the operation is refused with this one error, and that nothing was written or sent. */
  async expectRefusal(operation: WebhookOperation, input: object, refusal: Refusal, caller?: Caller): Promise<void> {
    const before = await this.written();
    const { userErrors, ...rest } = await this.call(operation, input, caller);
    expect(userErrors).toEqual([refusal]);
    expect(Object.values(rest).every((value) => value === null)).toBe(true);
    expect(await this.written()).toEqual(before);
  }

  /** Asserts that the operation fails with a top-level error, and that nothing was written or sent. */
  async expectError(operation: WebhookOperation, input: object, code: string, caller?: Caller): Promise<void> {
    const before = await this.written();
    const { errors } = await this.send(operation, input, caller);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
    expect(await this.written()).toEqual(before);
  }

  /** Waits until the rows of removed webhooks are deleted. */
  async removed(): Promise<void> {
    await eventually(async () => (await this.sql('select from webhook where removed_at is not null')).length === 0);
  }

  /** Waits until the results of attempts are recorded. */
  private async recorded(): Promise<void> {
    await eventually(
      async () => (await this.sql('select from webhook_delivery where claimed_until > now()')).length === 0,
    );
  }

  /** Contents of the webhook tables, and the number of received requests. */
  async written(): Promise<Record<string, unknown>> {
    await Promise.all([this.removed(), this.recorded()]);
    const written: Record<string, unknown> = { received: this.receiver.received.length };
    for (const table of WRITTEN) written[table] = await this.sql(`select * from ${table} order by id`);
    return written;
  }
}
