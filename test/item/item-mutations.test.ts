import { globalId } from '../support/global-id';
import { changedTo, ISO, OperatorWrites } from '../support/operator-writes';
import { TestApp } from '../support/test-app';

const ITEM = 'id databaseId name model sku manufacturer readingKinds version updatedAt';

let app: TestApp;
let items: OperatorWrites;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  items = new OperatorWrites(app, 'item', ITEM, 'item');
});
afterAll(() => app.stop());

const made = (input: object = {}) => items.done('createItem', { name: 'Cuff', readingKinds: [], ...input });

describe('creating an item', () => {
  it('stores everything that is given, for all customers to see', async () => {
    const values = { name: 'Cuff 🙂', model: 'BP-9', sku: 'ACME-BP-9', manufacturer: 'Acme' };
    const item = await made({
      ...values,
      name: ' Cuff 🙂 ',
      readingKinds: ['HEART_RATE', 'BLOOD_PRESSURE', 'HEART_RATE'],
    });
    expect(item).toMatchObject({
      ...values,
      readingKinds: ['BLOOD_PRESSURE', 'HEART_RATE'],
      version: 1,
      updatedAt: ISO,
    });
    for (const caller of ['operator', 'northside', 'lakeview'] as const)
      expect(await app.data(caller, `{ item(id: "${item.id}") { ${ITEM} } }`)).toEqual({ item });
  });

  it('requires only a name and the kinds, of which there may be none', async () => {
    const expected = { name: 'Cuff', model: null, sku: null, manufacturer: null, readingKinds: [] };
    expect(await made()).toMatchObject(expected);
    expect(await made({ model: ' ', sku: '', manufacturer: null })).toMatchObject(expected);
  });

  it.each<[object, string]>([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ model: 'a\nb' }, 'model'],
    [{ sku: 'x'.repeat(65) }, 'sku'],
    [{ sku: 'a\0' }, 'sku'],
    [{ manufacturer: 'x'.repeat(201) }, 'manufacturer'],
  ])('refuses %j', (input, member) =>
    items.refused('createItem', { name: 'Cuff', readingKinds: [], ...input }, ['INVALID_INPUT', 'input', member]),
  );

  it('refuses an SKU that another item has', async () => {
    await made({ sku: 'TAKEN-1' });
    const input = { name: 'Cuff', readingKinds: [], sku: 'TAKEN-1' };
    await items.refused('createItem', input, ['SKU_TAKEN', 'input', 'sku']);
  });
});

describe('updating an item', () => {
  it('keeps what is omitted and clears what is null', async () => {
    const before = await made({ model: 'A', sku: 'UPDATE-1', manufacturer: 'Acme', readingKinds: ['WEIGHT'] });
    const itemId = before.databaseId;
    const renamed = await items.done('updateItem', { itemId, name: 'Scale', expectedVersion: 1 });
    expect(renamed).toEqual(changedTo(before, { name: 'Scale' }));
    const change = { model: null, sku: null, manufacturer: null };
    expect(await items.done('updateItem', { itemId: before.id, ...change })).toEqual(changedTo(renamed, change));
  });

  it('changes nothing when repeated, whatever version is expected and in whatever order the kinds are', async () => {
    const item = await made({ readingKinds: ['WEIGHT', 'BODY_COMPOSITION'] });
    const before = await items.stored();
    const inputs = [{ readingKinds: ['BODY_COMPOSITION', 'WEIGHT'] }, { name: 'Cuff', expectedVersion: 77 }, {}];
    for (const input of inputs)
      expect(await items.done('updateItem', { itemId: item.databaseId, ...input })).toEqual(item);
    expect(await items.stored()).toEqual(before);
  });

  it('refuses another version than the item has, and returns the item', async () => {
    const item = await made();
    const input = { itemId: item.databaseId, name: 'Scale', expectedVersion: 2 };
    const { row } = await items.refused('updateItem', input, ['STALE_VERSION', 'input', 'expectedVersion']);
    expect(row).toEqual(item);
  });

  it('refuses an SKU that another item has, and clearing the name or the kinds', async () => {
    await made({ sku: 'TAKEN-2' });
    const { databaseId: itemId } = await made();
    await items.refused('updateItem', { itemId, sku: 'TAKEN-2' }, ['SKU_TAKEN', 'input', 'sku']);
    await items.refused(
      'updateItem',
      { itemId, name: null, readingKinds: null },
      ['INVALID_INPUT', 'input', 'name'],
      ['INVALID_INPUT', 'input', 'readingKinds'],
    );
  });

  it.each(['0', '999999', globalId('Site', '1')])('does not find %s', (itemId) =>
    items.refused('updateItem', { itemId, name: 'Scale' }, ['ITEM_NOT_FOUND', 'input', 'itemId']),
  );

  it('adds kinds, and removes only those that no device of the item has sent', async () => {
    const { databaseId: itemId } = await made({ readingKinds: ['BLOOD_PRESSURE'] });
    const all = ['BLOOD_PRESSURE', 'WEIGHT', 'HEART_RATE'];
    expect(await items.done('updateItem', { itemId, readingKinds: all })).toMatchObject({ readingKinds: all });
    await recordWeight(itemId, 'KINDS-1');

    const refused = { itemId, readingKinds: [] };
    const { row, userErrors } = await items.refused('updateItem', refused, [
      'READING_KIND_IN_USE',
      'input',
      'readingKinds',
    ]);
    expect(row).toBeNull();
    expect(userErrors[0]!.message).toContain('WEIGHT');
    expect(userErrors[0]!.message).not.toContain('BLOOD_PRESSURE');
    expect(await items.done('updateItem', { itemId, readingKinds: ['WEIGHT'] })).toMatchObject({
      readingKinds: ['WEIGHT'],
    });
  });

  it('ignores what devices of other items have sent', async () => {
    await recordWeight('1', 'KINDS-2');
    const { databaseId: itemId } = await made({ readingKinds: ['WEIGHT'] });
    expect(await items.done('updateItem', { itemId, readingKinds: [] })).toMatchObject({ readingKinds: [] });
  });
});

/** Registers a device of the item for Lakeview, which sends a weight. */
async function recordWeight(itemId: string, serial: string): Promise<void> {
  const document = `mutation ($device: RegisterDeviceInput!, $readings: RecordReadingsInput!) {
    registerDevice(input: $device) { userErrors { code } }
    recordReadings(input: $readings) { results { outcome } }
  }`;
  const device = { customerId: '2', itemId, siteId: '1', identifiers: [{ type: 'SERIAL', value: serial }] };
  const weight = { value: 181, unit: 'POUND' };
  const readings = { readings: [{ deviceIdentifier: serial, takenAt: new Date().toISOString(), weight }] };
  expect(await app.data('operator', document, { device, readings })).toEqual({
    registerDevice: { userErrors: [] },
    recordReadings: { results: [{ outcome: 'RECORDED' }] },
  });
}
