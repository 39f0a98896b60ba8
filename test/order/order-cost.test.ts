import diagnostics from 'node:diagnostics_channel';
import type { OperationTrace } from '../../src/platform/base/channels';
import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

/** The cost of a mutation of an operator, as it is traced. */
async function costOf(name: string, input: Record<string, unknown>): Promise<number> {
  const costs: number[] = [];
  const note = (trace: unknown) => costs.push((trace as OperationTrace).cost!);
  diagnostics.subscribe('tracing:gateway:operation:asyncEnd', note);
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const query = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { message } } }`;
  const data = await orders.fixture.app.data('operator', query, { input });
  diagnostics.unsubscribe('tracing:gateway:operation:asyncEnd', note);
  expect(data).toEqual({ [name]: { userErrors: [] } });
  expect(costs).toHaveLength(1);
  return costs[0]!;
}

const cuffs = (quantity: number) => ({ lines: [{ itemId: orders.items.cuff, quantity }] });

it('an order of 118 devices costs for 118 devices, from stock and by name', async () => {
  const stock = await orders.stock(2 * 118);
  const { databaseId: fromStock } = await orders.created(cuffs(118));
  const { databaseId: byName } = await orders.created(cuffs(118));

  expect(await costOf('processOrder', { orderId: fromStock })).toBe(10 * 118 + 2);
  const deviceIdentifiers = stock.slice(118).map(({ serial }) => serial);
  expect(await costOf('processOrder', { orderId: byName, deviceIdentifiers })).toBe(10 * 118 + 13);
});

it('a repeated call, which changes nothing, costs as its input says', async () => {
  await orders.stock(20);
  const { databaseId: orderId } = await orders.created(cuffs(20));
  const first = await costOf('processOrder', { orderId });
  const repeated = await costOf('processOrder', { orderId });
  expect([first, repeated]).toEqual([10 * 20 + 2, 12]);
});
