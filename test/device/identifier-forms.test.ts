import { checkDigitOf, cleanIdentifier, readIdentifier } from '../../src/features/device/device-identifier-forms';
import { DeviceFixture } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

type Type = 'SERIAL' | 'IMEI' | 'ICCID' | 'MAC_ADDRESS' | 'SIM_CARD_NUMBER';

/** Writings of one identifier each. */
const WRITINGS: [Type, string, ...string[]][] = [
  ['SERIAL', 'A&D-9', 'a&d 9', ' A&D:9 ', 'A&D–9', 'A&\u200bD9'],
  ['SERIAL', 'Nº 5/Ä_#1', 'nº 5/ä_#1', 'Nº5/A\u0308_#1', 'Nº\u00a05/Ä_#1'],
  ['IMEI', '352099001761481', '35-209900-176148-1', '35 209900 176148 1', '352099/00/176148/1', '3520990017614823'],
  ['MAC_ADDRESS', '00:1B:44:11:3A:B7', '001b.4411.3ab7', '00-1B-44-11-3A-B7', '001B44113AB7', '0:1b:44:11:3a:b7'],
  ['MAC_ADDRESS', '00 1b 44 11 3a b8', '001b44-113ab8', '001b:4411:3ab8', '0x001B44113AB8'],
  ['MAC_ADDRESS', '00:1B:44:FF:FE:11:3A:B7', '001b.44ff.fe11.3ab7'],
  ['ICCID', '8901260852291234567', '8901 2608 5229 1234 567', '89012608522912345672', '8901260852291234567F'],
  ['SIM_CARD_NUMBER', '+15550101234', '+1 (555) 010-1234', '1-555-010-1234', '+1.555.010.1234', '15550101234'],
  ['SIM_CARD_NUMBER', '+44 7700 900123', '447700900123', '\u202a+447700900123\u202c'],
];

async function register(identifiers: { type: Type; value: string }[]) {
  const { customers, itemId, sites } = fixture;
  const input = { customerId: customers.northside, itemId, siteId: sites.clinic, identifiers };
  return fixture.call('registerDevice', input, 'operator');
}

async function found(document: string, variables: Record<string, unknown>): Promise<unknown> {
  return fixture.app.data('northside', document, variables);
}

it.each(WRITINGS)('%s %s names one device in every writing', async (type, value, ...others) => {
  const { device, userErrors } = await register([{ type, value }]);
  expect(userErrors).toEqual([]);
  expect(device!.identifiers).toEqual([{ type, value }]);
  const id = device!.databaseId;

  for (const identifier of [value, ...others]) {
    const document = `query ($identifier: String!, $type: DeviceIdentifierType!) {
      byType: deviceByIdentifier(identifier: $identifier, type: $type) { databaseId }
      byValue: deviceByIdentifier(identifier: $identifier) { databaseId }
      filtered: devices(filter: { identifiers: [$identifier] }) { nodes { databaseId } }
      searched: devices(search: $identifier) { nodes { databaseId } } }`;
    const one = { nodes: [{ databaseId: id }] };
    expect(await found(document, { identifier, type })).toEqual({
      byType: { databaseId: id },
      byValue: { databaseId: id },
      filtered: one,
      searched: one,
    });
    const again = await register([{ type, value: identifier }]);
    expect(again.userErrors.map(({ code }) => code)).toEqual(['IDENTIFIER_TAKEN']);
    const changed = await fixture.call('updateDeviceStatus', { deviceIdentifier: identifier, status: 'LOST' });
    expect(changed).toMatchObject({ device: { databaseId: id }, userErrors: [] });
    const [many] = await fixture.callMany('updateDeviceStatus', [{ deviceIdentifier: identifier, status: 'LOST' }]);
    expect(many).toMatchObject({ device: { databaseId: id }, userErrors: [] });
  }
});

const SPREADSHEET = 'Format the column as text and export the original value again.';

