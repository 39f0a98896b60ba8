import { expectConsistentOrder } from '../support/order-history';
import { OrderFixture, type OrderResult } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

let orders: OrderFixture;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
  // One device for each order that is processed here.
  await orders.stock(40);
});
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const parcel = (trackingNumber: string, more: object = {}) => ({
  carrier: null,
  trackingNumber,
  trackingUrl: null,
  direction: 'OUTBOUND',
  ...more,
});

const ship = (orderId: string, parcels: object[], more: object = {}): Promise<OrderResult> =>
  orders.done('shipOrder', { orderId, parcels, ...more });

/** Parcels in the events of the order, oldest first. */
const added = ({ events }: OrderResult) => events.flatMap(({ parcel }) => parcel ?? []);

describe('parcels of an order', () => {
  it('are stored with it, OUTBOUND by default, each with an event', async () => {
    const { databaseId: orderId, version } = await orders.at('PROCESSED');
    const trackingUrl = 'https://track.example/?n=1Z%20999#map';

    const order = await ship(
      orderId,
      [
        { carrier: ' UPS ', trackingNumber: ' 1Z 999 ', trackingUrl: ` ${trackingUrl} ` },
        { trackingNumber: '1Z 999', direction: 'RETURN' },
        { carrier: '', trackingNumber: 'A', trackingUrl: null },
        { carrier: null, trackingNumber: 'B', direction: 'OUTBOUND' },
      ],
      { note: 'two boxes' },
    );

    const parcels = [
      parcel('1Z 999', { carrier: 'UPS', trackingUrl }),
      parcel('1Z 999', { direction: 'RETURN' }),
      parcel('A'),
      parcel('B'),
    ];
    expect(order).toMatchObject({ currentStatus: 'SHIPPED', parcels, version: version + 1 });
    const actor = { __typename: 'StaffActor', displayName: 'Operator demo key' };
    const event = { occurredAt: order.updatedAt, note: 'two boxes', actor };
    expect(order.events.slice(2)).toEqual([
      { __typename: 'OrderStatusChange', previousStatus: 'PROCESSED', status: 'SHIPPED', ...event },
      ...parcels.map((one) => ({ __typename: 'OrderParcelAdded', parcel: one, ...event })),
    ]);
    const [, whole, first] = (await orders.eventsOf(orderId)).slice(4);
    expect(whole!.payload).toMatchObject({
      version: order.version,
      parcels: parcels.map((one) => ({ ...one, direction: one.direction.toLowerCase() })),
    });
    expect(first).toEqual({
      type: 'order.parcelAdded',
      payload: {
        orderId,
        event: {
          id: expect.stringMatching(/^\d+$/) as string,
          occurredAt: order.updatedAt,
          note: 'two boxes',
          actor: { type: 'staff', displayName: 'Impilo' },
          parcel: { ...parcels[0], direction: 'outbound' },
        },
      },
    });
    await expectConsistentOrder(orders, orderId);
  });

  it.each(['SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED'] as const)(
    'are added to an order that is %s, which keeps its status; an existing parcel is not added twice',
    async (status) => {
      const { databaseId: orderId } = await orders.at(status);
      await ship(orderId, [parcel('A', { carrier: 'UPS' })]);
      const before = await orders.order(orderId);

      const order = await ship(orderId, [
        { carrier: 'FedEx', trackingNumber: 'A', trackingUrl: 'https://other.example/A' },
        { trackingNumber: 'B' },
        { trackingNumber: 'B' },
        { carrier: 'UPS', trackingNumber: 'A', direction: 'RETURN' },
      ]);

      expect(order).toMatchObject({ currentStatus: status, version: before!.version + 1 });
      expect(order.parcels).toEqual([
        parcel('A', { carrier: 'UPS' }),
        parcel('B'),
        parcel('A', { carrier: 'UPS', direction: 'RETURN' }),
      ]);
      expect(added(order)).toEqual(order.parcels);
      expect(order.events.slice(0, before!.events.length)).toEqual(before!.events);
      await expectConsistentOrder(orders, orderId);
    },
  );

  it('that all exist already change nothing', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const input = { orderId, parcels: [{ trackingNumber: 'A' }, { trackingNumber: 'A', direction: 'RETURN' }] };
    await orders.done('shipOrder', input);

    await orders.expectNoChange('shipOrder', { ...input, expectedVersion: 1, parcels: [...input.parcels].reverse() });
    await orders.expectNoChange('shipOrder', { ...input, parcels: [] });
    await orders.expectNoChange('shipOrder', { ...input, parcels: null });
  });

  it('are refused with an outdated version', async () => {
    const { databaseId: orderId, version } = await orders.at('SHIPPED');
    const order = (await orders.order(orderId))!;
    const refusal = {
      code: 'STALE_VERSION',
      message: `The order is at version ${version}, not 1. Read it again before you change it.`,
      path: ['input', 'expectedVersion'],
    };
    const input = { orderId, parcels: [{ trackingNumber: 'A' }] };
    await orders.expectRefusal('shipOrder', { ...input, expectedVersion: 1 }, refusal, undefined, { order });
    await ship(orderId, input.parcels, { expectedVersion: version });
  });

  it('are all stored when ten callers add theirs concurrently on two instances', async () => {
    const { databaseId: orderId } = await orders.at('SHIPPED');
    const numbers = Array.from({ length: 10 }, (_, index) => `T${index}`);

    const responses = await rival.atOnce(
      `select from device_order where id = ${orderId} for update`,
      numbers.map((trackingNumber, index) => () => {
        const input = { orderId, parcels: [{ trackingNumber }] };
        return orders.call('shipOrder', input, 'operator', index % 2);
      }),
    );

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
    const { parcels } = await expectConsistentOrder(orders, orderId);
    expect(parcels.map(({ trackingNumber }) => trackingNumber).sort()).toEqual(numbers);
  });

  it('may have long texts, and are at most a thousand, in one call or several', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const trackingUrl = `https://a.example/${'p'.repeat(1_982)}`;
    const long = { carrier: 'c'.repeat(100), trackingNumber: 'v'.repeat(100), trackingUrl };
    const numbers = Array.from({ length: 998 }, (_, index) => ({ trackingNumber: `T${index}` }));

    const { parcels } = await ship(orderId, [long, ...numbers]);
    expect(parcels).toHaveLength(999);
    expect(parcels.slice(0, 2)).toEqual([{ ...long, direction: 'OUTBOUND' }, parcel('T0')]);

    await orders.expectRefusal(
      'shipOrder',
      { orderId, parcels: [{ trackingNumber: 'T1' }, { trackingNumber: 'X' }, { trackingNumber: 'Y' }] },
      {
        code: 'INVALID_INPUT',
        message: 'An order has at most 1000 parcels. This order already has 999.',
        path: ['input', 'parcels'],
      },
    );
    expect((await ship(orderId, [{ trackingNumber: 'T1' }, { trackingNumber: 'X' }])).parcels).toHaveLength(1_000);
  });

  it.each<[string, object[], string, string[]]>([
    [
      'an empty number',
      [{ trackingNumber: ' ' }],
      'parcels.0.trackingNumber must not be empty.',
      ['0', 'trackingNumber'],
    ],
    [
      'a number of 101 characters',
      [{ trackingNumber: 'A' }, { trackingNumber: 'v'.repeat(101) }],
      'parcels.1.trackingNumber must have at most 100 characters.',
      ['1', 'trackingNumber'],
    ],
    [
      'a number of two lines',
      [{ trackingNumber: 'A\nB' }],
      'parcels.0.trackingNumber must not contain control characters or line ends.',
      ['0', 'trackingNumber'],
    ],
    [
      'a carrier of 101 characters',
      [{ carrier: 'c'.repeat(101), trackingNumber: 'A' }],
      'parcels.0.carrier must have at most 100 characters.',
      ['0', 'carrier'],
    ],
    ...['http://a.example/1', 'javascript:alert(1)', 'a.example/1', '//a.example', 'https://', 'an address'].map(
      (trackingUrl): [string, object[], string, string[]] => [
        `the address ${trackingUrl}`,
        [{ trackingNumber: 'A', trackingUrl }],
        'parcels.0.trackingUrl must be an https URL.',
        ['0', 'trackingUrl'],
      ],
    ),
    [
      'a URL of 2,001 characters',
      [{ trackingNumber: 'A', trackingUrl: `https://a.example/${'p'.repeat(1_983)}` }],
      'parcels.0.trackingUrl must have at most 2000 characters.',
      ['0', 'trackingUrl'],
    ],
    [
      '1,001 parcels',
      Array.from({ length: 1_001 }, (_, index) => ({ trackingNumber: `T${index}` })),
      'parcels must have at most 1,000 items, but has 1,001.',
      [],
    ],
  ])('are refused: %s', async (_name, parcels, message, path) => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    await orders.expectRefusal(
      'shipOrder',
      { orderId, parcels },
      { code: 'INVALID_INPUT', message, path: ['input', 'parcels', ...path] },
    );
  });

  it('are refused together with a note that is too long', async () => {
    const { databaseId: orderId } = await orders.at('PROCESSED');
    const input = { orderId, note: 'x'.repeat(2_001), parcels: [{ trackingNumber: '' }] };
    const refusal = (message: string, ...path: string[]) => ({
      code: 'INVALID_INPUT',
      message,
      path: ['input', ...path],
    });
    await orders.expectRefusal('shipOrder', input, [
      refusal('note must have at most 2000 characters.', 'note'),
      refusal('parcels.0.trackingNumber must not be empty.', 'parcels', '0', 'trackingNumber'),
    ]);
  });
});
