import { globalId } from '../support/global-id';
import { changedTo, ISO, OperatorWrites } from '../support/operator-writes';
import { TestApp } from '../support/test-app';

const SITE = `id databaseId name active deactivatedAt version createdAt updatedAt operatedBy phoneNumber
  customer { databaseId } address { lineOne city }`;
const FULL = { phoneNumber: '+1 901 555 0100', address: { lineOne: '1 Dock St', city: 'Memphis' } };

let app: TestApp;
let warehouses: OperatorWrites;
beforeAll(async () => {
  app = await TestApp.start();
  warehouses = new OperatorWrites(app, 'site', SITE, 'site');
});
afterAll(() => app.stop());

const made = (input: object = {}) => warehouses.done('createWarehouse', { name: 'Dock', ...input });

async function register(siteId: string, value: string): Promise<{ device: object | null; userErrors: object[] }> {
  const document = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
    device { currentStatus } userErrors { code path } } }`;
  const input = { customerId: '1', itemId: '1', siteId, identifiers: [{ type: 'SERIAL', value }] };
  const data = await app.data<{ registerDevice: { device: object | null; userErrors: object[] } }>(
    'operator',
    document,
    {
      input,
    },
  );
  return data.registerDevice;
}

async function receive(deviceIdentifier: string, siteId: string, outcome: string): Promise<void> {
  const document = `mutation ($input: ReceiveReturnInput!) { receiveReturn(input: $input) { userErrors { code } } }`;
  const data = await app.data('operator', document, { input: { deviceIdentifier, siteId, outcome } });
  expect(data).toEqual({ receiveReturn: { userErrors: [] } });
}

describe('creating a warehouse', () => {
  it('makes a site of Impilo that customers see and that takes stock', async () => {
    const site = await made({ name: ' Dock 🙂 ', ...FULL });
    expect(site).toMatchObject({
      ...FULL,
      name: 'Dock 🙂',
      active: true,
      operatedBy: 'IMPILO',
      customer: null,
      version: 1,
    });
    for (const caller of ['operator', 'northside'] as const)
      expect(await app.data(caller, `{ site(id: "${site.id}") { ${SITE} } }`)).toEqual({ site });
    const { device, userErrors } = await register(site.databaseId, 'DOCK-1');
    expect({ device, userErrors }).toEqual({ device: { currentStatus: 'AVAILABLE' }, userErrors: [] });
  });

  it.each<[object, ...string[]]>([
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ phoneNumber: 'none' }, 'phoneNumber'],
    [{ address: { city: 'a\u0007' } }, 'address', 'city'],
  ])('refuses %j', (input, ...path) =>
    warehouses.refused('createWarehouse', { name: 'Dock', ...input }, ['INVALID_INPUT', 'input', ...path]),
  );
});

describe('updating a warehouse', () => {
  it('keeps what is omitted and clears what is null, and changes nothing when repeated', async () => {
    const before = await made(FULL);
    const siteId = before.databaseId;
    const renamed = await warehouses.done('updateWarehouse', { siteId, name: 'Pier', expectedVersion: 1 });
    expect(renamed).toEqual(changedTo(before, { name: 'Pier' }));
    expect(await warehouses.done('updateWarehouse', { siteId, name: 'Pier', expectedVersion: 1 })).toEqual(renamed);
    const change = { phoneNumber: null, address: null };
    expect(await warehouses.done('updateWarehouse', { siteId: before.id, ...change })).toEqual(
      changedTo(renamed, change),
    );
  });

  it('refuses another version than the warehouse has, and returns the warehouse', async () => {
    const site = await made();
    const input = { siteId: site.databaseId, name: 'Pier', expectedVersion: 2 };
    const { row } = await warehouses.refused('updateWarehouse', input, ['STALE_VERSION', 'input', 'expectedVersion']);
    expect(row).toEqual(site);
  });

  it('refuses to clear the name, and a site of a customer', async () => {
    const { databaseId: siteId } = await made();
    await warehouses.refused('updateWarehouse', { siteId, name: null }, ['INVALID_INPUT', 'input', 'name']);
    const foreign = { siteId: '10', name: 'Pier' };
    await warehouses.refused('updateWarehouse', foreign, ['SITE_NOT_OPERATED_BY_IMPILO', 'input', 'siteId']);
  });

  it.each(['0', '999999', globalId('Item', '1')])('does not find %s', (siteId) =>
    warehouses.refused('updateWarehouse', { siteId, name: 'Pier' }, ['SITE_NOT_FOUND', 'input', 'siteId']),
  );
});

describe('deactivating a warehouse', () => {
  it('is refused while it has stock, and then takes no new stock until it is reactivated', async () => {
    const site = await made();
    const siteId = site.databaseId;
    await register(siteId, 'STOCK-1');
    await warehouses.refused('deactivateSite', { siteId }, ['WAREHOUSE_NOT_EMPTY', 'input', 'siteId']);
    await receive('STOCK-1', '1', 'RESTOCK');

    const off = await warehouses.done('deactivateSite', { siteId });
    expect(off).toEqual(changedTo(site, { active: false, deactivatedAt: ISO }));
    expect(await register(siteId, 'STOCK-2')).toEqual({
      device: null,
      userErrors: [{ code: 'SITE_INACTIVE', path: ['input', 'siteId'] }],
    });
    // A return that arrives there is a fact.
    await receive('STOCK-1', siteId, 'RESTOCK');
    expect(await warehouses.done('deactivateSite', { siteId })).toEqual(off);

    expect(await warehouses.done('reactivateSite', { siteId })).toMatchObject({ active: true, version: 3 });
  });

  it('is allowed while only devices that are not stock are in it', async () => {
    const { databaseId: siteId } = await made();
    await register(siteId, 'SCRAP-1');
    await receive('SCRAP-1', siteId, 'DECOMMISSION');
    expect(await warehouses.done('deactivateSite', { siteId })).toMatchObject({ active: false });
  });

  it('and registering a device in it at once never leaves stock in it', async () => {
    const { databaseId: siteId } = await made();
    const [closed, registered] = await Promise.all([
      warehouses.write('deactivateSite', { siteId }),
      register(siteId, 'RACE-1'),
    ]);
    expect(closed.userErrors.length + registered.userErrors.length).toBe(1);
  });
});
