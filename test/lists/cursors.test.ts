import { deriveKey } from '../../src/platform/base/secret';
import { Cursors } from '../../src/platform/list/cursor';
import { readPage, queryOf, refused, type List } from '../support/connections';
import { APP_SECRET, TestApp } from '../support/test-app';

const DEVICES: List = { caller: 'northside', parent: 'Query', field: 'devices' };
const CHANGES: List = { caller: 'northside', parent: 'Device', field: 'statusHistory', parentId: '1' };

const ORDERS: List = { caller: 'northside', parent: 'Query', field: 'orders' };
const WEBHOOKS: List = { caller: 'northside', parent: 'Query', field: 'webhooks', isCounted: true };

const READINGS: List = { caller: 'northside', parent: 'Device', field: 'readings', parentId: '1', isCounted: false };

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  const input = { url: 'https://example.invalid/', eventTypes: ['ORDER_STATUS'] };
  const create =
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } userErrors { code } } }';
  await app.data('northside', create, { input });
});
afterAll(() => app.stop());

const cursorOf = async (list: List): Promise<string> => (await readPage(app, list, { first: 1 })).edges[0]!.cursor;

async function codeOf(list: List, page: { after?: string; before?: string }): Promise<unknown> {
  const { data, errors } = await app.query(list.caller, ...queryOf(list, page));
  expect(data).toEqual(refused(list));
  expect(errors).toHaveLength(1);
  const { code, path } = errors![0]!.extensions;
  expect(path).toEqual(Object.keys(page));
  return code;
}

it.each<[string, List, List]>([
  ['another connection', DEVICES, { ...DEVICES, field: 'patients' }],
  ['another sort', DEVICES, { ...DEVICES, sort: { field: 'UPDATED_AT', direction: 'ASC' } }],
  ['the other direction', DEVICES, { ...DEVICES, sort: { field: 'CREATED_AT', direction: 'DESC' } }],
  ['another customer', DEVICES, { ...DEVICES, caller: 'lakeview' }],
  ['an operator', DEVICES, { ...DEVICES, caller: 'operator' }],
  ['another parent', CHANGES, { ...CHANGES, parentId: '9' }],
  ['the root', { ...DEVICES, parent: 'Site', parentId: '1' }, DEVICES],
  ['a parent', DEVICES, { ...DEVICES, parent: 'Site', parentId: '1' }],
  ["another of the parent's connections", CHANGES, { ...CHANGES, field: 'associations' }],
  [
    'another sort with the same type of value',
    { ...DEVICES, sort: { field: 'LATEST_READING_AT', direction: 'ASC' } },
    { ...DEVICES, sort: { field: 'UPDATED_AT', direction: 'ASC' } },
  ],
  ["the parent's readings", CHANGES, READINGS],
  ['the changes of the device that sent the readings', READINGS, CHANGES],
  ['the orders', DEVICES, ORDERS],
  ['the devices', ORDERS, DEVICES],
  ["another customer's orders", ORDERS, { ...ORDERS, caller: 'lakeview' }],
  ["the operator's orders", ORDERS, { ...ORDERS, caller: 'operator' }],
  ['the webhooks', ORDERS, WEBHOOKS],
  ['the readings of a patient', READINGS, { ...READINGS, parent: 'Patient' }],
])('refuses a cursor of %s', async (_origin, list, foreign) => {
  const [own, other] = [await cursorOf(list), await cursorOf(foreign)];
  expect(await codeOf(list, { after: other })).toBe('CURSOR_INVALID');
  expect(await codeOf(list, { before: other })).toBe('CURSOR_INVALID');
  expect((await readPage(app, list, { first: 1, before: own })).nodes).toEqual([]);
});

it.each([
  '',
  ' ',
  'x',
  '🙂',
  'MQ==',
  'a'.repeat(10_000),
  '\0',
  '../../etc',
  Buffer.from('1').toString('base64url'),
  '-'.repeat(16),
])('refuses the forged cursor %j', async (cursor) => {
  expect(await codeOf(DEVICES, { after: cursor })).toBe('CURSOR_INVALID');
  expect(await codeOf(CHANGES, { before: cursor })).toBe('CURSOR_INVALID');
});

it('refuses a cursor with a changed bit in any byte', async () => {
  const signed = Buffer.from(await cursorOf(DEVICES), 'base64url');
  for (let index = 0; index < signed.length; index += 1) {
    const changed = Buffer.from(signed);
    changed[index]! ^= 1;
    expect(await codeOf(DEVICES, { after: changed.toString('base64url') })).toBe('CURSOR_INVALID');
  }
});

