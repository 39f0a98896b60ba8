import { expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, Rival } from '../support/rival';

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

const disassociate = (input: object, instance = 0) =>
  orders.fixture.call('disassociateDevice', input, 'northside', instance);
const override = (deviceId: string, status: string) => orders.fixture.call('updateDeviceStatus', { deviceId, status });

/** An order for Ann with devices from two warehouses. */
async function processed(count: number): Promise<{ orderId: string; ids: string[] }> {
  const devices = await orders.stock(count - 1);
  devices.push(...(await orders.stock(1, { siteId: orders.fixture.sites.otherWarehouse })));
  const lines = [{ itemId: orders.items.cuff, quantity: count }];
  const { databaseId } = await orders.at('PROCESSED', { lines });
  return { orderId: databaseId, ids: devices.map(({ id }) => id) };
}

describe('a device that is taken out of an order that was not shipped', () => {
  it('is in the warehouse that it came from, and in stock for the next order', async () => {
    const { warehouse, otherWarehouse } = orders.fixture.sites;
    const { orderId, ids } = await processed(2);
    const [one, other] = ids as [string, string];

    for (const deviceId of ids) expect(codeOf(await disassociate({ deviceId }))).toBe('OK');

    await expectDevices(orders, {
      [one]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
      [other]: { ...NOWHERE, status: 'AVAILABLE', siteId: otherWarehouse, version: 3 },
    });
    expect((await orders.fixture.events(one)).map(({ type }) => type).slice(-2)).toEqual([
      'device.statusChanged',
      'device.associationRemoved',
    ]);
    expect((await orders.at('PROCESSED')).devices).toMatchObject([{ databaseId: one, currentStatus: 'IN_TRANSIT' }]);
    await orders.done('cancelOrder', { orderId });
    await expectDevices(orders, {
      [other]: { ...NOWHERE, status: 'AVAILABLE', siteId: otherWarehouse, version: 3 },
    });
  });

  it('keeps DECOMMISSIONED and LOST; one that the patient has by an override has not stayed there', async () => {
    const { warehouse, otherWarehouse, clinic } = orders.fixture.sites;
    const { ids } = await processed(5);
    const [blocked, atClinic, withPatient, alsoWithPatient, lost] = ids as [string, string, string, string, string];
    await override(blocked, 'DECOMMISSIONED');
    await override(atClinic, 'DECOMMISSIONED');
    await override(withPatient, 'WITH_PATIENT');
    await override(alsoWithPatient, 'WITH_PATIENT');
    await override(lost, 'LOST');

    for (const deviceId of [blocked, withPatient, lost]) expect(codeOf(await disassociate({ deviceId }))).toBe('OK');
    for (const deviceId of [atClinic, alsoWithPatient])
      expect(codeOf(await disassociate({ deviceId, siteId: clinic }))).toBe('OK');

    await expectDevices(orders, {
      [blocked]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 4 },
      [atClinic]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: clinic, version: 4 },
      [withPatient]: { ...NOWHERE, status: 'RETURNING', version: 4 },
      [alsoWithPatient]: { ...NOWHERE, status: 'AVAILABLE_AT_SITE', siteId: clinic, version: 4 },
      [lost]: { ...NOWHERE, status: 'LOST', siteId: otherWarehouse, version: 4 },
    });
  });

  it('also by a bulk call, with one more statement for all of them', async () => {
    const { warehouse, otherWarehouse } = orders.fixture.sites;
    const { ids } = await processed(3);
    const shipped = (await orders.at('SHIPPED', {}, await orders.stock())).devices[0]!.databaseId;
    const sent = await orders.fixture.app.statementsOf(async () => {
      const entries = [...ids, shipped].map((deviceId) => ({ deviceId }));
      const results = await orders.fixture.callMany('disassociateDevice', entries);
      expect(results.map(codeOf)).toEqual(['OK', 'OK', 'OK', 'OK']);
    });
    expect(sent.filter(({ text }) => text.startsWith('/* warehouses_of_orders */'))).toHaveLength(1);
    await expectDevices(orders, {
      [ids[0]!]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 },
      [ids[2]!]: { ...NOWHERE, status: 'AVAILABLE', siteId: otherWarehouse, version: 3 },
      [shipped]: { ...NOWHERE, status: 'RETURNING', version: 3 },
    });
  });

  it('is not sent by processOrder again, which is refused if it names the device', async () => {
    const devices = await orders.stock(2);
    const [left, stays] = devices.map(({ serial }) => serial) as [string, string];
    const lines = [{ itemId: orders.items.cuff, quantity: 2 }];
    const { databaseId: orderId } = await orders.at('PROCESSED', { lines }, devices);
    expect(codeOf(await disassociate({ deviceIdentifier: left }))).toBe('OK');
    const refused = (deviceIdentifiers: string[]) => orders.refusalOf('processOrder', { orderId, deviceIdentifiers });
    expect(await refused([left, stays])).toEqual(['ORDER_STATUS_NOT_ALLOWED']);
    expect(await refused([left])).toEqual(['ORDER_STATUS_NOT_ALLOWED']);
    expect(await refused([stays])).toEqual([]);
  });

  it('comes back to a warehouse that was deactivated since', async () => {
    const siteId = await orders.fixture.site('0');
    const [device] = await orders.stock(1, { siteId });
    await orders.at('PROCESSED', {}, [device!]);
    const deactivate = 'mutation ($siteId: ID!) { deactivateSite(input: { siteId: $siteId }) { userErrors { code } } }';
    expect(await orders.fixture.app.data('operator', deactivate, { siteId })).toEqual({
      deactivateSite: { userErrors: [] },
    });
    expect(codeOf(await disassociate({ deviceId: device!.id }))).toBe('OK');
    await expectDevices(orders, { [device!.id]: { ...NOWHERE, status: 'AVAILABLE', siteId, version: 3 } });
  });
});

describe('a device that is disassociated while its order is shipped', () => {
  it('is on its way back if the shipment came first', async () => {
    const { orderId, ids } = await processed(1);
    const [shipped, left] = await rival.inTurn(
      `select from device where id = ${ids[0]} for update`,
      () => orders.call('shipOrder', { orderId }),
      () => disassociate({ deviceId: ids[0] }, 1),
    );
    expect([codeOf(shipped), codeOf(left)]).toEqual(['OK', 'OK']);
    await expectDevices(orders, { [ids[0]!]: { ...NOWHERE, status: 'RETURNING', version: 3 } });
  });

  it('stays in its warehouse if it left first', async () => {
    const { otherWarehouse } = orders.fixture.sites;
    const { orderId, ids } = await processed(1);
    const [left, shipped] = await rival.inTurn(
      `select from device where id = ${ids[0]} for update`,
      () => disassociate({ deviceId: ids[0] }),
      () => orders.call('shipOrder', { orderId }, 'operator', 1),
    );
    expect([codeOf(left), codeOf(shipped)]).toEqual(['OK', 'OK']);
    await expectDevices(orders, {
      [ids[0]!]: { ...NOWHERE, status: 'AVAILABLE', siteId: otherWarehouse, version: 3 },
    });
  });
});
