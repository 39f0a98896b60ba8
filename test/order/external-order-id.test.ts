import { OrderFixture } from '../support/order-fixture';
import { codeOf } from '../support/rival';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
});
afterAll(() => orders.stop());

const TAKEN = {
  code: 'EXTERNAL_ORDER_ID_TAKEN',
  message:
    'Another order of the customer has this externalOrderId, with another recipient or other lines. Use another one.',
  path: ['input', 'externalOrderId'],
};

const inputOf = (externalOrderId: string, more: object = {}) => ({
  patientId: orders.fixture.patients.ann,
  lines: [
    { itemId: orders.items.cuff, quantity: 2 },
    { itemId: orders.items.scale, quantity: 1 },
  ],
  externalOrderId,
  ...more,
});

describe('createOrder with an externalOrderId that an order of the customer has', () => {
  it('returns that order in its current state and changes nothing, if recipient and lines are the same', async () => {
    const order = await orders.created(inputOf('PO 1'));
    const repeated = inputOf(' PO 1 ', { lines: inputOf('').lines.reverse(), note: 'again' });
    expect((await orders.expectNoChange('createOrder', repeated)).order).toEqual(order);
    await orders.stock(2);
    await orders.stock(1, { itemId: orders.items.scale });
    const processed = await orders.done('processOrder', { orderId: order.databaseId });
    expect((await orders.expectNoChange('createOrder', repeated)).order).toMatchObject({
      databaseId: order.databaseId,
      currentStatus: 'PROCESSED',
      version: processed.version,
    });
  });

  it.each<[string, () => object]>([
    ['another patient', () => ({ patientId: orders.fixture.patients.bob })],
    ['a site', () => ({ patientId: null, siteId: orders.fixture.sites.clinic })],
    [
      'another quantity',
      () => ({
        lines: [
          { itemId: orders.items.cuff, quantity: 2 },
          { itemId: orders.items.scale, quantity: 2 },
        ],
      }),
    ],
    ['fewer lines', () => ({ lines: [{ itemId: orders.items.cuff, quantity: 2 }] })],
  ])('is refused for %s', async (what, other) => {
    const externalOrderId = `PO for ${what}`;
    await orders.created(inputOf(externalOrderId));
    await orders.expectRefusal('createOrder', inputOf(externalOrderId, other()), TAKEN);
  });

  it('is refused if that order is cancelled', async () => {
    const { databaseId: orderId } = await orders.created(inputOf('PO 2'));
    await orders.done('cancelOrder', { orderId });
    const message = 'A canceled order of the customer has this externalOrderId. Use another one.';
    await orders.expectRefusal('createOrder', inputOf('PO 2'), { ...TAKEN, message });
  });

  it('creates one order for ten concurrent calls on two instances', async () => {
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, index) => orders.call('createOrder', inputOf('PO 3'), 'northside', index % 2)),
    );
    expect(responses.map(codeOf)).toEqual(responses.map(() => 'OK'));
    expect(new Set(responses.map(({ order }) => order!.databaseId)).size).toBe(1);
  });

  it('creates an order when another customer has it', async () => {
    const { databaseId } = await orders.created(inputOf('PO 4'));
    const theirs = inputOf('PO 4', { patientId: orders.fixture.patients.lakeview });
    expect((await orders.created(theirs, 'lakeview')).databaseId).not.toBe(databaseId);
  });
});
