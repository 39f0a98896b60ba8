import { FOLLOWING, expectConsistentOrder } from '../support/order-history';
import { OrderProgramme, type OrderStatusName } from '../support/order-programme';
import { codeOf, countsOf, Rival } from '../support/rival';

let orders: OrderProgramme;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderProgramme.start({ instances: 2 });
  rival = await Rival.start(orders.programme);
  // One for each order that is processed here.
  await orders.stock(40);
});
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const lockOf = (orderId: string) => `select from device_order where id = ${orderId} for update`;

const STATUSES = Object.keys(FOLLOWING) as OrderStatusName[];
const BY_HAND: OrderStatusName[] = ['SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED'];
const INSTEAD: Partial<Record<OrderStatusName, string>> = {
  CREATED: 'an order has it from the start',
  PROCESSED: 'use processOrder',
  CANCELLED: 'use cancelOrder',
};
const IMPILO = { __typename: 'StaffActor', displayName: 'Operator demo key' };

function messageOf(current: OrderStatusName, next: OrderStatusName): string {
  if (!BY_HAND.includes(next)) return `${next} is not set by hand: ${INSTEAD[next]}.`;
  const following = FOLLOWING[current];
  const possible = following.length === 0 ? 'that is its last status' : `it can become ${following.join(' or ')}`;
  return `The order is ${current} and cannot become ${next}: ${possible}.`;
}

const settable = (current: OrderStatusName) => FOLLOWING[current].filter((next) => BY_HAND.includes(next));
const STEPS = STATUSES.flatMap((current) => settable(current).map((next) => [current, next] as const));

describe('an order', () => {
  it.each(STEPS)('that is %s becomes %s', async (current, next) => {
    const before = await orders.at(current);

    const after = await orders.done('updateOrderStatus', {
      orderId: before.databaseId,
      status: next,
      note: ' by van ',
    });

    expect(after).toMatchObject({ databaseId: before.databaseId, currentStatus: next, note: null });
    expect(after.events).toEqual([
      ...before.events,
      { status: next, occurredAt: after.updatedAt, note: 'by van', actor: IMPILO },
    ]);
    const camelCase = { SHIPPED: 'shipped', AVAILABLE_FOR_PICKUP: 'availableForPickup', DELIVERED: 'delivered' };
    const event = {
      status: camelCase[next as keyof typeof camelCase],
      occurredAt: after.updatedAt,
      note: 'by van',
      actor: { type: 'staff', displayName: 'Impilo' },
    };
    const deviceIds = after.devices.map(({ databaseId }) => databaseId);
    expect((await orders.eventsOf(before.databaseId)).slice(-2)).toMatchObject([
      { type: 'order.status', payload: { orderId: before.databaseId, event } },
      { type: 'order.statusFull', payload: { currentStatus: event.status, deviceIds, event } },
    ]);
    await expectConsistentOrder(orders, before.databaseId);
  });

  it.each(STATUSES)('that is %s becomes nothing else: nothing changes', async (current) => {
    const { databaseId: orderId } = await orders.at(current);
    for (const status of STATUSES.filter((next) => next !== current && !settable(current).includes(next))) {
      const message = messageOf(current, status);
      const refusal = { code: 'ORDER_STATUS_NOT_ALLOWED', message, path: ['input', 'status'] };
      await orders.expectRefusal('updateOrderStatus', { orderId, status, trackingNumbers: [{ value: 'T' }] }, refusal);
    }
  });

  it.each(STATUSES)('that is %s stays so when it is told again, with nothing written', async (current) => {
    const before = await orders.at(current);
    const input = { orderId: before.id, status: current, note: 'again' };

    const { order } = await orders.expectNoChange('updateOrderStatus', input);

    expect(order).toEqual(await orders.order(before.databaseId));
  });
});

