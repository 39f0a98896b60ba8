import { IMPILO, Listener, NORTHSIDE_KEY, type Message } from './listener.harness';

let listener: Listener;
beforeAll(async () => {
  listener = await Listener.start();
});
afterAll(() => listener.webhooks.stop());

describe('order', () => {
  const call = async (operation: string, input: object, caller: 'northside' | 'operator') => {
    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`;
    const order =
      'order { databaseId createdAt updatedAt events { nodes { databaseId occurredAt } } } userErrors { code message }';
    const data = await listener.webhooks.app.data(
      caller,
      `mutation ($input: ${type}!) { ${operation}(input: $input) { ${order} } }`,
      { input },
    );
    const { order: changed, userErrors } = data[operation] as { order: Order; userErrors: unknown[] };
    expect(userErrors).toEqual([]);
    return changed;
  };
  interface Order {
    databaseId: string;
    createdAt: string;
    updatedAt: string;
    events: { nodes: { databaseId: string; occurredAt: string }[] };
  }
  const ofOrders = (messages: Message[]) => messages.filter(({ type }) => type.startsWith('order.'));

  it('status and statusFull are delivered for each step, with the order as of that step', async () => {
    const { sites, patients, itemId } = listener.webhooks.fixture;
    const { id: deviceId } = await listener.webhooks.fixture.device({ status: 'AVAILABLE', siteId: sites.warehouse });
    let created!: Order, processed!: Order, shipped!: Order;
    const messages = ofOrders(
      await listener.messagesOf(async () => {
        const lines = [{ itemId, quantity: 1 }];
        created = await call(
          'createOrder',
          { patientId: patients.ann, lines, externalOrderId: 'EHR-1', note: 'a note' },
          'northside',
        );
        const orderId = created.databaseId;
        processed = await call('processOrder', { orderId, deviceIdentifiers: [await serialOf(deviceId)] }, 'operator');
        const parcels = [
          { carrier: 'UPS', trackingNumber: '1Z', trackingUrl: 'https://ups.example/1Z' },
          { trackingNumber: '2Z', direction: 'RETURN' },
        ];
        shipped = await call('shipOrder', { orderId, parcels, note: 'off' }, 'operator');
      }),
    );
    const orderId = created.databaseId;
    const identityOf = (index: number) => {
      const { databaseId, occurredAt } = shipped.events.nodes[index]!;
      return { id: databaseId, occurredAt };
    };
    const steps = [
      { order: created, event: { previousStatus: null, status: 'created', note: 'a note', actor: NORTHSIDE_KEY } },
      { order: processed, event: { previousStatus: 'created', status: 'processed', note: null, actor: IMPILO } },
      { order: shipped, event: { previousStatus: 'processed', status: 'shipped', note: 'off', actor: IMPILO } },
    ].map(({ order, event }, index) => ({ order, event: { ...event, ...identityOf(index) } }));
    const [status, statusFull, parcelAdded] = [
      await listener.eventIds('order.status'),
      await listener.eventIds('order.statusFull'),
      await listener.eventIds('order.parcelAdded'),
    ];
    const parcels = [
      { carrier: 'UPS', trackingNumber: '1Z', trackingUrl: 'https://ups.example/1Z', direction: 'outbound' },
      { carrier: null, trackingNumber: '2Z', trackingUrl: null, direction: 'return' },
    ];

    expect(messages).toEqual([
      ...steps.flatMap(({ order, event }, index) => [
        { id: `evt_${status.at(index - 3)}`, type: 'order.status', payload: { orderId, event } },
        {
          id: `evt_${statusFull.at(index - 3)}`,
          type: 'order.statusFull',
          payload: {
            id: orderId,
            kind: 'standard',
            currentStatus: event.status,
            patientId: patients.ann,
            siteId: null,
            externalOrderId: 'EHR-1',
            shipTo: null,
            version: index + 1,
            parcels: index < 2 ? [] : parcels,
            createdAt: created.createdAt,
            updatedAt: order.updatedAt,
            lines: [{ itemId, quantity: 1 }],
            deviceIds: index === 0 ? [] : [deviceId],
            returnDeviceIds: [],
            event,
          },
        },
      ]),
      ...parcels.map((parcel, index) => ({
        id: `evt_${parcelAdded.at(index - 2)}`,
        type: 'order.parcelAdded',
        payload: { orderId, event: { ...identityOf(3 + index), note: 'off', actor: IMPILO, parcel } },
      })),
    ]);
  });

  it('statusFull of a replacement has both legs', async () => {
    const { sites, patients } = listener.webhooks.fixture;
    const defective = await listener.webhooks.fixture.device({ status: 'WITH_PATIENT', holderId: patients.bob });
    const spare = await listener.webhooks.fixture.device({ status: 'AVAILABLE', siteId: sites.warehouse });
    const messages = ofOrders(
      await listener.messagesOf(() => call('replaceDevice', { deviceId: defective.id }, 'northside')),
    );
    expect(messages.map(({ type }) => type)).toEqual([
      'order.status',
      'order.statusFull',
      'order.status',
      'order.statusFull',
    ]);
    expect(messages.at(-1)!.payload).toMatchObject({
      kind: 'replacement',
      currentStatus: 'processed',
      patientId: patients.bob,
      deviceIds: [spare.id],
      returnDeviceIds: [defective.id],
      event: { status: 'processed', actor: NORTHSIDE_KEY },
    });
  });

  const serialOf = async (deviceId: string): Promise<string> =>
    (
      await listener.webhooks.sql<{ value: string }>('select value from device_identifier where device_id = $1', [
        deviceId,
      ])
    )[0]!.value;
});
