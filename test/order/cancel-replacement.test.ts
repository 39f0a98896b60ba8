import type { DeviceRow, Situation } from '../support/device-fixture';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf } from '../support/rival';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

/** A device that was replaced by a device from the other warehouse. */
async function replaced(situation: Situation): Promise<{ defective: string; spare: string; orderId: string }> {
  const [spare] = await orders.stock(1, { siteId: orders.fixture.sites.otherWarehouse });
  const { id } = await orders.fixture.device(situation);
  const { databaseId } = await orders.done('replaceDevice', { deviceId: id });
  return { defective: id, spare: spare!.id, orderId: databaseId };
}

describe('cancelling a replacement', () => {
  it.each<[string, () => Situation, DeviceRow['status']]>([
    ['from a patient', () => ({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann }), 'RETURNING'],
    ['from a site', () => ({ status: 'AVAILABLE_AT_SITE', siteId: orders.fixture.sites.clinic }), 'RETURNING'],
    [
      'that is DECOMMISSIONED',
      () => ({ status: 'DECOMMISSIONED', holderId: orders.fixture.patients.ann }),
      'DECOMMISSIONED',
    ],
    ['that is LOST', () => ({ status: 'LOST', siteId: orders.fixture.sites.clinic }), 'LOST'],
  ])(
    'frees the new device, and closes the return leg of the defective device %s without changing it',
    async (_name, situation, status) => {
      const { defective, spare, orderId } = await replaced(situation());
      const changes = await orders.fixture.changes(defective);
      const events = await orders.fixture.events(defective);

      const order = await orders.done('cancelOrder', { orderId, note: 'found the charger' });

      expect(order).toMatchObject({
        kind: 'REPLACEMENT',
        currentStatus: 'CANCELLED',
        devices: [{ databaseId: spare, currentStatus: 'AVAILABLE' }],
        returnDevices: [{ databaseId: defective, currentStatus: status, version: 2, site: null, patient: null }],
      });
      await expectDevices(orders, {
        [spare]: { ...NOWHERE, status: 'AVAILABLE', siteId: orders.fixture.sites.otherWarehouse, version: 3 },
        [defective]: { ...NOWHERE, status, version: 2 },
      });
      expect(await orders.fixture.changes(defective)).toEqual(changes);
      expect(await orders.fixture.events(defective)).toEqual(events);
      await expectConsistentOrder(orders, orderId);
    },
  );

  it('leaves the defective device at no site: it cannot be replaced again, but can be received', async () => {
    const { defective, orderId } = await replaced({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann });
    await orders.done('cancelOrder', { orderId });

    await orders.expectRefusal(
      'replaceDevice',
      { deviceId: defective },
      {
        code: 'DEVICE_NOT_REPLACEABLE',
        message: 'No patient has the device, and it is at no site. Say where it is with cancelReturn, then replace it.',
        path: ['input', 'deviceId'],
      },
    );
    const { warehouse } = orders.fixture.sites;
    const input = { deviceId: defective, siteId: warehouse, outcome: 'RESTOCK' };
    expect(codeOf(await orders.call('receiveReturn', input))).toBe('OK');
    await expectDevices(orders, { [defective]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 } });
  });

  it('lets the defective device be associated with a site again, and be replaced from there', async () => {
    const { clinic } = orders.fixture.sites;
    const { defective, orderId } = await replaced({ status: 'AVAILABLE_AT_SITE', siteId: clinic });
    await orders.done('cancelOrder', { orderId });

    const input = { deviceId: defective, siteId: clinic };
    expect(codeOf(await orders.fixture.call('associateDeviceWithSite', input))).toBe('OK');
    const again = await orders.done('replaceDevice', { deviceId: defective });

    expect(again.databaseId).not.toBe(orderId);
    expect(await orders.fixture.row(defective)).toMatchObject({ status: 'RETURNING', onReturnLeg: true, version: 4 });
  });

  it('does not change a defective device that was received before', async () => {
    const { warehouse } = orders.fixture.sites;
    const { defective, orderId } = await replaced({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann });
    await orders.call('receiveReturn', { deviceId: defective, siteId: warehouse, outcome: 'DECOMMISSION' });

    await orders.done('cancelOrder', { orderId });

    await expectDevices(orders, {
      [defective]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 3 },
    });
  });

  it('ends the association of the patient with the new device', async () => {
    const patientId = await orders.fixture.patient();
    const { orderId } = await replaced({ status: 'WITH_PATIENT', holderId: patientId });

    await orders.done('cancelOrder', { orderId });

    const { patient } = await orders.fixture.app.data(
      'northside',
      'query ($id: ID!) { patient(id: $id) { devices { totalCount nodes { databaseId } } orders { nodes { databaseId } } } }',
      { id: patientId },
    );
    expect(patient).toEqual({
      devices: { totalCount: 0, nodes: [] },
      orders: { nodes: [{ databaseId: orderId }] },
    });
  });
});
