import { DeviceFixture, type Caller, type Refusal } from '../support/device-fixture';
import { globalId } from '../support/global-id';
import { Rival } from '../support/rival';
import { Subscriber } from '../support/subscriber';

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

interface Identifier {
  type: string;
  value: string;
}
interface Change {
  id: string;
  databaseId: string;
  changes: { type: string; previousValue: string | null; value: string | null }[];
  note: string | null;
  deviceVersion: number;
  occurredAt: string;
  actor: { __typename: string; displayName: string };
  device: { databaseId: string };
}
interface Payload {
  device: { databaseId: string; version: number; updatedAt: string; identifiers: Identifier[] } | null;
  identifierChange: Change | null;
  userErrors: Refusal[];
}

const DEVICE = 'device { databaseId version updatedAt identifiers { type value } }';
const CHANGE = `id databaseId changes { type previousValue value } note deviceVersion occurredAt
  actor { __typename displayName } device { databaseId }`;
const DOCUMENT = `mutation ($input: UpdateDeviceIdentifiersInput!) { payload: updateDeviceIdentifiers(input: $input) {
  ${DEVICE} identifierChange { ${CHANGE} } userErrors { code message path } } }`;

async function update(input: object, caller: Caller = 'northside', instance = 0): Promise<Payload> {
  return (await fixture.app.data<{ payload: Payload }>(caller, DOCUMENT, { input }, instance)).payload;
}

async function historyOf(deviceId: string): Promise<Change[]> {
  const document = `query ($id: ID!) { device(id: $id) { identifierHistory { nodes { ${CHANGE} } } } }`;
  const { device } = await fixture.app.data<{ device: { identifierHistory: { nodes: Change[] } } }>(
    'northside',
    document,
    { id: deviceId },
  );
  return device.identifierHistory.nodes;
}

let last = 0;
/** Values that no other test has. */
const iccid = () => `890126085229${String((last += 1)).padStart(7, '0')}`.replace(/0$/, '1') + 'F';
const serial = (value: string): Identifier => ({ type: 'SERIAL', value });

async function expectRefused(input: object, refusal: Refusal, caller: Caller = 'northside'): Promise<Payload> {
  const before = await fixture.written();
  const payload = await update(input, caller);
  expect(payload.userErrors).toEqual([refusal]);
  expect(payload.identifierChange).toBeNull();
  expect(await fixture.written()).toEqual(before);
  return payload;
}

it('adds, replaces and removes identifiers, and records who changed what and when', async () => {
  const { id, serial: before } = await fixture.freeDevice();
  const [first, second] = [iccid(), iccid()];

  const added = await update({
    deviceId: id,
    identifiers: [{ type: 'ICCID', value: ` ${first} ` }],
    note: 'A SIM card',
  });
  const replaced = await update(
    {
      deviceIdentifier: first,
      identifiers: [
        { type: 'ICCID', value: second },
        { type: 'SIM_CARD_NUMBER', value: '+1 (555) 010-7001' },
      ],
    },
    'operator',
  );
  const removed = await update({ deviceId: id, identifiers: [serial('TYPO-1')], removeTypes: ['SIM_CARD_NUMBER'] });

  expect(added).toEqual({
    device: {
      databaseId: id,
      version: 2,
      updatedAt: added.identifierChange!.occurredAt,
      identifiers: [serial(before), { type: 'ICCID', value: first }],
    },
    identifierChange: {
      id: globalId('DeviceIdentifierChange', added.identifierChange!.databaseId),
      databaseId: added.identifierChange!.databaseId,
      changes: [{ type: 'ICCID', previousValue: null, value: first }],
      note: 'A SIM card',
      deviceVersion: 2,
      occurredAt: added.identifierChange!.occurredAt,
      actor: { __typename: 'ApiKeyActor', displayName: 'Northside demo key' },
      device: { databaseId: id },
    },
    userErrors: [],
  });
  expect(replaced).toMatchObject({
    device: { version: 3, identifiers: [serial(before), { value: second }, { value: '+1 (555) 010-7001' }] },
    identifierChange: {
      changes: [
        { type: 'ICCID', previousValue: first, value: second },
        { type: 'SIM_CARD_NUMBER', previousValue: null, value: '+1 (555) 010-7001' },
      ],
      actor: { __typename: 'StaffActor', displayName: 'Operator demo key' },
    },
    userErrors: [],
  });
  expect(removed).toMatchObject({
    device: { version: 4, identifiers: [serial('TYPO-1'), { type: 'ICCID', value: second }] },
    identifierChange: {
      changes: [
        { type: 'SERIAL', previousValue: before, value: 'TYPO-1' },
        { type: 'SIM_CARD_NUMBER', previousValue: '+1 (555) 010-7001', value: null },
      ],
    },
    userErrors: [],
  });
  const asCustomer = { ...replaced.identifierChange!, actor: { __typename: 'StaffActor', displayName: 'Impilo' } };
  expect(await historyOf(id)).toEqual([removed.identifierChange, asCustomer, added.identifierChange]);
  const node = `query ($id: ID!) { node(id: $id) { ... on DeviceIdentifierChange { ${CHANGE} } } }`;
  expect(await fixture.app.data('northside', node, { id: added.identifierChange!.id })).toEqual({
    node: added.identifierChange,
  });
  // The status, holder and site are the same, so their history has no new entry.
  expect(await fixture.changes(id)).toHaveLength(1);
  expect((await fixture.events(id)).map(({ type }) => type)).toEqual(Array(3).fill('device.identifiersChanged'));
});

