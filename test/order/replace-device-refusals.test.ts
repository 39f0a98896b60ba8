import type { Situation, Status } from '../support/device-fixture';
import { expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

const MESSAGES = {
  DEVICE_IN_TRANSIT: 'The device is in an open order. Wait until it has arrived.',
  DEVICE_AT_IMPILO_SITE:
    'The device is in an Impilo warehouse. Only a device with a patient or at a site of the customer can be replaced.',
  DEVICE_NOT_REPLACEABLE:
    'No patient has the device, and it is at no site. Say where it is with cancelReturn, then replace it.',
  PATIENT_ARCHIVED: 'The patient who would receive the devices is archived. Unarchive the patient first.',
  SITE_INACTIVE: 'The site that would receive the devices is not active. Reactivate it first.',
  NO_REPLACEMENT_IN_STOCK: "The customer's stock has no other device of this item.",
};

type Where = () => Omit<Situation, 'status'>;
const nowhere: Where = () => ({});
const stock: Where = () => ({ siteId: orders.fixture.sites.warehouse });
const atClinic: Where = () => ({ siteId: orders.fixture.sites.clinic });
const held: Where = () => ({ holderId: orders.fixture.patients.ann });
const heldAtClinic: Where = () => ({ ...held(), ...atClinic() });
const ordered: Where = () => ({ inOrder: true });
const orderedAndHeld: Where = () => ({ ...held(), inOrder: true });

/** Every situation of a device without a return leg, with the status after its replacement, or the code of the refusal. */
const TABLE: [Status, string, Where, Status | keyof typeof MESSAGES][] = [
  ['AVAILABLE', 'in a warehouse', stock, 'DEVICE_AT_IMPILO_SITE'],
  ['AVAILABLE_AT_SITE', 'at a site', atClinic, 'RETURNING'],
  ['WITH_PATIENT', 'at no site', held, 'RETURNING'],
  ['WITH_PATIENT', 'at a site', heldAtClinic, 'RETURNING'],
  ['WITH_PATIENT', 'in its order', orderedAndHeld, 'DEVICE_IN_TRANSIT'],
  ['IN_TRANSIT', 'to a patient', orderedAndHeld, 'DEVICE_IN_TRANSIT'],
  ['IN_TRANSIT', 'to a site', ordered, 'DEVICE_IN_TRANSIT'],
  ['RETURNING', 'at no site', nowhere, 'DEVICE_NOT_REPLACEABLE'],
  ...(['DECOMMISSIONED', 'LOST'] as const).flatMap((status): typeof TABLE => [
    [status, 'in a warehouse', stock, 'DEVICE_AT_IMPILO_SITE'],
    [status, 'at a site', atClinic, status],
    [status, 'with a patient', held, status],
    [status, 'with a patient at a site', heldAtClinic, status],
    [status, 'in an order to a site', ordered, 'DEVICE_IN_TRANSIT'],
    [status, 'in an order to a patient', orderedAndHeld, 'DEVICE_IN_TRANSIT'],
    [status, 'at no site', nowhere, 'DEVICE_NOT_REPLACEABLE'],
  ]),
];

const refusalOf = (code: keyof typeof MESSAGES, member = 'deviceId') => ({
  code,
  message: MESSAGES[code],
  path: ['input', member],
});

describe('replaceDevice', () => {
  it.each(TABLE)('replaces or refuses a device that is %s %s', async (status, _where, where, outcome) => {
    const [spare] = await orders.stock();
    const { id, serial } = await orders.fixture.device({ status, ...where() });

    if (outcome in MESSAGES) {
      const code = outcome as keyof typeof MESSAGES;
      await orders.expectRefusal('replaceDevice', { deviceId: id }, refusalOf(code));
      await orders.expectRefusal('replaceDevice', { deviceIdentifier: serial }, refusalOf(code, 'deviceIdentifier'));
      return;
    }
    const { holderId = null } = where();
    const order = await orders.done('replaceDevice', { deviceId: id, expectedVersion: 1 });
    expect(order).toMatchObject({ patient: holderId && { databaseId: holderId } });
    await expectDevices(orders, {
      [id]: { ...NOWHERE, status: outcome as Status, onReturnLeg: true, version: 2 },
      [spare!.id]: { ...NOWHERE, status: 'IN_TRANSIT', holderId, inOrder: true, version: 2 },
    });
  });

  it('refuses if the stock has no device of the item, and changes nothing', async () => {
    const { customers, sites } = orders.fixture;
    await orders.stock(1, { itemId: orders.items.scale });
    await orders.stock(1, { customerId: customers.lakeview });
    await orders.fixture.device({ status: 'LOST', siteId: sites.warehouse });
    await orders.fixture.device({ status: 'DECOMMISSIONED', siteId: sites.warehouse });
    await orders.fixture.freeDevice();
    const refusal = refusalOf('NO_REPLACEMENT_IN_STOCK');

    for (const where of [held, atClinic]) {
      const { id } = await orders.fixture.device({ status: 'LOST', ...where() });
      await orders.expectRefusal('replaceDevice', { deviceId: id }, refusal);
    }
  });

  it('refuses for an archived patient and for a deactivated site', async () => {
    const { archived } = orders.fixture.patients;
    const { closed } = orders.fixture.sites;
    await orders.stock(2);
    const ofPatient = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: archived });
    const ofSite = await orders.fixture.device({ status: 'AVAILABLE_AT_SITE', siteId: closed });

    await orders.expectRefusal('replaceDevice', { deviceId: ofPatient.id }, refusalOf('PATIENT_ARCHIVED'));
    await orders.expectRefusal(
      'replaceDevice',
      { deviceIdentifier: ofSite.serial },
      refusalOf('SITE_INACTIVE', 'deviceIdentifier'),
    );
  });

  it('ignores that the site is inactive if a patient has the device', async () => {
    await orders.stock();
    const where = { holderId: orders.fixture.patients.ann, siteId: orders.fixture.sites.closed };
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', ...where });

    expect((await orders.done('replaceDevice', { deviceId: id })).kind).toBe('REPLACEMENT');
  });

  it('refuses another version and returns the current device', async () => {
    await orders.stock();
    const { id } = await orders.fixture.freeDevice();
    const site = { databaseId: orders.fixture.sites.clinic };
    const defectiveDevice = {
      databaseId: id,
      currentStatus: 'AVAILABLE_AT_SITE',
      version: 1,
      patient: null,
      site,
    } as const;

    for (const expectedVersion of [0, 2]) {
      const message = `The device is at version 1, not ${expectedVersion}. Read it again before you change it.`;
      const refusal = { code: 'STALE_VERSION', message, path: ['input', 'expectedVersion'] };
      await orders.expectRefusal('replaceDevice', { deviceId: id, expectedVersion }, refusal, 'northside', {
        defectiveDevice,
      });
    }
  });

  it("refuses another customer's device and an unknown device", async () => {
    await orders.stock();
    const theirs = await orders.fixture.device({
      status: 'AVAILABLE_AT_SITE',
      customerId: orders.fixture.customers.lakeview,
      siteId: orders.fixture.sites.lakeview,
    });
    const notFound = (member: string) => ({
      code: 'DEVICE_NOT_FOUND',
      message: `There is no such device. Check ${member}.`,
      path: ['input', member],
    });

    for (const deviceId of [theirs.id, '999999']) {
      await orders.expectRefusal('replaceDevice', { deviceId }, notFound('deviceId'));
    }
    for (const deviceIdentifier of [theirs.serial, 'NO-SUCH-DEVICE']) {
      await orders.expectRefusal('replaceDevice', { deviceIdentifier }, notFound('deviceIdentifier'));
    }
  });

  it('refuses a missing reference, and two references that disagree', async () => {
    await orders.stock();
    const [one, other] = [await orders.fixture.freeDevice(), await orders.fixture.freeDevice()];

    await orders.expectRefusal(
      'replaceDevice',
      { note: 'which one?' },
      { code: 'REFERENCE_MISSING', message: 'Give deviceId or deviceIdentifier.', path: ['input', 'deviceId'] },
    );
    await orders.expectRefusal(
      'replaceDevice',
      { deviceId: one.id, deviceIdentifier: other.serial },
      {
        code: 'REFERENCE_MISMATCH',
        message: 'deviceId and deviceIdentifier name different devices.',
        path: ['input', 'deviceIdentifier'],
      },
    );
    const agreeing = { deviceId: one.id, deviceIdentifier: one.serial };
    expect((await orders.done('replaceDevice', agreeing)).returnDevices).toMatchObject([{ databaseId: one.id }]);
  });

  it('refuses a note that is too long', async () => {
    await orders.stock();
    const { id } = await orders.fixture.freeDevice();
    await orders.expectRefusal(
      'replaceDevice',
      { deviceId: id, note: 'x'.repeat(2_001) },
      { code: 'INVALID_INPUT', message: 'note must have at most 2000 characters.', path: ['input', 'note'] },
    );
  });

  it('checks the rules in the order of the glossary', async () => {
    const { fixture } = orders;
    const patientId = await fixture.patient({ archived: true });
    const { id } = await fixture.device({ status: 'LOST', inOrder: true });
    const codesOf = (input: object) => orders.refusalOf('replaceDevice', input);
    const alter = (columns: string) => fixture.sql(`update device set ${columns} where id = $1`, [id]);
    const stale = { deviceId: id, expectedVersion: 9 };
    const current = { deviceId: id, expectedVersion: 1 };

    expect(await codesOf({ ...stale, deviceId: '999999' })).toEqual(['DEVICE_NOT_FOUND']);
    expect(await codesOf(stale)).toEqual(['STALE_VERSION']);
    expect(await codesOf(current)).toEqual(['DEVICE_IN_TRANSIT']);
    await alter(`order_id = null, site_customer_id = 0, site_id = ${fixture.sites.warehouse}`);
    expect(await codesOf(current)).toEqual(['DEVICE_AT_IMPILO_SITE']);
    await alter('site_customer_id = null, site_id = null');
    expect(await codesOf(current)).toEqual(['DEVICE_NOT_REPLACEABLE']);
    await fixture.sql(
      `with held as (update device set patient_id = ${patientId} where id = ${id})
       insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
       values (1, ${id}, ${patientId}, clock_timestamp(), 'SYSTEM', 'test')`,
    );
    expect(await codesOf(current)).toEqual(['PATIENT_ARCHIVED']);
    await fixture.sql('update patient set archived_at = null where id = $1', [patientId]);
    expect(await codesOf(current)).toEqual(['NO_REPLACEMENT_IN_STOCK']);
    await orders.stock();
    expect(await codesOf(current)).toEqual([]);
    expect(await codesOf(stale)).toEqual([]);
  });
});
