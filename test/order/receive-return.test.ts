import { expectConsistentHistory } from '../support/device-history';
import type { Situation, Status } from '../support/device-fixture';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';

let orders: OrderFixture;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
});
beforeEach(() => orders.emptyStock());
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

type Outcome = 'RESTOCK' | 'DECOMMISSION';
const BECOMES: Record<Outcome, Status> = { RESTOCK: 'AVAILABLE', DECOMMISSION: 'DECOMMISSIONED' };

const receive = (deviceId: string, siteId: string, outcome: Outcome = 'RESTOCK', instance = 0) =>
  orders.call('receiveReturn', { deviceId, siteId, outcome }, 'operator', instance);

type Where = () => Omit<Situation, 'status'>;
const nowhere: Where = () => ({});
const otherWarehouse: Where = () => ({ siteId: orders.fixture.sites.otherWarehouse });
const atClinic: Where = () => ({ siteId: orders.fixture.sites.clinic });
const held: Where = () => ({ holderId: orders.fixture.patients.ann });
const heldAtClinic: Where = () => ({ ...held(), ...atClinic() });
const ordered: Where = () => ({ inOrder: true });
const orderedAndHeld: Where = () => ({ ...held(), inOrder: true });
const returning: Where = () => ({ onReturnLeg: true });

/** Every situation of a device. */
const SITUATIONS: [Status, string, Where][] = [
  ['AVAILABLE', 'in another warehouse', otherWarehouse],
  ['AVAILABLE_AT_SITE', 'at a site', atClinic],
  ['WITH_PATIENT', 'at no site', held],
  ['WITH_PATIENT', 'at a site', heldAtClinic],
  ['WITH_PATIENT', 'in its order', orderedAndHeld],
  ['IN_TRANSIT', 'to a patient', orderedAndHeld],
  ['IN_TRANSIT', 'to a site', ordered],
  ['RETURNING', 'at no site', nowhere],
  ['RETURNING', 'on a return leg', returning],
  ...(['DECOMMISSIONED', 'LOST'] as const).flatMap((status): [Status, string, Where][] => [
    [status, 'in another warehouse', otherWarehouse],
    [status, 'at a site', atClinic],
    [status, 'with a patient', held],
    [status, 'with a patient at a site', heldAtClinic],
    [status, 'in an order to a site', ordered],
    [status, 'in an order to a patient', orderedAndHeld],
    [status, 'on a return leg', returning],
    [status, 'at no site', nowhere],
  ]),
];

