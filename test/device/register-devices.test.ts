import { expectConsistentHistory } from '../support/device-history';
import { DeviceFixture } from '../support/device-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';
import { expectSameAsSingle, statementsOfAnySize } from './bulk-devices.harness';

let fixture: DeviceFixture;
let rival: Rival;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  rival = await Rival.start(fixture);
});
afterAll(async () => {
  await rival.stop();
  await fixture.stop();
});

let last = 0;
const serial = (value = `BULK-${(last += 1)}`): { type: string; value: string } => ({ type: 'SERIAL', value });

function input(changes: object = {}): Record<string, unknown> {
  const { customers, itemId, sites } = fixture;
  return { customerId: customers.northside, itemId, siteId: sites.clinic, identifiers: [serial()], ...changes };
}

it('registers devices of several customers at sites and in warehouses', async () => {
  const { customers, sites } = fixture;
  const results = await fixture.callMany(
    'registerDevice',
    [
      input({ siteId: sites.warehouse, identifiers: [serial('B-3'), { type: 'IMEI', value: '356938 035643 809' }] }),
      input({ identifiers: [serial('B-1')] }),
      input({ customerId: customers.lakeview, siteId: sites.lakeview, identifiers: [serial('B-2')] }),
    ],
    'operator',
  );

  expect(results).toMatchObject([
    {
      device: { currentStatus: 'AVAILABLE', identifiers: [{ value: 'B-3' }, { value: '356938 035643 809' }] },
      userErrors: [],
    },
    { device: { currentStatus: 'AVAILABLE_AT_SITE', identifiers: [{ value: 'B-1' }] }, userErrors: [] },
    { device: { site: { databaseId: sites.lakeview }, identifiers: [{ value: 'B-2' }] }, userErrors: [] },
  ]);
  for (const { device, statusChange } of results) {
    expect(statusChange).toMatchObject({ reason: 'REGISTERED', previousStatus: null, deviceVersion: 1 });
    expect(await expectConsistentHistory(fixture, device!.databaseId, { registered: true })).toBe(0);
  }
});

it('each entry returns what the single mutation returns', async () => {
  const { sites, customers } = fixture;
  const inUse = (await fixture.freeDevice()).serial;
  const results = await expectSameAsSingle(
    fixture,
    'registerDevice',
    () =>
      Promise.resolve([
        input(),
        input({ customerId: '999999' }),
        input({ customerId: 'garbage' }),
        input({ itemId: '999999' }),
        input({ itemId: 'garbage' }),
        input({ siteId: sites.lakeview }),
        input({ siteId: sites.closed }),
        input({ siteId: 'garbage' }),
        input({ identifiers: [serial(inUse.toLowerCase())] }),
        input({ identifiers: [] }),
        input({ identifiers: [serial(), serial()] }),
        input({ identifiers: [serial('352099001761481'), { type: 'IMEI', value: '35-209900-176148-1' }] }),
        input({ identifiers: [serial('-')] }),
        input({ customerId: customers.lakeview, siteId: sites.lakeview }),
      ]),
    'operator',
  );

  expect(results.map(codeOf)).toEqual([
    'OK',
    'CUSTOMER_NOT_FOUND',
    'INVALID_INPUT',
    'ITEM_NOT_FOUND',
    'INVALID_INPUT',
    'SITE_NOT_FOUND',
    'SITE_INACTIVE',
    'INVALID_INPUT',
    'IDENTIFIER_TAKEN',
    'INVALID_INPUT',
    'INVALID_INPUT',
    'IDENTIFIER_TAKEN',
    'INVALID_INPUT',
    'OK',
  ]);
});

it('of two entries with the same identifier, the first one that is not refused gets it', async () => {
  const shared = { identifiers: [serial('shared-1')] };
  const entries = [input({ ...shared, siteId: '999999' }), input(shared), input({ identifiers: [serial('SHARED 1')] })];

  const results = await fixture.callMany('registerDevice', entries, 'operator');

  expect(results.map(codeOf)).toEqual(['SITE_NOT_FOUND', 'OK', 'IDENTIFIER_TAKEN']);
  expect(results[2]!.userErrors[0]!.path).toEqual(['input', 'devices', '2', 'identifiers']);
});

it('a repeated call registers nothing', async () => {
  const entries = [input(), input(), input()];
  expect((await fixture.callMany('registerDevice', entries, 'operator')).map(codeOf)).toEqual(['OK', 'OK', 'OK']);
  const before = await fixture.written();

  const again = await fixture.callMany('registerDevice', entries, 'operator');

  expect(countsOf(again.map(codeOf))).toEqual({ IDENTIFIER_TAKEN: 3 });
  expect(await fixture.written()).toEqual(before);
});

it('customers are not allowed to register devices, and 201 entries are too many', async () => {
  const before = await fixture.written();

  expect((await fixture.sendMany('registerDevice', [input()])).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  const entries = Array.from({ length: 201 }, () => input());
  expect((await fixture.sendMany('registerDevice', entries, 'operator')).data.registerDevices).toMatchObject({
    results: null,
    userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'devices'] }],
  });

  expect(await fixture.written()).toEqual(before);
});

it('concurrent calls with the same identifiers in opposite order register each once; the others are carried out', async () => {
  const shared = Array.from({ length: 10 }, () => serial());
  const call = (entries: object[], instance: number) => () =>
    fixture.callMany('registerDevice', entries, 'operator', instance);
  const entriesOf = (identifiers: object[]) => identifiers.map((one) => input({ identifiers: [one] }));

  const calls = await rival.atOnce('lock table device_identifier in exclusive mode', [
    call(entriesOf([...shared, serial()]), 0),
    call(entriesOf([...shared.toReversed(), serial()]), 1),
    call(entriesOf([...shared, serial()]), 0),
  ]);

  expect(countsOf(calls.flat().map(codeOf))).toEqual({ OK: 13, IDENTIFIER_TAKEN: 20 });
  const [row] = await fixture.sql(
    'select count(*)::int as devices from device d where not exists (select from device_identifier i where i.device_id = d.id)',
  );
  expect(row).toEqual({ devices: 0 });
});

it('1, 10 and 200 entries take the same statements', async () => {
  const names = await statementsOfAnySize(
    fixture,
    'registerDevice',
    (size) => Promise.resolve(Array.from({ length: size }, () => input())),
    'operator',
  );

  expect(names).toEqual([
    'append_events',
    'customer_by_id',
    'insert_device',
    'insert_device_identifier',
    'insert_status_changes',
    'item_by_id',
    'lock_sites_for_share',
    'sites_for_customers',
    'taken_identifiers',
  ]);
});
