import { expectConsistentHistory } from '../support/device-history';
import { namesOf } from '../support/statement-names';
import { expectConsistentOrder } from '../support/order-history';
import { OrderFixture, type OrderOperation } from '../support/order-fixture';

let orders: OrderFixture;
const FEW = 2;

interface Case {
  name: string;
  /** Status of the order before the operation. */
  status: 'CREATED' | 'PROCESSED' | 'SHIPPED';
  operation: OrderOperation;
  input?: (serials: string[]) => object;
  /** Statements that find the devices. */
  locks: string[];
  /** Status changes of each device since it was in stock. */
  changes: number;
}

const CASES: Case[] = [
  {
    name: 'processing from the stock',
    status: 'CREATED',
    operation: 'processOrder',
    locks: ['lock_stock', 'lock_stock'],
    changes: 1,
  },
  {
    name: 'processing with the devices named',
    status: 'CREATED',
    operation: 'processOrder',
    input: (deviceIdentifiers) => ({ deviceIdentifiers }),
    locks: ['lock_named_devices'],
    changes: 1,
  },
  {
    name: 'delivering',
    status: 'SHIPPED',
    operation: 'deliverOrder',
    locks: ['lock_devices_of_order'],
    changes: 2,
  },
  {
    name: 'cancelling',
    status: 'PROCESSED',
    operation: 'cancelOrder',
    locks: ['lock_devices_of_order'],
    changes: 2,
  },
];

/** An order of `count` devices, half of them cuffs, with the status; and the only devices in stock. */
async function orderOf(
  count: number,
  status: Case['status'],
): Promise<{ orderId: string; ids: string[]; serials: string[] }> {
  const { cuff, scale } = orders.items;
  await orders.emptyStock();
  const devices = [...(await orders.stock(count / 2)), ...(await orders.stock(count / 2, { itemId: scale }))];
  const lines = [cuff, scale].map((itemId) => ({ itemId, quantity: count / 2 }));
  const { databaseId: orderId } = await orders.at(status, { lines });
  return { orderId, ids: devices.map(({ id }) => id), serials: devices.map(({ serial }) => serial) };
}

/** Names of the statements that an operation sends, with a small selection of the payload. */
async function statementsOf(operation: OrderOperation, input: { orderId: string }): Promise<string[]> {
  const type = `${operation[0]!.toUpperCase()}${operation.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { response: ${operation}(input: $input) { order { databaseId } userErrors { code } } }`;
  const statements = await orders.fixture.app.statementsOf(async () => {
    const { response } = await orders.fixture.app.data('operator', document, { input });
    expect(response).toEqual({ order: { databaseId: input.orderId }, userErrors: [] });
  });
  return namesOf(statements);
}

/** Tests that orders of `many` devices need no more statements than orders of two. */
export function testLargeOrders(many: number): void {
  beforeAll(async () => {
    orders = await OrderFixture.start();
  });
  afterAll(() => orders.stop());

  it.each(CASES)(
    `$name sends as many statements for ${many} devices as for ${FEW}`,
    async ({ status, operation, input, locks, changes }) => {
      const few = await orderOf(FEW, status);
      const ofFew = await statementsOf(operation, { orderId: few.orderId, ...input?.(few.serials) });
      const large = await orderOf(many, status);
      const ofMany = await statementsOf(operation, { orderId: large.orderId, ...input?.(large.serials) });

      expect(ofMany).toEqual(ofFew);
      expect(ofFew.filter((name) => /^lock_(?!patient)/.test(name))).toEqual(['lock_order', ...locks].sort());
      for (const once of ['change_devices', 'insert_status_changes', 'change_order', 'insert_order_events']) {
        expect(ofFew.filter((name) => name === once)).toEqual([once]);
      }

      const order = await expectConsistentOrder(orders, large.orderId);
      expect(order.devices.map(({ databaseId }) => databaseId)).toEqual(large.ids.slice(0, 100));
      expect((await orders.eventsOf(large.orderId)).at(-1)!.payload).toMatchObject({ deviceIds: large.ids });
      for (const index of [0, many / 2, many - 1]) {
        expect(await expectConsistentHistory(orders.fixture, large.ids[index]!)).toBe(changes);
      }
    },
  );

  it('each device of a large order has one event per change, and its association starts', async () => {
    const { orderId, ids } = await orderOf(many, 'PROCESSED');

    const [counts] = await orders.fixture.sql(
      `select count(*) filter (where type = 'device.statusChanged')::int as changes,
       count(*) filter (where type = 'device.associationCreated')::int as associations,
       count(distinct payload ->> 'deviceId')::int as devices
     from event where (payload ->> 'deviceId')::bigint = any($1)`,
      [ids],
    );
    expect(counts).toEqual({ changes: many, associations: many, devices: many });
    const [open] = await orders.fixture.sql(
      `select count(*)::int as open from device_association a join device d on d.id = a.device_id
     where d.order_id = $1 and a.ended_at is null and a.patient_id = $2`,
      [orderId, orders.fixture.patients.ann],
    );
    expect(open).toEqual({ open: many });
  });
}
