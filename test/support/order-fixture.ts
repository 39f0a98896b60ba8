import { DeviceFixture, type Caller, type Refusal, type Status } from './device-fixture';
import type { TestAppOptions } from './test-app';
import type { OrderStatus } from '../../src/features/order/order-status';

export type OrderOperation =
  | 'createOrder'
  | 'processOrder'
  | 'shipOrder'
  | 'markOrderReadyForPickup'
  | 'deliverOrder'
  | 'cancelOrder'
  | 'replaceDevice'
  | 'cancelReturn'
  | 'receiveReturn';
export type OrderStatusName = keyof typeof OrderStatus;

interface Named {
  databaseId: string;
}

/** A device in the result of an order or an operation. */
export interface DeviceResult extends Named {
  currentStatus: Status;
  version: number;
  patient: Named | null;
  site: Named | null;
}

export interface ParcelResult {
  carrier: string | null;
  trackingNumber: string;
  trackingUrl: string | null;
  direction: 'OUTBOUND' | 'RETURN';
}

/** An event of an order: a change of its status, or an added parcel. */
export interface OrderEventResult {
  __typename: 'OrderStatusChange' | 'OrderParcelAdded';
  occurredAt: string;
  note: string | null;
  actor: { __typename: string; displayName: string };
  previousStatus?: OrderStatusName | null;
  status?: OrderStatusName;
  parcel?: ParcelResult;
}

/** An order in a result, with the nodes of its lists. */
export interface OrderResult extends Named {
  id: string;
  version: number;
  customer: Named;
  kind: 'STANDARD' | 'REPLACEMENT';
  currentStatus: OrderStatusName;
  patient: Named | null;
  site: Named | null;
  lines: { item: Named; quantity: number }[];
  devices: DeviceResult[];
  returnDevices: DeviceResult[];
  events: OrderEventResult[];
  externalOrderId: string | null;
  shipTo: Record<string, string | null> | null;
  parcels: ParcelResult[];
  createdAt: string;
  updatedAt: string;
}

/** The payload of an operation. Its members depend on the operation. */
export interface OrderPayload {
  order?: OrderResult | null;
  defectiveDevice?: DeviceResult | null;
  replacementDevice?: DeviceResult | null;
  device?: DeviceResult | null;
  association?: { endedAt: string | null; patient: Named } | null;
  statusChange?: { previousStatus: Status | null; status: Status; reason: string; deviceVersion: number } | null;
  userErrors: Refusal[];
}

const DEVICE = 'databaseId currentStatus version patient { databaseId } site { databaseId }';
const CHANGE = 'previousStatus status reason deviceVersion';
const PARCEL = 'carrier trackingNumber trackingUrl direction';
export const ORDER = `id databaseId version customer { databaseId } kind currentStatus patient { databaseId } site { databaseId }
  lines { item { databaseId } quantity } devices(first: 100) { nodes { ${DEVICE} } }
  returnDevices(first: 100) { nodes { ${DEVICE} } }
  events(first: 100) { nodes { __typename occurredAt note actor { __typename displayName }
    ... on OrderStatusChange { previousStatus status } ... on OrderParcelAdded { parcel { ${PARCEL} } } } } externalOrderId
  shipTo { lineOne lineTwo lineThree city state zipCode country note }
  parcels { ${PARCEL} } createdAt updatedAt`;

/** Selection and members of each payload besides userErrors, and the default caller. */
const OPERATIONS: Record<OrderOperation, { caller: Caller; selection: string; members: string[] }> = {
  createOrder: { caller: 'northside', selection: `order { ${ORDER} }`, members: ['order'] },
  processOrder: { caller: 'operator', selection: `order { ${ORDER} }`, members: ['order'] },
  shipOrder: { caller: 'operator', selection: `order { ${ORDER} }`, members: ['order'] },
  markOrderReadyForPickup: { caller: 'operator', selection: `order { ${ORDER} }`, members: ['order'] },
  deliverOrder: { caller: 'operator', selection: `order { ${ORDER} }`, members: ['order'] },
  cancelOrder: { caller: 'northside', selection: `order { ${ORDER} }`, members: ['order'] },
  replaceDevice: {
    caller: 'northside',
    selection: `order { ${ORDER} } defectiveDevice { ${DEVICE} } replacementDevice { ${DEVICE} }`,
    members: ['order', 'defectiveDevice', 'replacementDevice'],
  },
  cancelReturn: {
    caller: 'northside',
    selection: `device { ${DEVICE} } association { endedAt patient { databaseId } } statusChange { ${CHANGE} }`,
    members: ['device', 'association', 'statusChange'],
  },
  receiveReturn: {
    caller: 'operator',
    selection: `device { ${DEVICE} } statusChange { ${CHANGE} }`,
    members: ['device', 'statusChange'],
  },
};

