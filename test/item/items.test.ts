import { ReadingKind } from '../../src/features/kind/reading-kind';
import { walk, type List } from '../support/connections';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  await app.admin.query(`insert into item (name, reading_kinds) values ('Überall-Meßgerät 100%', '{}')`);
});
afterAll(() => app.stop());

const SKU = 'BP-CADENCE-BP3';
const ITEM = 'databaseId name model sku manufacturer readingKinds';

it('every customer sees the same catalog', async () => {
  const { rows } = await app.admin.query<Record<string, unknown>>(
    `select id as "databaseId", name, model, sku, manufacturer, reading_kinds as "readingKinds" from item order by id`,
  );
  expect(rows).toHaveLength(7);
  for (const caller of ['northside', 'lakeview', 'readOnly', 'operator'] as const) {
    expect(await app.data(caller, `{ items { totalCount nodes { ${ITEM} } } }`)).toEqual({
      items: { totalCount: 7, nodes: rows },
    });
  }
  expect(await app.data('lakeview', `{ item(id: 2) { ${ITEM} } }`)).toEqual({ item: rows[1] });
});

it.each<[Record<string, unknown>, string]>([
  ...Object.values(ReadingKind).map((kind): [Record<string, unknown>, string] => [
    { readingKinds: [kind] },
    `'${kind}' = any(reading_kinds)`,
  ]),
  [{ readingKinds: ['WEIGHT', 'HEART_RATE'] }, `reading_kinds && '{WEIGHT,HEART_RATE}'`],
  [{ readingKinds: 'WEIGHT' }, `'WEIGHT' = any(reading_kinds)`],
  [{ search: 'blood ' }, `name like 'Blood %'`],
  [{ search: 'ÜBERALL-MESS' }, `name like 'Über%'`],
  [{ search: 'überall-MEß' }, `name like 'Über%'`],
  [{ search: '%' }, 'false'],
  [{ search: SKU.toLowerCase().slice(0, -1) }, `sku = '${SKU}'`],
  [{ skus: [SKU, 'none'] }, `sku = '${SKU}'`],
  [{ skus: [SKU.toLowerCase()] }, 'false'],
  [{ skus: [] }, 'false'],
  [{ readingKinds: [] }, 'false'],
  [{ readingKinds: null, skus: null, search: null }, 'true'],
  [{}, 'true'],
  [{ search: 'blood', readingKinds: ['BLOOD_GLUCOSE'] }, `name like 'Blood%' and 'BLOOD_GLUCOSE' = any(reading_kinds)`],
])('items match %j', async ({ search, ...filter }, where) => {
  const { rows } = await app.admin.query<{ key: string }>(`select id as key from item where ${where} order by id`);
  const list: List = {
    caller: 'northside',
    parent: 'Query',
    field: 'items',
    filter,
    ...(search !== undefined && { search }),
  } as List;
  expect(await walk(app, list, 2)).toEqual(rows.map(({ key }) => key));
});

it('the items of many devices are read by one statement', async () => {
  const statements = await app.statementsOf(() =>
    app.data('northside', '{ devices(first: 100) { nodes { item { name } } } }'),
  );
  expect(statements.filter(({ text }) => text.includes('item_by_id'))).toHaveLength(1);
});
