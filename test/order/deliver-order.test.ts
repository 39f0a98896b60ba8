import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

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

const deliver = (orderId: string, instance = 0) =>
  orders.call('deliverOrder', { orderId, note: 'at the door' }, 'operator', instance);

/** A shipped order of `count` cuffs. */
async function shipped(count: number, input: object = {}): Promise<{ orderId: string; ids: string[] }> {
  const devices = await orders.stock(count);
  const { databaseId } = await orders.at('SHIPPED', {
    lines: [{ itemId: orders.items.cuff, quantity: count }],
    ...input,
  });
  return { orderId: databaseId, ids: devices.map(({ id }) => id) };
}

describe('the delivery of an order', () => {
  it('to a patient makes the devices WITH_PATIENT', async () => {
    const { ann } = orders.fixture.patients;
    const { orderId, ids } = await shipped(2);

    const { order } = await deliver(orderId);

    expect(order).toMatchObject({ currentStatus: 'DELIVERED' });
    expect(order!.devices).toEqual(
      ids.map((databaseId) => ({
        databaseId,
        currentStatus: 'WITH_PATIENT',
        version: 3,
        patient: { databaseId: ann },
        site: null,
      })),
    );
    for (const id of ids) {
      const [, , change] = await orders.fixture.changes(id);
      expect(change).toMatchObject({
        previous_status: 'IN_TRANSIT',
        status: 'WITH_PATIENT',
        patient_id: ann,
        previous_patient_id: ann,
        reason: 'ORDER_DELIVERED',
        note: 'at the door',
        changed_by_kind: 'OPERATOR',
      });
      // The association started when the order was processed, and stays open.
      expect((await orders.fixture.events(id)).map(({ type }) => type)).toEqual([
        'device.statusChanged',
        'device.associationCreated',
        'device.statusChanged',
      ]);
    }
    await expectConsistentOrder(orders, orderId);
  });

  it('to a site makes the devices free there', async () => {
    const { clinic } = orders.fixture.sites;
    const { orderId, ids } = await shipped(2, { siteId: clinic });

    await deliver(orderId);

    const delivered = { ...NOWHERE, status: 'AVAILABLE_AT_SITE' as const, siteId: clinic, version: 3 };
    await expectDevices(orders, Object.fromEntries(ids.map((id) => [id, delivered])));
    const free = await orders.fixture.call('associateDevice', {
      deviceId: ids[0]!,
      patientId: orders.fixture.patients.bob,
    });
    expect(codeOf(free)).toBe('OK');
  });

  it('to a patient: devices that are no longer in transit only leave the order', async () => {
    const { ann } = orders.fixture.patients;
    const { clinic, warehouse } = orders.fixture.sites;
    const { orderId, ids } = await shipped(7);
    const [inTransit, enabled, decommissioned, lost, byOverride, disassociated, received] = ids as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await override(enabled, 'DECOMMISSIONED');
    expect(codeOf(await orders.fixture.call('enableDeviceReadings', { deviceId: enabled }))).toBe('OK');
    await override(decommissioned, 'DECOMMISSIONED');
    await override(lost, 'LOST');
    await override(byOverride, 'WITH_PATIENT');
    await override(disassociated, 'LOST');
    const away = await orders.fixture.call('disassociateDevice', { deviceId: disassociated, siteId: clinic });
    expect(codeOf(away)).toBe('OK');
    const input = { deviceId: received, siteId: warehouse, outcome: 'RESTOCK' };
    expect(codeOf(await orders.call('receiveReturn', input))).toBe('OK');
    const before = await orders.fixture.written();

    await deliver(orderId);

    const held = { ...NOWHERE, holderId: ann };
    await expectDevices(orders, {
      [inTransit]: { ...held, status: 'WITH_PATIENT', version: 3 },
      [enabled]: { ...held, status: 'WITH_PATIENT', version: 5 },
      [decommissioned]: { ...held, status: 'DECOMMISSIONED', version: 3 },
      [lost]: { ...held, status: 'LOST', version: 3 },
      [byOverride]: { ...held, status: 'WITH_PATIENT', version: 3 },
      [disassociated]: { ...NOWHERE, status: 'LOST', siteId: clinic, version: 4 },
      [received]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
    });
    const now = await orders.fixture.written();
    expect(now.device_status_change!.rows).toBe(before.device_status_change!.rows + 2);
    expect(now.device_association).toEqual(before.device_association);
    expect(now.event!.rows).toBe(before.event!.rows + 2 + 2);
    expect((await orders.order(orderId))!.devices.map(({ databaseId }) => databaseId)).toEqual(ids);
  });

  it('to a site: devices that are no longer in transit only leave the order', async () => {
    const { office } = orders.fixture.sites;
    const { orderId, ids } = await shipped(3, { siteId: office });
    const [inTransit, decommissioned, lost] = ids as [string, string, string];
    await override(decommissioned, 'DECOMMISSIONED');
    await override(lost, 'LOST');
    const before = await orders.fixture.written();

    await deliver(orderId);

    await expectDevices(orders, {
      [inTransit]: { ...NOWHERE, status: 'AVAILABLE_AT_SITE', siteId: office, version: 3 },
      [decommissioned]: { ...NOWHERE, status: 'DECOMMISSIONED', version: 3 },
      [lost]: { ...NOWHERE, status: 'LOST', version: 3 },
    });
    const now = await orders.fixture.written();
    expect(now.device_status_change!.rows).toBe(before.device_status_change!.rows + 1);
    expect(now.event!.rows).toBe(before.event!.rows + 1 + 2);
  });

  it('does not change a device that is in another order by then', async () => {
    const { warehouse, clinic } = orders.fixture.sites;
    const { bob } = orders.fixture.patients;
    const first = await shipped(1);
    const [id] = first.ids as [string];
    await orders.call('receiveReturn', { deviceId: id, siteId: warehouse, outcome: 'RESTOCK' });
    const second = await orders.at('SHIPPED', { patientId: bob });
    expect(second.devices.map(({ databaseId }) => databaseId)).toEqual([id]);

    await deliver(first.orderId);
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: 'IN_TRANSIT', holderId: bob, inOrder: true, version: 4 },
    });
    await deliver(second.databaseId);
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: bob, version: 5 } });
    expect(codeOf(await orders.fixture.call('disassociateDevice', { deviceId: id, siteId: clinic }))).toBe('OK');
  });

  it('works after the patient was archived or the site deactivated', async () => {
    const patientId = await orders.fixture.patient();
    const siteId = await orders.fixture.site('1');
    const toPatient = await shipped(1, { patientId });
    const toSite = await shipped(1, { siteId });
    await orders.fixture.sql('update patient set archived_at = now() where id = $1', [patientId]);
    await orders.fixture.sql('update site set deactivated_at = now() where id = $1', [siteId]);

    for (const { orderId } of [toPatient, toSite]) expect(codeOf(await deliver(orderId))).toBe('OK');

    await expectDevices(orders, {
      [toPatient.ids[0]!]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: patientId, version: 3 },
      [toSite.ids[0]!]: { ...NOWHERE, status: 'AVAILABLE_AT_SITE', siteId, version: 3 },
    });
  });

  it('happens once for ten concurrent calls', async () => {
    const { orderId, ids } = await shipped(2);

    const responses = await rival.atOnce(
      `select from device_order where id = ${orderId} for update`,
      Array.from({ length: 10 }, (_, index) => () => deliver(orderId, index % 2)),
    );

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
    expect((await expectConsistentOrder(orders, orderId)).events).toHaveLength(4);
    for (const id of ids) expect(await expectConsistentHistory(orders.fixture, id)).toBe(2);
  });

  it('waits for a device that is being disassociated, and then omits it', async () => {
    const { orderId, ids } = await shipped(2);
    const [leaving, staying] = ids as [string, string];

    const responses = await rival.inTurn(
      `select from device where id = ${leaving} for update`,
      () => orders.fixture.call('disassociateDevice', { deviceId: leaving }),
      () => deliver(orderId, 1),
    );

    expect(responses.map(codeOf)).toEqual(['OK', 'OK']);
    await expectDevices(orders, {
      [leaving]: { ...NOWHERE, status: 'RETURNING', version: 3 },
      [staying]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann, version: 3 },
    });
  });
});