it.each<[Type, string, string]>([
  ['IMEI', 'HELLO', 'must be an IMEI of 15 digits, such as 352099001761481.'],
  ['IMEI', '352099001761482', 'must be an IMEI whose last digit, the check digit, matches the others.'],
  ['IMEI', '3.56938E14', `must not be a number that a spreadsheet has rounded. ${SPREADSHEET}`],
  ['IMEI', '3,56938E+14', `must not be a number that a spreadsheet has rounded. ${SPREADSHEET}`],
  ['IMEI', '352099001761481.0', `must not be a number to which a spreadsheet has added decimals. ${SPREADSHEET}`],
  ['IMEI', '356938000000000', /ends in zeros, as if a spreadsheet had rounded it/.source],
  [
    'IMEI',
    "'352099001761481",
    `must not be a text with the apostrophe that a spreadsheet puts before it. ${SPREADSHEET}`,
  ],
  ['IMEI', '35209900176148', /a spreadsheet has dropped a zero at its beginning/.source],
  ['IMEI', '35209900176148199', 'must be an IMEI of 15 digits. This one has 17.'],
  ['IMEI', '000000000000000', /ends in zeros/.source],
  ['ICCID', '890126085229123456', 'must be an ICCID of 19 or 20 digits, such as 8901260852291234567. This one has 18.'],
  ['ICCID', '8.90126085229123E+18', `must not be a number that a spreadsheet has rounded. ${SPREADSHEET}`],
  ['ICCID', '8901260852291230000', /ends in zeros, as if a spreadsheet had rounded it/.source],
  ['ICCID', 'SIM-1', 'must be an ICCID of 19 or 20 digits, such as 8901260852291234567.'],
  ['MAC_ADDRESS', 'HELLO', 'must be a MAC address of 12 hexadecimal digits, such as 00:1B:44:11:3A:B7.'],
  ['MAC_ADDRESS', '1B44113AB7', /A spreadsheet may have dropped zeros at its beginning/.source],
  ['MAC_ADDRESS', '00:1B:44:11:3A:B7:01', 'must be a MAC address of 12 hexadecimal digits. This one has 14.'],
  ['MAC_ADDRESS', 'FF:FF:FF:FF:FF:FF', 'must name one device. This address stands for none or for all.'],
  ['SIM_CARD_NUMBER', 'SIM 5793', 'must be a phone number with its country code, such as +15550101234.'],
  ['SIM_CARD_NUMBER', '(555) 010-1234', 'must begin with a plus sign and the country code, such as +15550101234.'],
  ['SIM_CARD_NUMBER', '+1 555 0101', 'must have ten digits after the country code 1, such as +15550101234.'],
  ['SIM_CARD_NUMBER', '1.55501E+10', `must not be a number that a spreadsheet has rounded. ${SPREADSHEET}`],
  ['SERIAL', '1.23457E+13', `must not be a number that a spreadsheet has rounded. ${SPREADSHEET}`],
  ['SERIAL', '#N/A', `must not be an error of a spreadsheet. ${SPREADSHEET}`],
  ['SERIAL', '="0012"', `must not be a formula of a spreadsheet. ${SPREADSHEET}`],
  ['SERIAL', 'two\nlines', 'must have printable characters only.'],
  ['SERIAL', '\u200b\u2060', 'must not be empty.'],
])('%s %j is refused', async (type, value, message) => {
  const { userErrors } = await register([{ type, value }]);

  expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'identifiers', '0', 'value'] }]);
  if (message.endsWith('.')) expect(userErrors[0]!.message).toBe(`identifiers.0.value ${message}`);
  else expect(userErrors[0]!.message).toContain(message);
});

it.each(['5E10', '1E5', '12345.0', 'E+1', "O'Neil-7", '=5', '日本-12'])('the serial number %s is accepted', (value) => {
  expect(readIdentifier('SERIAL', cleanIdentifier(value))).toHaveProperty('key');
});

it('a value that names a device in another form belongs to that device', async () => {
  const { device } = await register([{ type: 'IMEI', value: '490154203237518' }]);
  // As an IMEISV, this serial number would name the device above.
  const version = { type: 'SERIAL', value: '4901542032375199' } as const;
  expect((await register([version])).userErrors.map(({ code }) => code)).toEqual(['IDENTIFIER_TAKEN']);

  const both = await register([
    { type: 'SERIAL', value: '3569380356438055' },
    { type: 'IMEI', value: '356938035643809' },
  ]);

  expect(both.userErrors).toEqual([]);
  const document = 'query ($identifier: String!) { deviceByIdentifier(identifier: $identifier) { databaseId } }';
  expect(await found(document, { identifier: '3569380356438099' })).toEqual({
    deviceByIdentifier: { databaseId: both.device!.databaseId },
  });
  expect(await found(document, { identifier: version.value })).toEqual({
    deviceByIdentifier: { databaseId: device!.databaseId },
  });
});

it('a form counts for identifiers of its type only', async () => {
  await register([{ type: 'SERIAL', value: '1234567890123456789' }]);
  const document = `query ($identifier: String!) { deviceByIdentifier(identifier: $identifier) { databaseId }
    devices(filter: { identifiers: [$identifier] }) { nodes { databaseId } } }`;

  // As an ICCID it would be compared by its first 19 digits, but the device has a serial number.
  expect(await found(document, { identifier: '12345678901234567890' })).toEqual({
    deviceByIdentifier: null,
    devices: { nodes: [] },
  });
});

it('values that broke the rule before it existed still name their device', async () => {
  const { id } = await fixture.freeDevice();
  await fixture.sql(
    `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, ${id}, 'IMEI', 'hello-9', 'HELLO9')`,
  );
  const document = `{ byType: deviceByIdentifier(identifier: "Hello 9", type: IMEI) { databaseId identifiers { value } }
    byOther: deviceByIdentifier(identifier: "Hello 9", type: ICCID) { databaseId } }`;

  expect(await found(document, {})).toEqual({
    byType: { databaseId: id, identifiers: [{ value: `DEVICE-1` }, { value: 'hello-9' }] },
    byOther: null,
  });
  expect(await fixture.call('updateDeviceStatus', { deviceIdentifier: 'HELLO-9', status: 'LOST' })).toMatchObject({
    device: { databaseId: id },
    userErrors: [],
  });
});

it.each([
  ['35209900176148', '1'],
  ['49015420323751', '8'],
  ['7992739871', '3'],
])('the check digit of %s is %s', (digits, expected) => {
  expect(checkDigitOf(digits)).toBe(expected);
});
