import { cleanIdentifier, plainKey, readIdentifier } from '../../src/features/device/device-identifier-forms';
import { UpgradeDatabase } from '../support/upgrade-database';

const MIGRATION = 'FormsOfIdentifiers1795652800000';

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(MIGRATION);
  await database.admin.query(`
    insert into customer (name) values ('One');
    insert into site (customer_id, name) values (1, 'Clinic');
    insert into item (name, reading_kinds) values ('Cuff', '{}')`);
});
afterAll(() => database.drop());

/** Stores an identifier of a new device, as earlier releases do. */
async function store(type: string, value: string): Promise<void> {
  await database.admin.query(
    `with d as (
      insert into device (customer_id, item_id, current_status, site_customer_id, site_id)
      values (1, 1, 'AVAILABLE_AT_SITE', 1, 1) returning id
    )
    insert into device_identifier (customer_id, device_id, type, value, normalized)
      select 1, id, $1, $2, upper(regexp_replace($2, '[[:space:]:-]', '', 'g')) from d`,
    [type, value],
  );
}

const keys = () =>
  database.rows('select type, value, normalized as key from device_identifier order by device_id, type');

/** What earlier releases accept: letters, digits, spaces and `:._/-`. */
const VALUES = [
  ['SERIAL', '00:1B.44'],
  ['MAC_ADDRESS', '00:1B:44:11:3A:B7'],
  ['MAC_ADDRESS', '0:1c:44:11:3a:b7'],
  ['MAC_ADDRESS', '001d.4411.3ab7'],
  ['MAC_ADDRESS', '001e44113ab7'],
  ['MAC_ADDRESS', '00-1B-44-FF-FE-11-3A-B7'],
  ['MAC_ADDRESS', 'no address'],
  ['IMEI', '35-209900-176148-1'],
  ['IMEI', '490154.203237.51 99'],
  ['IMEI', '356938/03/564380/9'],
  ['IMEI', '356938035643800'],
  ['IMEI', 'HELLO'],
  ['ICCID', '8901 2608 5229 1234 567'],
  ['ICCID', '89012608522912345682'],
  ['ICCID', '8901260852291234569f'],
  ['ICCID', '8901'],
  ['SIM_CARD_NUMBER', '1.555.010.1234'],
  ['SIM_CARD_NUMBER', '44 7700 900123'],
  ['SIM_CARD_NUMBER', '5550101234'],
  ['SIM_CARD_NUMBER', 'SIM 5793 000001'],
] as const;

/** Devices that earlier releases stored although each pair has the same address. The older one gets the key. */
const CONFLICTS = [
  ['MAC_ADDRESS', '00:AA:44:11:3A:B7', '00AA44113AB7'],
  ['MAC_ADDRESS', '00aa.4411.3ab7', '00AA.4411.3AB7'],
  ['MAC_ADDRESS', '00ab.4411.3ab7', '00AB44113AB7'],
  ['MAC_ADDRESS', '00.ab.44.11.3a.b7', '00.AB.44.11.3A.B7'],
] as const;

it('existing identifiers get the keys that new ones have, or keep their own if they do not have the form', async () => {
  for (const [type, value] of [...VALUES, ...CONFLICTS]) await store(type, value);

  await database.run(MIGRATION);

  const expected = VALUES.map(([type, value]) => {
    const read = readIdentifier(type, cleanIdentifier(value));
    return { type, value, key: 'key' in read ? read.key : plainKey(value) };
  });
  expect(expected.filter(({ value, key }) => key !== plainKey(value))).toHaveLength(7);
  expect(await keys()).toEqual([...expected, ...CONFLICTS.map(([type, value, key]) => ({ type, value, key }))]);
  expect(
    await database.rows(`select relname from pg_class where relname = 'device_identifier' and not relforcerowsecurity`),
  ).toEqual([]);
});

it('identifiers that earlier releases add afterwards get the same keys', async () => {
  await database.admin.query('delete from device_identifier');
  for (const [type, value] of VALUES) await store(type, value);

  expect(await keys()).toEqual(
    VALUES.map(([type, value]) => {
      const read = readIdentifier(type, cleanIdentifier(value));
      return { type, value, key: 'key' in read ? read.key : plainKey(value) };
    }),
  );
});