describe('receiveReturn', () => {
  describe.each(['RESTOCK', 'DECOMMISSION'] as const)('%s', (outcome) => {
    it.each(SITUATIONS)('receives a device that is %s %s', async (status, _where, where) => {
      const { warehouse } = orders.fixture.sites;
      const { id } = await orders.fixture.device({ status, ...where() });
      const { holderId } = where();

      const response = await receive(id, warehouse, outcome);

      expect(response).toEqual({
        device: {
          databaseId: id,
          currentStatus: BECOMES[outcome],
          version: 2,
          patient: null,
          site: { databaseId: warehouse },
        },
        statusChange: {
          previousStatus: status,
          status: BECOMES[outcome],
          reason: 'RETURN_RECEIVED',
          deviceVersion: 2,
        },
        userErrors: [],
      });
      await expectDevices(orders, { [id]: { ...NOWHERE, status: BECOMES[outcome], siteId: warehouse, version: 2 } });
      expect((await orders.fixture.events(id)).map(({ type }) => type)).toEqual([
        'device.statusChanged',
        ...(holderId ? ['device.associationRemoved'] : []),
      ]);
    });
  });

  it('records actor, warehouse and note', async () => {
    const { ann } = orders.fixture.patients;
    const { clinic, warehouse } = orders.fixture.sites;
    const { id, serial } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: ann, siteId: clinic });

    const input = { deviceIdentifier: serial, siteId: warehouse, outcome: 'DECOMMISSION', note: ' broken glass ' };
    expect(codeOf(await orders.call('receiveReturn', input))).toBe('OK');

    const [, change] = await orders.fixture.changes(id);
    expect(change).toMatchObject({
      previous_patient_id: ann,
      patient_id: null,
      previous_site_id: clinic,
      site_id: warehouse,
      note: 'broken glass',
      changed_by_kind: 'OPERATOR',
      changed_by_label: 'Operator demo key',
    });
    const [association] = await orders.fixture.sql('select * from device_association where device_id = $1', [id]);
    expect(association).toMatchObject({
      ended_at: change!.changed_at,
      ended_by_kind: 'OPERATOR',
      ended_by_label: 'Operator demo key',
    });
  });

  it('ends the return leg of a replacement, and its order continues', async () => {
    const { warehouse } = orders.fixture.sites;
    await orders.stock();
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann });
    const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: id });
    const eventsBefore = await orders.eventsOf(orderId);

    expect(codeOf(await receive(id, warehouse))).toBe('OK');

    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 } });
    const order = await expectConsistentOrder(orders, orderId);
    expect(order).toMatchObject({ currentStatus: 'PROCESSED', returnDevices: [{ databaseId: id }] });
    expect(await orders.eventsOf(orderId)).toEqual(eventsBefore);
    for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId });
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 3 } });
  });

  it('removes a device from the order that sent it, and returns it to stock for the next order', async () => {
    const { otherWarehouse: other } = orders.fixture.sites;
    await orders.stock();
    const first = await orders.at('SHIPPED');
    const { databaseId: id } = first.devices[0]!;

    expect(codeOf(await receive(id, other))).toBe('OK');

    expect(await orders.order(first.databaseId)).toMatchObject({
      currentStatus: 'SHIPPED',
      devices: [{ databaseId: id, currentStatus: 'AVAILABLE', site: { databaseId: other }, patient: null }],
    });
    const next = await orders.at('PROCESSED');
    expect(next.devices).toMatchObject([{ databaseId: id, currentStatus: 'IN_TRANSIT' }]);
    await orders.done('cancelOrder', { orderId: next.databaseId });
    expect(await orders.fixture.row(id)).toMatchObject({ siteId: other, version: 5 });
  });

  it('changes nothing when repeated', async () => {
    const { warehouse } = orders.fixture.sites;

    for (const outcome of ['RESTOCK', 'DECOMMISSION'] as const) {
      const { id } = await orders.fixture.device({ status: 'RETURNING' });
      const first = await receive(id, warehouse, outcome);
      const input = { deviceId: id, siteId: warehouse, outcome, note: 'again' };

      expect(await orders.expectNoChange('receiveReturn', input)).toEqual({ ...first, statusChange: null });
    }
  });

  it('moves a device to another warehouse, or changes its outcome', async () => {
    const { warehouse, otherWarehouse: other } = orders.fixture.sites;
    const [device] = await orders.stock();
    const { id } = device!;

    await receive(id, other, 'RESTOCK');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'AVAILABLE', siteId: other, version: 2 } });
    await receive(id, other, 'DECOMMISSION');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: other, version: 3 } });
    await receive(id, warehouse, 'DECOMMISSION');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'DECOMMISSIONED', siteId: warehouse, version: 4 } });
    await receive(id, warehouse, 'RESTOCK');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'AVAILABLE', siteId: warehouse, version: 5 } });
  });

  it('works with an inactive warehouse, and with an archived patient', async () => {
    const closed = await orders.fixture.site('0', false);
    const { id } = await orders.fixture.device({
      status: 'WITH_PATIENT',
      holderId: orders.fixture.patients.archived,
    });

    expect(codeOf(await receive(id, closed))).toBe('OK');
  });

  it.each<[string, () => object, code: string, member: string, message: string]>([
    [
      "a customer's site",
      () => ({ siteId: orders.fixture.sites.clinic }),
      'SITE_NOT_OPERATED_BY_IMPILO',
      'siteId',
      'siteId must name an Impilo warehouse.',
    ],
    [
      "a customer's site that is not active",
      () => ({ siteId: orders.fixture.sites.closed }),
      'SITE_NOT_OPERATED_BY_IMPILO',
      'siteId',
      'siteId must name an Impilo warehouse.',
    ],
    [
      "the site of another customer than the device's",
      () => ({ siteId: orders.fixture.sites.lakeview }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      'an unknown site',
      () => ({ siteId: '999999' }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      'an unknown device, before it checks the site',
      () => ({ deviceId: '999999', siteId: '999999' }),
      'DEVICE_NOT_FOUND',
      'deviceId',
      'There is no such device. Check deviceId.',
    ],
    ['no device', () => ({ deviceId: null }), 'REFERENCE_MISSING', 'deviceId', 'Give deviceId or deviceIdentifier.'],
    [
      'a note that is too long',
      () => ({ note: 'x'.repeat(2_001) }),
      'INVALID_INPUT',
      'note',
      'note must have at most 2000 characters.',
    ],
  ])('refuses %s', async (_name, given, code, member, message) => {
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    const input = { deviceId: id, siteId: orders.fixture.sites.warehouse, outcome: 'RESTOCK', ...given() };
    await orders.expectRefusal('receiveReturn', input, { code, message, path: ['input', member] });
  });

  it('refuses an id and an identifier that name different devices', async () => {
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    const { serial } = await orders.fixture.device({ status: 'RETURNING' });
    const input = {
      deviceId: id,
      deviceIdentifier: serial,
      siteId: orders.fixture.sites.warehouse,
      outcome: 'RESTOCK',
    };
    const message = 'deviceId and deviceIdentifier name different devices.';
    const refusal = { code: 'REFERENCE_MISMATCH', message, path: ['input', 'deviceIdentifier'] };
    await orders.expectRefusal('receiveReturn', input, refusal);
  });

  it('happens once for ten concurrent calls on two instances', async () => {
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: orders.fixture.patients.ann });
    const { warehouse } = orders.fixture.sites;

    const responses = await rival.atOnce(
      `select from device where id = ${id} for update`,
      Array.from({ length: 10 }, (_, index) => () => receive(id, warehouse, 'RESTOCK', index % 2)),
    );

    expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
    expect(responses.filter(({ statusChange }) => statusChange !== null)).toHaveLength(1);
    expect(await expectConsistentHistory(orders.fixture, id)).toBe(1);
  });

  it.each(['the delivery', 'the receipt'])(
    'concurrent with the delivery of the order leaves the device in the warehouse: %s comes first',
    async (first) => {
      const { warehouse } = orders.fixture.sites;
      await orders.stock();
      const { databaseId: orderId, devices } = await orders.at('SHIPPED');
      const { databaseId: id } = devices[0]!;
      const deliver = () => orders.call('deliverOrder', { orderId }, 'operator', 0);
      const receiving = () => receive(id, warehouse, 'RESTOCK', 1);
      const delivered = first === 'the delivery';

      const responses = await rival.inTurn(
        `select from device where id = ${id} for update`,
        delivered ? deliver : receiving,
        delivered ? receiving : deliver,
      );

      expect(responses.map(codeOf)).toEqual(['OK', 'OK']);
      expect(await orders.fixture.row(id)).toMatchObject({ ...NOWHERE, status: 'AVAILABLE', siteId: warehouse });
      expect((await orders.fixture.changes(id)).map(({ status }) => status)).toEqual(
        delivered ? ['AVAILABLE', 'IN_TRANSIT', 'WITH_PATIENT', 'AVAILABLE'] : ['AVAILABLE', 'IN_TRANSIT', 'AVAILABLE'],
      );
      expect(await expectConsistentHistory(orders.fixture, id)).toBe(delivered ? 3 : 2);
      expect((await expectConsistentOrder(orders, orderId)).currentStatus).toBe('DELIVERED');
    },
  );
});