it('the new value names the device at once, and the old one no more', async () => {
  const { id, serial: before } = await fixture.freeDevice();
  await update({ deviceId: id, identifiers: [serial('SWAP-1')] });

  const lost = { status: 'LOST' };
  expect((await fixture.call('updateDeviceStatus', { ...lost, deviceIdentifier: 'swap 1' })).userErrors).toEqual([]);
  expect(await fixture.refusalOf('updateDeviceStatus', { ...lost, deviceIdentifier: before })).toEqual([
    'DEVICE_NOT_FOUND',
  ]);
  const other = await fixture.freeDevice();
  const taken = await update({ deviceId: other.id, identifiers: [{ type: 'SERIAL', value: before }] });
  expect(taken).toMatchObject({ device: { identifiers: [serial(before)] }, userErrors: [] });
});

it('two identifiers of a device exchange their values in one call', async () => {
  const { id } = await fixture.freeDevice();
  await update({ deviceId: id, identifiers: [serial('352099001761481')] });
  await update({ deviceId: id, identifiers: [serial('A-7'), { type: 'IMEI', value: '352099001761481' }] });

  const swapped = await update({
    deviceId: id,
    identifiers: [serial('352099001761481'), { type: 'IMEI', value: '490154203237518' }],
  });

  expect(swapped).toMatchObject({
    device: { identifiers: [serial('352099001761481'), { type: 'IMEI', value: '490154203237518' }] },
    userErrors: [],
  });
});

it('a repeated call changes nothing, whatever version it expects', async () => {
  const { id } = await fixture.freeDevice();
  const input = { deviceId: id, identifiers: [serial('REPEATED-1')], removeTypes: ['IMEI'], expectedVersion: 1 };
  await update(input);
  const before = await fixture.written();

  const again = await update(input);

  expect(again).toMatchObject({
    device: { version: 2, identifiers: [serial('REPEATED-1')] },
    identifierChange: null,
    userErrors: [],
  });
  expect(await fixture.written()).toEqual(before);
});

it('a call with an idempotency key is carried out once, even if the key is its only repetition', async () => {
  const { serial: before } = await fixture.freeDevice();
  const input = { deviceIdentifier: before, identifiers: [serial('KEYED-1')], idempotencyKey: 'identifiers-1' };
  const first = await update(input);

  expect(first.userErrors).toEqual([]);
  expect(await update(input)).toEqual(first);
  expect((await update({ ...input, idempotencyKey: 'identifiers-2' })).userErrors).toMatchObject([
    { code: 'DEVICE_NOT_FOUND', path: ['input', 'deviceIdentifier'] },
  ]);
});

it('refuses an unexpected version and returns the device', async () => {
  const { id } = await fixture.freeDevice();
  const payload = await expectRefused(
    { deviceId: id, identifiers: [serial('STALE-1')], expectedVersion: 7 },
    {
      code: 'STALE_VERSION',
      message: 'The device is at version 1, not 7. Read it again before you change it.',
      path: ['input', 'expectedVersion'],
    },
  );
  expect(payload.device).toMatchObject({ databaseId: id, version: 1 });
});