it('treats a null cursor as omitted', async () => {
  expect(await readPage(app, DEVICES, { first: 2, after: null, before: null })).toEqual(
    await readPage(app, DEVICES, { first: 2 }),
  );
});

it('accepts a cursor on another instance and with another filter', async () => {
  const { edges } = await readPage(app, DEVICES, { first: 2 });
  const [query, variables] = queryOf(
    { ...DEVICES, filter: { associated: false } },
    { first: 1, after: edges[0]!.cursor },
  );
  const { list } = await app.data<{ list: { nodes: { databaseId: string }[] } }>('northside', query, variables, 1);
  const { rows } = await app.admin.query<{ id: string }>(
    'select id from device where customer_id = 1 and patient_id is null and id > $1 order by device.id limit 1',
    [edges[0]!.node.databaseId],
  );
  expect(list.nodes).toEqual([{ databaseId: rows[0]!.id }]);
});

describe('cursors of lists sorted by name', () => {
  const BY_NAME: List = {
    caller: 'northside',
    parent: 'Query',
    field: 'patients',
    sort: { field: 'LAST_NAME', direction: 'ASC' },
  };

  it('do not show the name', async () => {
    const { edges, pageInfo } = await readPage(app, BY_NAME, { first: 1 });
    const { rows } = await app.admin.query<{ name: string; folded: string }>(
      'select last_name as name, last_name_fold as folded from patient where customer_id = 1 order by last_name_fold, id limit 1',
    );
    const shown = Buffer.from(edges[0]!.cursor, 'base64url').toString('latin1').toLowerCase();
    expect(shown).not.toContain(rows[0]!.name.toLowerCase());
    expect(shown).not.toContain(rows[0]!.folded.slice(0, 4));
    // The same row has the same cursor, as the nodes of an unchanged page should.
    expect(pageInfo.startCursor).toBe(edges[0]!.cursor);
    expect((await readPage(app, BY_NAME, { first: 1 })).edges).toEqual(edges);
  });

  it('are refused when any byte was changed, the order of bytes too', async () => {
    const sealed = Buffer.from(await cursorOf(BY_NAME), 'base64url');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 0x80;
      expect(await codeOf(BY_NAME, { after: changed.toString('base64url') })).toBe('CURSOR_INVALID');
    }
    for (const forged of [sealed.subarray(0, -1), sealed.subarray(1), Buffer.concat([sealed, sealed])])
      expect(await codeOf(BY_NAME, { before: forged.toString('base64url') })).toBe('CURSOR_INVALID');
  });

  it('have at most 1,200 characters, for names of any letters', async () => {
    const name = '𐐀'.repeat(50);
    const create = `mutation ($name: String!) { createPatient(input: { firstName: $name, lastName: $name }) { userErrors { code } } }`;
    expect(await app.data('northside', create, { name })).toEqual({ createPatient: { userErrors: [] } });
    const list: List = { ...BY_NAME, sort: { field: 'LAST_NAME', direction: 'DESC' } };
    const cursor = await cursorOf(list);
    expect(cursor.length).toBeGreaterThan(500);
    expect(cursor.length).toBeLessThanOrEqual(1_200);
    expect((await readPage(app, list, { first: 1, after: cursor })).nodes).toHaveLength(1);
  });
});

describe('cursors of earlier releases, which are signed', () => {
  const cursors = new Cursors(deriveKey(APP_SECRET, 'cursor'), deriveKey(APP_SECRET, 'list cursor'));
  const [, second, third] = ['1', '2', '3'];

  it('continue lists that are sorted by id or by a time', async () => {
    const signed = cursors.sign([second], 'devices CREATED_AT ASC customer:1');
    expect((await readPage(app, DEVICES, { first: 1, after: signed })).nodes).toEqual([{ databaseId: third }]);
    const byTime: List = { ...DEVICES, sort: { field: 'UPDATED_AT', direction: 'ASC' } };
    const { nodes } = await readPage(app, byTime, { first: 3 });
    const { rows } = await app.admin.query<{ at: Date }>('select updated_at as at from device where id = $1', [
      nodes[1]!.databaseId,
    ]);
    const position = [nodes[1]!.databaseId, rows[0]!.at.toISOString()];
    const after = cursors.sign(position, 'devices UPDATED_AT ASC customer:1');
    expect((await readPage(app, byTime, { first: 1, after })).nodes).toEqual([nodes[2]]);
  });

  it('are refused for lists that are sorted by name: they do not hold it', async () => {
    const list: List = { ...DEVICES, field: 'patients', sort: { field: 'LAST_NAME', direction: 'ASC' } };
    const after = cursors.sign([second], 'patients LAST_NAME ASC customer:1');
    expect(await codeOf(list, { after })).toBe('CURSOR_INVALID');
  });
});