describe('updateOrderStatus', () => {
  it('refuses an order that there is not', async () => {
    await orders.expectRefusal(
      'updateOrderStatus',
      { orderId: '999999', status: 'SHIPPED' },
      { code: 'ORDER_NOT_FOUND', message: 'There is no such order: check orderId.', path: ['input', 'orderId'] },
    );
  });

  it('moves an order once when ten say so at once, on two instances', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');

    const answers = await rival.atOnce(
      lockOf(orderId),
      Array.from(
        { length: 10 },
        (_, index) => () => orders.call('updateOrderStatus', { orderId, status: 'SHIPPED' }, 'operator', index % 2),
      ),
    );

    expect(countsOf(answers.map(codeOf))).toEqual({ OK: 10 });
    const { events } = await expectConsistentOrder(orders, orderId);
    expect(events.map(({ status }) => status)).toEqual(['CREATED', 'PROCESSED', 'SHIPPED']);
  });

  it.each(['the shipment', 'the cancellation'])(
    'ships an order or cancels it, when both are tried at once, never both: %s comes first',
    async (first) => {
      const { databaseId: orderId } = await orders.at('PROCESSED');
      const ship = () => orders.call('updateOrderStatus', { orderId, status: 'SHIPPED' }, 'operator', 0);
      const cancel = () => orders.call('cancelOrder', { orderId }, 'northside', 1);
      const shipped = first === 'the shipment';

      const answers = await rival.inTurn(lockOf(orderId), shipped ? ship : cancel, shipped ? cancel : ship);

      expect(answers.map(codeOf)).toEqual(['OK', 'ORDER_STATUS_NOT_ALLOWED']);
      const { currentStatus } = await expectConsistentOrder(orders, orderId);
      expect(currentStatus).toBe(shipped ? 'SHIPPED' : 'CANCELLED');
    },
  );
});