const ORDER_TABLES = ['device_order', 'order_item', 'order_device', 'order_event'];

/** Operations that bring a processed order to a status. */
const STEPS_TO = {
  PROCESSED: [],
  SHIPPED: ['shipOrder'],
  AVAILABLE_FOR_PICKUP: ['shipOrder', 'markOrderReadyForPickup'],
  DELIVERED: ['shipOrder', 'deliverOrder'],
} as const;

/** Replaces the lists of an order by the nodes of their first page. */
export function withNodes(order: OrderResult | null | undefined): void {
  if (!order) return;
  for (const member of ['devices', 'returnDevices', 'events'] as const) {
    const { nodes } = order[member] as unknown as { nodes: never[] };
    order[member] = nodes;
  }
}

/** Creates devices in stock, as if they had been registered. */
const STOCK = `
  with made as (
    insert into device (customer_id, item_id, current_status, site_customer_id, site_id)
    select $1::bigint, $2::bigint, 'AVAILABLE', 0, $3::bigint from generate_series(1, $4::int) returning *
  ), identified as (
    insert into device_identifier (customer_id, device_id, type, value, normalized)
    select customer_id, id, 'SERIAL', 'STOCK-' || id, 'STOCK' || id from made
  ), changed as (
    insert into device_status_change (customer_id, device_id, device_version, status, reason, site_id, changed_at,
      changed_by_kind, changed_by_label)
    select customer_id, id, 1, current_status, 'REGISTERED', site_id, updated_at, 'SYSTEM', 'test' from made
  )
  select id, 'STOCK-' || id as serial from made order by id`;

export interface Stock {
  itemId?: string;
  siteId?: string;
  customerId?: string;
}

/** A gateway with orders: two customers, two items, stock in two warehouses. */
export class OrderFixture {
  private constructor(
    readonly fixture: DeviceFixture,
    readonly items: { cuff: string; scale: string },
  ) {}

  static async start(options: Omit<TestAppOptions, 'template'> = {}): Promise<OrderFixture> {
    const fixture = await DeviceFixture.start(options);
    const [scale] = await fixture.sql<{ id: string }>(
      `insert into item (name, reading_kinds) values ('Scale', '{}') returning id`,
    );
    return new OrderFixture(fixture, { cuff: fixture.itemId, scale: scale!.id });
  }

  stop(): Promise<void> {
    return this.fixture.stop();
  }

  /** Creates AVAILABLE devices, oldest first. Default: cuffs of Northside in the first warehouse. */
  async stock(count = 1, { itemId, siteId, customerId }: Stock = {}): Promise<{ id: string; serial: string }[]> {
    const { customers, sites } = this.fixture;
    const values = [customerId ?? customers.northside, itemId ?? this.items.cuff, siteId ?? sites.warehouse, count];
    return this.fixture.sql<{ id: string; serial: string }>(STOCK, values);
  }

  /** Removes all stock, so that a test finds only devices that it created. */
  async emptyStock(): Promise<void> {
    await this.fixture.sql(`update device set current_status = 'LOST' where current_status = 'AVAILABLE'`);
  }

  /**
   * The whole response of one operation.
   *
   * @param selection of the payload, besides userErrors; by default all members
   */
  send(
    operation: OrderOperation,
    input: object,
    caller: Caller = OPERATIONS[operation].caller,
    instance = 0,
    selection = OPERATIONS[operation].selection,
  ) {
    const type = `${operation[0]!.toUpperCase()}${operation.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} userErrors { code message path } } }`;
    return this.fixture.app.query<Record<string, OrderPayload>>(caller, document, { input }, instance);
  }

  /** The payload of one operation. */
  async call(operation: OrderOperation, input: object, caller?: Caller, instance = 0): Promise<OrderPayload> {
    const { data, errors } = await this.send(operation, input, caller, instance);
    if (errors) throw new Error(`${operation} failed: ${JSON.stringify(errors)}`);
    withNodes(data[operation]!.order);
    return data[operation]!;
  }

  /** The order returned by an operation, which must succeed. */
  async done(operation: OrderOperation, input: object, caller?: Caller): Promise<OrderResult> {
    const { order, userErrors } = await this.call(operation, input, caller);
    expect(userErrors).toEqual([]);
    return order!;
  }

