import type { App, AppOverrides } from '../../src/app';
import { DeviceProgramme, type Caller, type Refusal } from '../support/device-programme';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import type { GraphqlResponse, TestAppOptions } from '../support/test-app';
import { WebhookReceiver, type Answer, type Script } from '../support/webhook-receiver';
import {
  DELIVERY,
  FIELDS,
  WEBHOOK,
  type DeliveryAnswer,
  type Made,
  type Payload,
  type WebhookAnswer,
  type WebhookOperation,
} from './webhook-api.harness';

/** An answer after which the schedule brings nothing more while a test runs, however long that takes. */
export const LATER: Answer = { status: 503, headers: { 'retry-after': '3600' } };

/** Limits that no test runs into, however slow the machine is; those of which a test is about are given by it. */
const PATIENCE_MS = 3_600_000;
const PATIENT = { timeoutMs: PATIENCE_MS, leaseMs: 2 * PATIENCE_MS, drainTimeoutMs: PATIENCE_MS };

/** All that operations on webhooks may write. */
const WRITTEN = ['webhook', 'webhook_delivery', 'webhook_attempt'];

/** The programme of the devices' tests with a receiver of its webhooks. */
export class WebhookProgramme {
  private readonly instances: App[] = [];
  private lastStatement: Promise<unknown> = Promise.resolve();
  private endpoints = 0;

  private constructor(
    readonly programme: DeviceProgramme,
    readonly receiver: WebhookReceiver,
    private readonly overrides: AppOverrides,
  ) {}

  /** What is due is looked for often, so that tests need not wait. */
  static async start({ instances = 1, env = {}, ...overrides }: Omit<TestAppOptions, 'template'> = {}) {
    const webhooks = { ...PATIENT, pollIntervalMs: 20, ...overrides.webhooks };
    const programme = await DeviceProgramme.start({ instances: 0 });
    const made = new WebhookProgramme(programme, await WebhookReceiver.start(), { ...overrides, webhooks });
    for (let index = 0; index < instances; index += 1) await made.startInstance(env);
    return made;
  }

  /** The receiver goes first: what it leaves unanswered ends then. */
  async stop(): Promise<void> {
    await this.receiver.stop();
    await this.programme.stop();
  }

  /** Another gateway, behind those that run. */
  async startInstance(env: Record<string, string> = {}): Promise<void> {
    this.instances.push(await this.app.startInstance(env, this.overrides));
  }

  /** Stops the first gateway as its signal does; the next one is the first then. */
  async stopInstance(): Promise<void> {
    await this.instances.shift()!.stop();
    this.app.urls.shift();
  }

  get app() {
    return this.programme.app;
  }

  /** One statement after the other: a client of pg takes no more at a time. */
  sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const result = this.lastStatement.then(() => this.programme.sql<Row>(text, values));
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

  /** A webhook at a path of the receiver. */
  async create(path: string, eventTypes: string[], input: object = {}, caller: Caller = 'northside'): Promise<Made> {
    const { webhook, secret, userErrors } = await this.call(
      'createWebhook',
      { url: this.receiver.url(path), eventTypes, ...input },
      caller,
    );
    if (!webhook) throw new Error(`No webhook was made: ${JSON.stringify(userErrors)}`);
    return { id: webhook.databaseId, secret: secret! };
  }

  /** A webhook that wants DEVICE_STATUS_CHANGED, at a path of its own. */
  async endpoint(script: Answer | Script = {}): Promise<Made & { path: string }> {
    const path = `/endpoint-${(this.endpoints += 1)}`;
    this.receiver.answer(path, script);
    return { path, ...(await this.create(path, ['DEVICE_STATUS_CHANGED'])) };
  }

  /** Asks for a test delivery. @returns the delivery's number */
  async sendTest(webhookId: string, eventType = 'DEVICE_STATUS_CHANGED'): Promise<string> {
    return (await this.call('sendTestWebhook', { webhookId, eventType })).delivery!.databaseId;
  }