describe('tracking numbers', () => {
  const ship = (orderId: string, trackingNumbers: object[], status = 'SHIPPED') =>
    orders.done('updateOrderStatus', { orderId, status, trackingNumbers });

  it('are kept with the order, on its way out unless told otherwise', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');

    const { trackingNumbers } = await ship(orderId, [
      { carrier: ' UPS ', value: ' 1Z 999 ' },
      { value: '1Z 999', leg: 'RETURN' },
      { carrier: '', value: 'A', leg: null },
      { carrier: null, value: 'B', leg: 'OUTBOUND' },
    ]);

    expect(trackingNumbers).toEqual([
      { carrier: 'UPS', value: '1Z 999', leg: 'OUTBOUND' },
      { carrier: null, value: '1Z 999', leg: 'RETURN' },
      { carrier: null, value: 'A', leg: 'OUTBOUND' },
      { carrier: null, value: 'B', leg: 'OUTBOUND' },
    ]);
    expect((await orders.eventsOf(orderId)).at(-1)!.payload).toMatchObject({
      trackingNumbers: [
        { carrier: 'UPS', value: '1Z 999', leg: 'outbound' },
        { carrier: null, value: '1Z 999', leg: 'return' },
        { carrier: null, value: 'A', leg: 'outbound' },
        { carrier: null, value: 'B', leg: 'outbound' },
      ],
    });
  });

  it('are added to those that are there; one that is there is not there twice', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    await ship(orderId, [{ carrier: 'UPS', value: 'A' }]);

    const { trackingNumbers } = await ship(
      orderId,
      [{ carrier: 'FedEx', value: 'A' }, { value: 'B' }, { value: 'B' }, { carrier: 'UPS', value: 'A', leg: 'RETURN' }],
      'DELIVERED',
    );

    expect(trackingNumbers).toEqual([
      { carrier: 'UPS', value: 'A', leg: 'OUTBOUND' },
      { carrier: null, value: 'B', leg: 'OUTBOUND' },
      { carrier: 'UPS', value: 'A', leg: 'RETURN' },
    ]);
  });

  it('can be added when the status stays, which is no step of the order', async () => {
    const { databaseId: orderId } = await orders.at('SHIPPED');
    const told = await orders.eventsOf(orderId);

    const order = await ship(orderId, [{ value: 'LATE' }]);

    expect(order.trackingNumbers).toEqual([{ carrier: null, value: 'LATE', leg: 'OUTBOUND' }]);
    expect(order.events.map(({ status }) => status)).toEqual(['CREATED', 'PROCESSED', 'SHIPPED']);
    expect(await orders.eventsOf(orderId)).toEqual(told);
  });

  it('that are all there already change nothing when the status stays', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const input = { orderId, status: 'SHIPPED', trackingNumbers: [{ value: 'A' }, { value: 'A', leg: 'RETURN' }] };
    await orders.done('updateOrderStatus', input);

    await orders.expectNoChange('updateOrderStatus', {
      ...input,
      trackingNumbers: [...input.trackingNumbers].reverse(),
    });
    await orders.expectNoChange('updateOrderStatus', { ...input, trackingNumbers: [] });
    await orders.expectNoChange('updateOrderStatus', { ...input, trackingNumbers: null });
  });

  it('are all kept when ten add theirs at once, on two instances', async () => {
    const { databaseId: orderId } = await orders.at('SHIPPED');
    const values = Array.from({ length: 10 }, (_, index) => `T${index}`);

    const answers = await rival.atOnce(
      lockOf(orderId),
      values.map((value, index) => () => {
        const input = { orderId, status: 'SHIPPED', trackingNumbers: [{ value }] };
        return orders.call('updateOrderStatus', input, 'operator', index % 2);
      }),
    );

    expect(countsOf(answers.map(codeOf))).toEqual({ OK: 10 });

    const { trackingNumbers } = await expectConsistentOrder(orders, orderId);
    expect(trackingNumbers.map(({ value }) => value).sort()).toEqual(values);
  });

  it('may be a hundred characters long, and a thousand in number', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const long = { carrier: 'c'.repeat(100), value: 'v'.repeat(100) };
    const numbers = Array.from({ length: 999 }, (_, index) => ({ value: `T${index}` }));

    const { trackingNumbers } = await ship(orderId, [long, ...numbers]);

    expect(trackingNumbers).toHaveLength(1_000);
    expect(trackingNumbers.slice(0, 2)).toEqual([
      { ...long, leg: 'OUTBOUND' },
      { carrier: null, value: 'T0', leg: 'OUTBOUND' },
    ]);
  });

  it.each<[string, object[], string, string[]]>([
    ['an empty number', [{ value: ' ' }], 'trackingNumbers.0.value must not be empty.', ['0', 'value']],
    [
      'a number of 101 characters',
      [{ value: 'A' }, { value: 'v'.repeat(101) }],
      'trackingNumbers.1.value must have at most 100 characters.',
      ['1', 'value'],
    ],
    [
      'a number of two lines',
      [{ value: 'A\nB' }],
      'trackingNumbers.0.value must not contain control characters or line ends.',
      ['0', 'value'],
    ],
    [
      'a carrier of 101 characters',
      [{ carrier: 'c'.repeat(101), value: 'A' }],
      'trackingNumbers.0.carrier must have at most 100 characters.',
      ['0', 'carrier'],
    ],
    [
      '1,001 numbers',
      Array.from({ length: 1_001 }, (_, index) => ({ value: `T${index}` })),
      'trackingNumbers must have at most 1000.',
      [],
    ],
  ])('are refused: %s', async (_name, trackingNumbers, message, path) => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    await orders.expectRefusal(
      'updateOrderStatus',
      { orderId, status: 'SHIPPED', trackingNumbers },
      { code: 'INVALID_INPUT', message, path: ['input', 'trackingNumbers', ...path] },
    );
  });

  it('and a note that is too long are refused together', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const input = { orderId, status: 'SHIPPED', note: 'x'.repeat(2_001), trackingNumbers: [{ value: '' }] };
    const refusal = (message: string, ...path: string[]) => ({
      code: 'INVALID_INPUT',
      message,
      path: ['input', ...path],
    });
    await orders.expectRefusal('updateOrderStatus', input, [
      refusal('note must have at most 2000 characters.', 'note'),
      refusal('trackingNumbers.0.value must not be empty.', 'trackingNumbers', '0', 'value'),
    ]);
  });
});