  /** Creates an order. Default: one cuff for Northside's patient Ann. */
  created(input: Record<string, unknown> = {}, caller?: Caller): Promise<OrderResult> {
    const toAnn = input.siteId === undefined && { patientId: this.fixture.patients.ann };
    return this.done('createOrder', { ...toAnn, lines: [{ itemId: this.items.cuff, quantity: 1 }], ...input }, caller);
  }

  /**
   * Creates an order and brings it to a status.
   *
   * @param devices to name when the order is processed; by default, devices are taken from the stock
   */
  async at(
    status: OrderStatusName,
    input: Record<string, unknown> = {},
    devices?: { serial: string }[],
  ): Promise<OrderResult> {
    let order = await this.created(input);
    const orderId = order.databaseId;
    if (status === 'CANCELLED') return this.done('cancelOrder', { orderId });
    if (status === 'CREATED') return order;
    order = await this.done('processOrder', { orderId, deviceIdentifiers: devices?.map(({ serial }) => serial) });
    for (const step of STEPS_TO[status]) order = await this.done(step, { orderId });
    return order;
  }

  /** Reads an order. */
  async order(id: string, caller: Caller = 'operator'): Promise<OrderResult | null> {
    const { order } = await this.fixture.app.data<{ order: OrderResult | null }>(
      caller,
      `query ($id: ID!) { order(id: $id) { ${ORDER} } }`,
      { id },
    );
    withNodes(order);
    return order;
  }

  /** The events of an order, oldest first. */
  eventsOf(orderId: string): Promise<{ type: string; payload: Record<string, unknown> }[]> {
    return this.fixture.sql(
      `select type, payload from event where type in ('order.status', 'order.statusFull', 'order.parcelAdded')
         and coalesce(payload ->> 'orderId', payload ->> 'id') = $1 order by id`,
      [orderId],
    );
  }

  /** Asserts that the operation is refused for these reasons and writes nothing. */
  async expectRefusal(
    operation: OrderOperation,
    input: object,
    refusal: Refusal | Refusal[],
    caller?: Caller,
    current: Partial<OrderPayload> = {},
  ): Promise<void> {
    const before = await this.written();
    const nothing = OPERATIONS[operation].members.map((member) => [member, null] as const);
    expect(await this.call(operation, input, caller)).toEqual({
      ...Object.fromEntries(nothing),
      ...current,
      userErrors: [refusal].flat(),
    });
    expect(await this.written()).toEqual(before);
  }

  /** The codes of the operation's refusals. Asserts that a refused operation writes nothing. */
  async refusalOf(operation: OrderOperation, input: object, caller?: Caller): Promise<string[]> {
    const before = await this.written();
    const { userErrors } = await this.call(operation, input, caller);
    if (userErrors.length > 0) expect(await this.written()).toEqual(before);
    return userErrors.map(({ code }) => code);
  }

  /** Asserts that the operation fails with a top-level error and writes nothing. */
  async expectError(
    operation: OrderOperation,
    input: object,
    error: { code: string; message: string },
    caller?: Caller,
  ): Promise<void> {
    const before = await this.written();
    const { data, errors } = await this.send(operation, input, caller);
    expect(data).toEqual({ [operation]: null });
    expect(errors?.map(({ message, extensions }) => ({ code: extensions.code, message }))).toEqual([error]);
    expect(await this.written()).toEqual(before);
  }

  /** Asserts that the operation succeeds and writes nothing. */
  async expectNoChange(operation: OrderOperation, input: object, caller?: Caller): Promise<OrderPayload> {
    const before = await this.written();
    const payload = await this.call(operation, input, caller);
    expect(payload.userErrors).toEqual([]);
    expect(await this.written()).toEqual(before);
    return payload;
  }

  /** Number of rows and a digest of each table of devices, orders and events. */
  async written(): Promise<Record<string, { rows: number; digest: string }>> {
    const queries = ORDER_TABLES.map(
      (table) =>
        `select '${table}' as "table", count(*)::int as rows, sum(hashtextextended(r::text, 0))::text as digest from ${table} r`,
    );
    const tables = await this.fixture.sql<{ table: string; rows: number; digest: string }>(queries.join(' union all '));
    const ofOrders = Object.fromEntries(tables.map(({ table, rows, digest }) => [table, { rows, digest }]));
    return { ...(await this.fixture.written()), ...ofOrders };
  }
}