  /** Overrides the status of a device of its own: one event. @returns the device's number */
  async changeDevice(note: string | null = null, customerId = '1'): Promise<string> {
    const { sites } = this.programme;
    const siteId = customerId === '1' ? sites.clinic : sites.lakeview;
    const { id } = await this.programme.device({ status: 'AVAILABLE_AT_SITE', siteId, customerId });
    await this.programme.call('updateDeviceStatus', { deviceId: id, status: 'LOST', note }, 'operator');
    return id;
  }

  /** Events of so many devices that an order assigns, 10,000 at the most: a change of status each. @returns the ids of the messages */
  async changeDevices(count: number): Promise<string[]> {
    const { sites, itemId } = this.programme;
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

  /** The number of the delivery of an event, made now, to a webhook that wants DEVICE_STATUS_CHANGED. */
  async deliver(webhookId: string): Promise<string> {
    await this.changeDevice();
    await this.planned();
    const [delivery] = await this.sql<{ id: string }>(
      'select max(id) as id from webhook_delivery where webhook_id = $1',
      [webhookId],
    );
    return delivery!.id;
  }

  async webhook(id: string, caller: Caller = 'northside'): Promise<WebhookAnswer> {
    const { webhook } = await this.app.data<{ webhook: WebhookAnswer }>(
      caller,
      `query ($id: ID!) { webhook(id: $id) { ${WEBHOOK} } }`,
      { id },
    );
    return webhook;
  }

  /** The deliveries of a webhook, oldest first, 100 at the most. */
  async deliveries(webhookId: string, caller: Caller = 'northside'): Promise<DeliveryAnswer[]> {
    const { webhook } = await this.app.data<{ webhook: { deliveries: { nodes: DeliveryAnswer[] } } }>(
      caller,
      `query ($id: ID!) { webhook(id: $id) { deliveries(first: 100) { nodes { ${DELIVERY} } } } }`,
      { id: webhookId },
    );
    return webhook.deliveries.nodes.reverse();
  }

  async delivery(id: string, caller: Caller = 'northside'): Promise<DeliveryAnswer> {
    const { node } = await this.app.data<{ node: DeliveryAnswer }>(
      caller,
      `query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { ${DELIVERY} } } }`,
      { id: globalId('WebhookDelivery', id) },
    );
    return node;
  }

  /** Waits until so many attempts of a delivery are recorded. */
  async attempted(id: string, attempts = 1, caller: Caller = 'northside'): Promise<DeliveryAnswer> {
    const recorded = 'select from webhook_attempt where delivery_id = $1';
    await eventually(async () => (await this.sql(recorded, [id])).length >= attempts);
    return this.delivery(id, caller);
  }

  /** Waits until all deliveries that are planned have succeeded or failed. */
  async done(): Promise<void> {
    await eventually(
      async () => (await this.sql(`select from webhook_delivery where status = 'PENDING'`)).length === 0,
    );
  }

  /** Waits until the planner has handled all events that are committed. */
  async planned(): Promise<void> {
    const behind = `select from event e where e.position is null or e.position > (select position from event_consumer)`;
    await eventually(async () => (await this.sql(`${behind} limit 1`)).length === 0);
  }

  /** Makes a delivery due now that waits for its next attempt. */
  async makeDue(deliveryId: string): Promise<void> {
    await this.sql(`update webhook_delivery set next_attempt_at = now() where id = $1`, [deliveryId]);
  }

  /** Waits until a delivery that is asked for now, to a webhook of its own, has come through twice: all that is due went before. */
  async allDueSent(): Promise<void> {
    const { id } = await this.create('/all-due-sent', ['ORDER_STATUS']);
    for (let time = 1; time <= 2; time += 1) await this.attempted(await this.sendTest(id));
    await this.call('deleteWebhook', { webhookId: id });
  }

  /** Asserts that the operation is refused for this one reason, and that nothing was written or sent. */
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

  /** What the tables of webhooks hold, and how much was sent. */
  async written(): Promise<Record<string, unknown>> {
    const written: Record<string, unknown> = { received: this.receiver.received.length };
    for (const table of WRITTEN) written[table] = await this.sql(`select * from ${table} order by id`);
    return written;
  }
}
