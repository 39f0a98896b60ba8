import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';
import { namesOf } from '../support/statement-names';

let orders: OrderFixture;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
});
beforeEach(() => orders.emptyStock());
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const override = async (deviceId: string, status: string): Promise<void> => {
  expect(codeOf(await orders.fixture.call('updateDeviceStatus', { deviceId, status }))).toBe('OK');
};

/** A processed order of `count` cuffs. The last one comes from the other warehouse. */
async function processed(count: number, input: object = {}): Promise<{ orderId: string; ids: string[] }> {
  const devices = await orders.stock(count - 1);
  devices.push(...(await orders.stock(1, { siteId: orders.fixture.sites.otherWarehouse })));
  const { databaseId } = await orders.at('PROCESSED', {
    lines: [{ itemId: orders.items.cuff, quantity: count }],
    ...input,
  });
  return { orderId: databaseId, ids: devices.map(({ id }) => id) };
}

const cancel = (orderId: string, instance = 0) => orders.call('cancelOrder', { orderId }, 'northside', instance);

describe('cancelOrder', () => {
  it.each([
    [
      'MEMBER',
      { __typename: 'ApiKeyActor', displayName: 'A key for MEMBER' },
      { type: 'apiKey', displayName: 'A key for MEMBER' },
    ],
    [
      'OPERATOR',
      { __typename: 'StaffActor', displayName: 'A key for OPERATOR' },
      { type: 'staff', displayName: 'Impilo' },
    ],
  ] as const)('cancels an order that is CREATED, for the role %s', async (role, actor, eventActor) => {
    const created = await orders.created({ note: 'for Ann' });
    const key = await orders.fixture.key(role, role === 'OPERATOR' ? null : '1');

    const order = await orders.done('cancelOrder', { orderId: created.id, note: ' not needed ' }, key);

    const occurredAt = order.updatedAt;
    const event = { occurredAt, note: 'not needed' };
    const change = { __typename: 'OrderStatusChange', previousStatus: 'CREATED', status: 'CANCELLED', actor, ...event };
    expect(order).toEqual({
      ...created,
      currentStatus: 'CANCELLED',
      version: 2,
      events: [...created.events, change],
      updatedAt: occurredAt,
    });
    const message = { previousStatus: 'created', status: 'cancelled', actor: eventActor, ...event };
    expect((await orders.eventsOf(order.databaseId)).slice(2)).toMatchObject([
      { type: 'order.status', payload: { orderId: order.databaseId, event: message } },
      { type: 'order.statusFull', payload: { currentStatus: 'cancelled', version: 2, deviceIds: [], event: message } },
    ]);
  });

  it.each(['MEMBER', 'OPERATOR'] as const)(
    'returns the devices of a processed order to the warehouses that they came from, for the role %s',
    async (role) => {
      const { ann } = orders.fixture.patients;
      const { warehouse, otherWarehouse } = orders.fixture.sites;
      const { orderId, ids } = await processed(3);
      const key = await orders.fixture.key(role, role === 'OPERATOR' ? null : '1');

      const order = await orders.done('cancelOrder', { orderId, note: 'wrong patient' }, key);

      const free = { ...NOWHERE, status: 'AVAILABLE' as const, version: 3 };
      await expectDevices(orders, {
        [ids[0]!]: { ...free, siteId: warehouse },
        [ids[1]!]: { ...free, siteId: warehouse },
        [ids[2]!]: { ...free, siteId: otherWarehouse },
      });
      expect(order.currentStatus).toBe('CANCELLED');
      expect(order.devices).toEqual(
        ids.map((databaseId, index) => ({
          databaseId,
          currentStatus: 'AVAILABLE',
          version: 3,
          patient: null,
          site: { databaseId: index === 2 ? otherWarehouse : warehouse },
        })),
      );
      const [, , change] = await orders.fixture.changes(ids[2]!);
      expect(change).toMatchObject({
        previous_status: 'IN_TRANSIT',
        previous_patient_id: ann,
        patient_id: null,
        previous_site_id: null,
        site_id: otherWarehouse,
        reason: 'ORDER_CANCELLED',
        note: 'wrong patient',
        changed_by_label: `A key for ${role}`,
      });
      expect((await orders.fixture.events(ids[2]!)).slice(-2)).toMatchObject([
        { type: 'device.statusChanged', payload: { deviceVersion: 3 } },
        { type: 'device.associationRemoved', payload: { patientId: ann, endedByLabel: `A key for ${role}` } },
      ]);
      await expectConsistentOrder(orders, orderId);

      const again = await orders.at('PROCESSED', { lines: [{ itemId: orders.items.cuff, quantity: 3 }] });
      expect(again.devices.map(({ databaseId }) => databaseId)).toEqual(ids);
    },
  );

  it("in a patient's order, keeps the status of devices that are not in transit, and keeps the holder only after an override", async () => {
    const { ann } = orders.fixture.patients;
    const { warehouse, otherWarehouse, clinic } = orders.fixture.sites;
    const { orderId, ids } = await processed(7);
    const [inTransit, decommissioned, byOverride, disassociated, received, enabled, lost] = ids as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await override(decommissioned, 'DECOMMISSIONED');
    await override(lost, 'LOST');
    await override(byOverride, 'WITH_PATIENT');
    expect(codeOf(await orders.fixture.call('disassociateDevice', { deviceId: disassociated }))).toBe('OK');
    const input = { deviceId: received, siteId: otherWarehouse, outcome: 'DECOMMISSION' };
    expect(codeOf(await orders.call('receiveReturn', input))).toBe('OK');
    await override(enabled, 'DECOMMISSIONED');
    expect(codeOf(await orders.fixture.call('enableDeviceReadings', { deviceId: enabled }))).toBe('OK');
    const before = await orders.fixture.written();

    expect(codeOf(await cancel(orderId))).toBe('OK');

    await expectDevices(orders, {
      [inTransit]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
      [decommissioned]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 4 },
      [byOverride]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: ann, version: 3 },
      [disassociated]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
      [received]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: otherWarehouse, version: 3 },
      [enabled]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 5 },
      [lost]: { ...NOWHERE, status: 'LOST', siteId: otherWarehouse, version: 4 },
    });
    const now = await orders.fixture.written();
    expect(now.device_status_change!.rows).toBe(before.device_status_change!.rows + 4);
    // Four status changes, four ended associations, and two events of the order.
    expect(now.event!.rows).toBe(before.event!.rows + 4 + 4 + 2);
    const site = await orders.fixture.call('disassociateDevice', { deviceId: byOverride, siteId: clinic });
    expect(site.device).toMatchObject({ currentStatus: 'AVAILABLE_AT_SITE' });
  });

  it("in a site's order, returns DECOMMISSIONED and LOST devices to the warehouse with the same status", async () => {
    const { warehouse, otherWarehouse } = orders.fixture.sites;
    const { orderId, ids } = await processed(3, { siteId: orders.fixture.sites.clinic });
    const [decommissioned, inTransit, lost] = ids as [string, string, string];
    await override(decommissioned, 'DECOMMISSIONED');
    await override(lost, 'LOST');

    expect(codeOf(await cancel(orderId))).toBe('OK');

    await expectDevices(orders, {
      [decommissioned]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 4 },
      [inTransit]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
      [lost]: { ...NOWHERE, status: 'LOST', siteId: otherWarehouse, version: 4 },
    });
  });

  it('does not change a device that is in another order by then', async () => {
    const { bob } = orders.fixture.patients;
    await orders.stock();
    const first = await orders.at('PROCESSED');
    const [device] = first.devices;
    const input = { deviceId: device!.databaseId, siteId: orders.fixture.sites.warehouse, outcome: 'RESTOCK' };
    await orders.call('receiveReturn', input);
    const second = await orders.at('PROCESSED', { patientId: bob });
    expect(second.devices.map(({ databaseId }) => databaseId)).toEqual([device!.databaseId]);

    expect(codeOf(await cancel(first.databaseId))).toBe('OK');

    const row = { ...NOWHERE, status: 'IN_TRANSIT' as const, holderId: bob, inOrder: true, version: 4 };
    await expectDevices(orders, { [device!.databaseId]: row });
  });

  it.each(['SHIPPED', 'AVAILABLE_FOR_PICKUP', 'DELIVERED'] as const)('refuses an order that is %s', async (status) => {
    await orders.stock();
    const { databaseId: orderId } = await orders.at(status);
    const possible = {
      SHIPPED: 'It can become AVAILABLE_FOR_PICKUP or DELIVERED',
      AVAILABLE_FOR_PICKUP: 'It can become DELIVERED',
      DELIVERED: 'Its status is final',
    }[status];
    const refusal = {
      code: 'ORDER_STATUS_NOT_ALLOWED',
      message: `The order is ${status} and cannot become CANCELLED. ${possible}.`,
      path: ['input', 'orderId'],
    };

    await orders.expectRefusal('cancelOrder', { orderId }, refusal);
    await orders.expectRefusal('cancelOrder', { orderId }, refusal, 'operator');
  });

  it('sends no statement that changes devices for an order without devices', async () => {
    const { databaseId: orderId } = await orders.created();

    const statements = await orders.fixture.app.statementsOf(() => cancel(orderId));

    const names = namesOf(statements);
    expect(names).toContain('change_order');
    expect(names.filter((name) => /device|leave|association|status_change/.test(name))).toEqual([
      // Once for the event, once for the response.
      'devices_by_order',
      'devices_by_order_outbound',
      'devices_by_order_return',
      'lock_devices_of_order',
    ]);
  });

  it('changes nothing and returns the order when repeated', async () => {
    const { orderId } = await processed(2);
    const first = await orders.done('cancelOrder', { orderId });

    const { order } = await orders.expectNoChange('cancelOrder', { orderId, note: 'again' });

    expect(order).toEqual(first);
  });

  it('happens once for ten concurrent calls on two instances', async () => {
    const { orderId, ids } = await processed(2);

    const responses = await rival.atOnce(
      `select from device_order where id = ${orderId} for update`,
      Array.from({ length: 10 }, (_, index) => () => cancel(orderId, index % 2)),
    );

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
    expect((await expectConsistentOrder(orders, orderId)).events).toHaveLength(3);
    for (const id of ids) expect(await expectConsistentHistory(orders.fixture, id)).toBe(2);
  });

  it('works after the patient was archived or the site deactivated', async () => {
    const patientId = await orders.fixture.patient();
    const siteId = await orders.fixture.site('1');
    const made = [await processed(1, { patientId }), await processed(1, { siteId })];
    await orders.fixture.sql('update patient set archived_at = now() where id = $1', [patientId]);
    await orders.fixture.sql('update site set deactivated_at = now() where id = $1', [siteId]);

    for (const { orderId } of made) expect(codeOf(await cancel(orderId))).toBe('OK');
  });

  it('refuses an unknown order, and a note that is too long', async () => {
    const { databaseId } = await orders.created();
    await orders.expectRefusal(
      'cancelOrder',
      { orderId: '999999' },
      { code: 'ORDER_NOT_FOUND', message: 'There is no such order. Check orderId.', path: ['input', 'orderId'] },
    );
    await orders.expectRefusal(
      'cancelOrder',
      { orderId: databaseId, note: 'x'.repeat(2_001) },
      { code: 'INVALID_INPUT', message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    );
  });
});