it('refuses to remove the last identifier', async () => {
  const { id } = await fixture.freeDevice();
  const message = 'A device has at least one identifier. Give another one in the same call.';
  const refusal = { code: 'LAST_IDENTIFIER', message, path: ['input', 'deviceId'] };

  await expectRefused({ deviceId: id, removeTypes: ['SERIAL'] }, refusal);
  const instead = { deviceId: id, removeTypes: ['SERIAL'], identifiers: [{ type: 'ICCID', value: iccid() }] };
  expect((await update(instead)).userErrors).toEqual([]);
});

it('refuses what another device has, of any customer and in any form', async () => {
  const mine = await fixture.freeDevice();
  const theirs = await fixture.device({ status: 'LOST', customerId: fixture.customers.lakeview });
  await update({ deviceId: theirs.id, identifiers: [{ type: 'MAC_ADDRESS', value: '00:1B:44:11:3A:C1' }] }, 'operator');
  const message = 'The value of an identifier is already in use. Values are unique across the platform and all types.';
  const refusal = { code: 'IDENTIFIER_TAKEN', message, path: ['input', 'identifiers'] };

  for (const caller of ['northside', 'operator'] as const) {
    await expectRefused({ deviceId: mine.id, identifiers: [serial(theirs.serial.toLowerCase())] }, refusal, caller);
    const address = { type: 'MAC_ADDRESS', value: '001b.4411.3ac1' };
    await expectRefused({ deviceId: mine.id, identifiers: [address] }, refusal, caller);
  }
});

it.each<[string, object, string[], string]>([
  ['neither identifiers nor types', {}, ['identifiers'], 'Give identifiers or removeTypes.'],
  ['empty lists', { identifiers: [], removeTypes: [] }, ['identifiers'], 'Give identifiers or removeTypes.'],
  [
    'a type that is replaced and removed',
    { identifiers: [serial('BOTH-1')], removeTypes: ['IMEI', 'SERIAL'] },
    ['removeTypes', '1'],
    'identifiers has a new value for SERIAL. Omit the type here: the new value replaces the old one.',
  ],
  [
    'two of one type',
    { identifiers: [serial('TWO-1'), serial('TWO-2')] },
    ['identifiers', '1', 'type'],
    'A device has at most one identifier of type SERIAL. Remove one of them.',
  ],
  [
    'a value without the form of its type',
    { identifiers: [{ type: 'IMEI', value: '3.56938E14' }] },
    ['identifiers', '0', 'value'],
    'identifiers.0.value must not be a number that a spreadsheet has rounded. Format the column as text and export the original value again.',
  ],
])('refuses %s', async (_name, members, path, message) => {
  const { id } = await fixture.freeDevice();

  await expectRefused({ deviceId: id, ...members }, { code: 'INVALID_INPUT', message, path: ['input', ...path] });
});

