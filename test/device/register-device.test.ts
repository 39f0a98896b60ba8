import { DeviceFixture } from '../support/device-fixture';
import { globalId } from '../support/global-id';
import { Rival } from '../support/rival';

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
const serial = (): { type: string; value: string } => ({ type: 'SERIAL', value: `REG-${(last += 1)}` });

function input(changes: object = {}): Record<string, unknown> {
  const { customers, itemId, sites } = fixture;
  return { customerId: customers.northside, itemId, siteId: sites.clinic, identifiers: [serial()], ...changes };
}

const DUPLICATE = 'The value of an identifier is already in use. Values are unique across the platform and all types.';

describe('registerDevice', () => {
  it.each([
    ['a site of the customer', 'clinic', 'AVAILABLE_AT_SITE'],
    ['a warehouse', 'warehouse', 'AVAILABLE'],
  ] as const)('registers a device at %s', async (_name, site, status) => {
    const siteId = fixture.sites[site];
    const identifiers = [
      { type: 'SIM_CARD_NUMBER', value: ` +1 555 010-1${100 + (last += 1)} ` },
      { type: 'MAC_ADDRESS', value: `aa:bb:cc:00:11:${10 + (last += 1)}` },
      serial(),
    ];

    const payload = await fixture.call('registerDevice', input({ siteId, identifiers }), 'operator');

    const id = payload.device!.databaseId;
    const [change] = await fixture.changes(id);
    const at = (change!.changed_at as Date).toISOString();
    expect(payload).toEqual({
      device: {
        id: globalId('Device', id),
        databaseId: id,
        currentStatus: status,
        statusChangedAt: at,
        updatedAt: at,
        version: 1,
        patient: null,
        site: { databaseId: siteId },
        currentAssociation: null,
        identifiers: [identifiers[2], identifiers[1], { type: 'SIM_CARD_NUMBER', value: identifiers[0]!.value.trim() }],
      },
      statusChange: {
        databaseId: change!.id,
        previousStatus: null,
        status,
        reason: 'REGISTERED',
        note: null,
        deviceVersion: 1,
        occurredAt: at,
        actor: { __typename: 'StaffActor', displayName: 'Operator demo key' },
        patient: null,
        previousPatient: null,
        site: { databaseId: siteId },
        previousSite: null,
      },
      userErrors: [],
    });
    expect(await fixture.changes(id)).toHaveLength(1);
    expect((await fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
    const document =
      'query ($id: ID!) { device(id: $id) { statusHistory { nodes { actor { __typename displayName } } } } }';
    expect(await fixture.app.data('northside', document, { id })).toEqual({
      device: { statusHistory: { nodes: [{ actor: { __typename: 'StaffActor', displayName: 'Impilo' } }] } },
    });
  });

  it.each([
    ['an unknown customer', () => ({ customerId: '77' }), 'CUSTOMER_NOT_FOUND', 'customer', 'customerId'],
    ['Impilo as the customer', () => ({ customerId: '0' }), 'CUSTOMER_NOT_FOUND', 'customer', 'customerId'],
    ['an unknown item', () => ({ itemId: '77' }), 'ITEM_NOT_FOUND', 'item', 'itemId'],
    [
      'an item that is a site',
      () => ({ itemId: globalId('Site', fixture.sites.clinic) }),
      'ITEM_NOT_FOUND',
      'item',
      'itemId',
    ],
    ['an unknown site', () => ({ siteId: '77' }), 'SITE_NOT_FOUND', 'site', 'siteId'],
    ['a site of another customer', () => ({ siteId: fixture.sites.lakeview }), 'SITE_NOT_FOUND', 'site', 'siteId'],
  ])('refuses %s', async (_name, change, code, thing, member) => {
    const message = `There is no such ${thing}. Check ${member}.`;

    await fixture.expectRefusal(
      'registerDevice',
      input(change()),
      { code, message, path: ['input', member] },
      'operator',
    );
  });

  it('refuses a site that is not active', async () => {
    const message = 'The site is not active. Reactivate it first, or choose another site.';
    const refusal = { code: 'SITE_INACTIVE', message, path: ['input', 'siteId'] };

    await fixture.expectRefusal('registerDevice', input({ siteId: fixture.sites.closed }), refusal, 'operator');
  });

  it('checks customer, item and site in this order', async () => {
    const wrong = { customerId: '77', itemId: '77', siteId: '77' };
    const codeOf = (changes: object) => fixture.refusalOf('registerDevice', input(changes), 'operator');

    expect(await codeOf(wrong)).toEqual(['CUSTOMER_NOT_FOUND']);
    expect(await codeOf({ ...wrong, customerId: '1' })).toEqual(['ITEM_NOT_FOUND']);
    expect(await codeOf({ siteId: '77' })).toEqual(['SITE_NOT_FOUND']);
  });

  it.each([
    ['none', [], ['identifiers'], 'identifiers must have at least one identifier.'],
    [
      'an empty value',
      [{ type: 'SERIAL', value: ' ' }],
      ['identifiers', '0', 'value'],
      'identifiers.0.value must not be empty.',
    ],
    [
      'a value of 65 characters',
      [{ type: 'SERIAL', value: 'x'.repeat(65) }],
      ['identifiers', '0', 'value'],
      'identifiers.0.value must have at most 64 characters.',
    ],
    [
      'a NUL character',
      [{ type: 'SERIAL', value: 'AB\0C' }],
      ['identifiers', '0', 'value'],
      'identifiers.0.value must not contain a NUL character.',
    ],
    [
      'a value of hyphens only',
      [{ type: 'SERIAL', value: '---' }],
      ['identifiers', '0', 'value'],
      'identifiers.0.value must not consist of spaces, colons and hyphens.',
    ],
    [
      'two of one type',
      [
        { type: 'SERIAL', value: 'TYPE1' },
        { type: 'SERIAL', value: 'TYPE2' },
      ],
      ['identifiers', '1', 'type'],
      'A device has at most one identifier of type SERIAL. Remove one of them.',
    ],
  ])('refuses %s in identifiers', async (_name, identifiers, path, message) => {
    const refusal = { code: 'INVALID_INPUT', message, path: ['input', ...path] };

    await fixture.expectRefusal('registerDevice', input({ identifiers }), refusal, 'operator');
  });

  it.each(['Z', '9'.repeat(64)])('accepts the serial number %s', async (value) => {
    const identifiers = [{ type: 'SERIAL', value }];

    expect(await fixture.call('registerDevice', input({ identifiers }), 'operator')).toMatchObject({
      device: { identifiers },
      userErrors: [],
    });
  });

  it('refuses a duplicate value in one call, in any spelling', async () => {
    const identifiers = [
      { type: 'SERIAL', value: '35 2099 0017 61481' },
      { type: 'IMEI', value: '35-209900-176148-1' },
    ];
    const refusal = { code: 'IDENTIFIER_TAKEN', message: DUPLICATE, path: ['input', 'identifiers', '1', 'value'] };

    await fixture.expectRefusal('registerDevice', input({ identifiers }), refusal, 'operator');
  });

  it('refuses a value that any device of any customer has, for any type, in any spelling', async () => {
    const { customers, sites } = fixture;
    const taken = '490154203237518';
    await fixture.call('registerDevice', input({ identifiers: [{ type: 'SERIAL', value: taken }] }), 'operator');
    const refusal = { code: 'IDENTIFIER_TAKEN', message: DUPLICATE, path: ['input', 'identifiers'] };

    for (const [type, value] of [
      ['SERIAL', taken],
      ['IMEI', '49-015420-323751-8'],
      ['SIM_CARD_NUMBER', '+49 0154 203237518'],
    ]) {
      const identifiers = [{ type, value }];
      await fixture.expectRefusal('registerDevice', input({ identifiers }), refusal, 'operator');
      const elsewhere = { customerId: customers.lakeview, siteId: sites.lakeview, identifiers };
      await fixture.expectRefusal('registerDevice', input(elsewhere), refusal, 'operator');
    }
  });

  it('two concurrent calls on two instances never register the same identifier', async () => {
    const { customers, sites } = fixture;
    const { id: other } = await fixture.freeDevice();
    const before = await fixture.written();
    const theirs = {
      customerId: customers.lakeview,
      siteId: sites.lakeview,
      identifiers: [{ type: 'SERIAL', value: 'race:1' }],
    };

    // Both wait at the unique index for a third transaction, which rolls back, so neither sees the row of the other.
    const responses = await rival.atOnce(
      `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, ${other}, 'IMEI', 'RACE1', 'RACE1')`,
      [
        () =>
          fixture.call('registerDevice', input({ identifiers: [{ type: 'SERIAL', value: 'RACE-1' }] }), 'operator', 0),
        () => fixture.call('registerDevice', input(theirs), 'operator', 1),
      ],
      'rollback',
    );

    // Either call may win.
    expect(responses.map(({ userErrors }) => userErrors.map(({ code }) => code)).sort()).toEqual([
      [],
      ['IDENTIFIER_TAKEN'],
    ]);
    const after = await fixture.written();
    for (const table of ['device', 'device_identifier', 'device_status_change', 'event']) {
      expect(after[table]!.rows).toBe(before[table]!.rows + 1);
    }
  });

  it('is for operators', async () => {
    for (const role of ['ADMIN', 'MEMBER', 'READ_ONLY', 'INGEST'] as const) {
      const message = `The role ${role} does not allow the action device:register.`;
      const caller = await fixture.key(role, fixture.customers.northside);
      await fixture.expectError('registerDevice', input(), { code: 'FORBIDDEN', message }, caller);
    }
  });
});