it('of two concurrent calls for one device, one waits for the other', async () => {
  const { id } = await fixture.freeDevice();
  const responses = await rival.atOnce(`select from device where id = ${id} for update`, [
    () => update({ deviceId: id, identifiers: [serial('ONE-1')], expectedVersion: 1 }, 'northside', 0),
    () => update({ deviceId: id, identifiers: [serial('OTHER-1')], expectedVersion: 1 }, 'northside', 1),
  ]);

  expect(responses.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([[], ['STALE_VERSION']]);
  expect(await historyOf(id)).toHaveLength(1);
});

it('two concurrent calls never give one value to two devices', async () => {
  const [one, other, third] = await Promise.all([1, 2, 3].map(() => fixture.freeDevice()));
  const [address, sameAddress] = ['00:1B:44:11:3A:D1', '001b.4411.3ad1'];
  const addressOf = (value: string) => [{ type: 'MAC_ADDRESS', value }];

  // Both wait at the unique index for a third transaction, which rolls back, so neither sees the row of the other.
  const responses = await rival.atOnce(
    `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, ${third!.id}, 'MAC_ADDRESS', '${address}', '001B44113AD1')`,
    [
      () => update({ deviceId: one!.id, identifiers: addressOf(address) }, 'northside', 0),
      () => update({ deviceId: other!.id, identifiers: addressOf(sameAddress) }, 'operator', 1),
    ],
    'rollback',
  );

  expect(responses.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([
    [],
    ['IDENTIFIER_TAKEN'],
  ]);
});

it('a change of the status and one of the identifiers follow each other', async () => {
  const { id } = await fixture.freeDevice();
  const [status, identifiers] = await rival.atOnce<unknown>(`select from device where id = ${id} for update`, [
    () => fixture.call('updateDeviceStatus', { deviceId: id, status: 'LOST' }, 'northside', 0),
    () => update({ deviceId: id, identifiers: [serial('BESIDE-1')] }, 'northside', 1),
  ]);

  expect([status, identifiers]).toMatchObject([{ userErrors: [] }, { userErrors: [] }]);
  expect(await fixture.row(id)).toMatchObject({ status: 'LOST', version: 3 });
});

it('is streamed to the subscribers of the customer and of the operators', async () => {
  const [device, other] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const document = `subscription ($filter: DeviceIdentifierChangeFilter, $after: String) {
    deviceIdentifiersChanged(filter: $filter, after: $after) { cursor change { ${CHANGE} } } }`;
  const subscribe = async (caller: 'northside' | 'operator' | 'lakeview', filter?: object) => {
    const { streamCursor: after } = await fixture.app.data<{ streamCursor: string }>(caller, '{ streamCursor }');
    return new Subscriber<{ deviceIdentifiersChanged: { cursor: string; change: Change } }>(
      fixture.app.urls[1]!,
      caller,
      document,
      { after, filter },
    );
  };
  const subscribers = [
    await subscribe('northside', { deviceIds: [device.id] }),
    await subscribe('operator', { customerIds: ['1'] }),
    await subscribe('lakeview'),
  ];
  await update({ deviceId: other.id, identifiers: [serial('OTHER-DEVICE')] });
  const { identifierChange } = await update({ deviceId: device.id, identifiers: [serial('STREAMED-1')] });

  const { received } = await subscribers[0]!.count(1);
  expect(received[0]!.data!.deviceIdentifiersChanged.change).toEqual(identifierChange);
  const ofAll = await subscribers[1]!.count(2);
  expect(ofAll.received.map(({ data }) => data!.deviceIdentifiersChanged.change.changes[0]!.value)).toEqual([
    'OTHER-DEVICE',
    'STREAMED-1',
  ]);
  expect(subscribers[2]!.received).toEqual([]);
  await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
});

it('is for members, administrators and operators', async () => {
  const { northside, lakeview } = fixture.customers;
  const { id } = await fixture.freeDevice();
  for (const role of ['READ_ONLY', 'INGEST'] as const) {
    const { errors } = await fixture.app.query(await fixture.key(role, northside), DOCUMENT, {
      input: { deviceId: id, identifiers: [serial('FORBIDDEN-1')] },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  const member = await update(
    { deviceId: id, identifiers: [serial('MEMBER-1')] },
    await fixture.key('MEMBER', northside),
  );
  expect(member.userErrors).toEqual([]);
  await expectRefused(
    { deviceId: id, identifiers: [serial('ELSEWHERE-1')] },
    { code: 'DEVICE_NOT_FOUND', message: 'There is no such device. Check deviceId.', path: ['input', 'deviceId'] },
    await fixture.key('ADMIN', lakeview),
  );
});

it('needs one device: no reference, and two that disagree, are refused', async () => {
  const [one, other] = [await fixture.freeDevice(), await fixture.freeDevice()];
  const identifiers = [serial('REFERENCE-1')];
  await expectRefused(
    { identifiers },
    {
      code: 'REFERENCE_MISSING',
      message: 'Give deviceId or deviceIdentifier.',
      path: ['input', 'deviceId'],
    },
  );
  await expectRefused(
    { deviceId: one.id, deviceIdentifier: other.serial, identifiers },
    {
      code: 'REFERENCE_MISMATCH',
      message: 'deviceId and deviceIdentifier name different devices.',
      path: ['input', 'deviceIdentifier'],
    },
  );
});
