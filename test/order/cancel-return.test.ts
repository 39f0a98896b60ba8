import type { Situation, Status } from '../support/device-fixture';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, Rival } from '../support/rival';

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

const reason = 'The wrong device came back';
const cancel = (input: object, instance = 0) =>
  orders.call('cancelReturn', { reason, ...input }, 'northside', instance);

/** Ann's device was replaced by another one, which was delivered. */
async function replaced(): Promise<{ defective: string; sent: string; orderId: string }> {
  const [spare] = await orders.stock();
  const { id: defective } = await orders.fixture.device({
    status: 'WITH_PATIENT',
    holderId: orders.fixture.patients.ann,
  });
  const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: defective });
  for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId });
  return { defective, sent: spare!.id, orderId };
}

/** Devices on their way back. */
const RETURNING: [Status, string, Omit<Situation, 'status'>][] = [
  ['RETURNING', 'on a return leg', { onReturnLeg: true }],
  ['RETURNING', 'without a return leg', {}],
  ...(['DECOMMISSIONED', 'LOST'] as const).flatMap((status): typeof RETURNING => [
    [status, 'on a return leg', { onReturnLeg: true }],
    [status, 'at no site', {}],
  ]),
];

describe('cancelReturn', () => {
  describe.each(RETURNING)('of a device that is %s %s', (status, _where, situation) => {
    const kept = status === 'RETURNING' ? undefined : status;

    it('gives it to a patient', async () => {
      const { ann } = orders.fixture.patients;
      const { id } = await orders.fixture.device({ status, ...situation });

      const payload = await cancel({ deviceId: id, patientId: ann, expectedVersion: 1 });

      const now = kept ?? 'WITH_PATIENT';
      const patient = { databaseId: ann };
      expect(payload).toEqual({
        device: { databaseId: id, currentStatus: now, version: 2, patient, site: null },
        association: { endedAt: null, patient },
        statusChange: { previousStatus: status, status: now, reason: 'RETURN_CANCELLED', deviceVersion: 2 },
        userErrors: [],
      });
      await expectDevices(orders, { [id]: { ...NOWHERE, status: now, holderId: ann, version: 2 } });
      expect((await orders.fixture.events(id)).map(({ type }) => type)).toEqual([
        'device.statusChanged',
        'device.associationCreated',
      ]);
      expect(
        await orders.expectNoChange('cancelReturn', { deviceId: id, patientId: ann, reason, expectedVersion: 1 }),
      ).toEqual({ ...payload, statusChange: null });
    });

    it('puts it at a site', async () => {
      const { clinic } = orders.fixture.sites;
      const { id } = await orders.fixture.device({ status, ...situation });

      const payload = await cancel({ deviceId: id, siteId: clinic });

      const now = kept ?? 'AVAILABLE_AT_SITE';
      expect(payload).toMatchObject({ association: null, statusChange: { status: now }, userErrors: [] });
      await expectDevices(orders, { [id]: { ...NOWHERE, status: now, siteId: clinic, version: 2 } });
      expect((await orders.fixture.events(id)).map(({ type }) => type)).toEqual(['device.statusChanged']);
      expect(await orders.expectNoChange('cancelReturn', { deviceId: id, siteId: clinic, reason })).toEqual({
        ...payload,
        statusChange: null,
      });
    });
  });

  it('records actor, reason and order, and leaves the order and its other device as they are', async () => {
    const { bob } = orders.fixture.patients;
    const { defective, sent, orderId } = await replaced();
    const others = async () => ({
      order: { ...(await orders.order(orderId)), returnDevices: [] },
      sent: await orders.fixture.row(sent),
      events: await orders.eventsOf(orderId),
    });
    const before = await others();

    expect(codeOf(await cancel({ deviceId: defective, patientId: bob, reason: ' Bob has it\n now ' }))).toBe('OK');

    const change = (await orders.fixture.changes(defective)).at(-1);
    expect(change).toMatchObject({
      note: 'Bob has it\n now',
      order_id: orderId,
      patient_id: bob,
      previous_patient_id: null,
      changed_by_kind: 'API_KEY',
      changed_by_label: 'Northside demo key',
    });
    expect(await others()).toEqual(before);
    await expectConsistentOrder(orders, orderId);
  });

  it('mends the story when the wrong device came back: its readings belong to the patient, and it can be replaced again', async () => {
    const { ann } = orders.fixture.patients;
    const { warehouse } = orders.fixture.sites;
    const { defective, sent, orderId } = await replaced();
    const receive = { deviceId: sent, siteId: warehouse, outcome: 'RESTOCK' };
    expect(codeOf(await orders.call('receiveReturn', receive))).toBe('OK');

    await orders.expectRefusal(
      'replaceDevice',
      { deviceId: defective },
      {
        code: 'DEVICE_IN_TRANSIT',
        message: `The device is on the return leg of order ${orderId}, and the device that this order sent (AVAILABLE) is no longer with the recipient. Say where the defective device is with cancelReturn, then replace it again.`,
        path: ['input', 'deviceId'],
      },
    );
    expect(codeOf(await cancel({ deviceId: defective, patientId: ann }))).toBe('OK');
    const record = `mutation ($id: ID!, $takenAt: DateTime!) { recordReadings(input: { readings: [
      { deviceId: $id, takenAt: $takenAt, bloodPressure: { systolic: 128, diastolic: 82 } }] }) {
        results { outcome reading { attribution patient { databaseId } } } } }`;
    const takenAt = new Date(Date.now() + 1_000).toISOString();
    expect(await orders.fixture.app.data('northside', record, { id: defective, takenAt })).toEqual({
      recordReadings: {
        results: [{ outcome: 'RECORDED', reading: { attribution: 'ASSOCIATION', patient: { databaseId: ann } } }],
      },
    });

    const again = await orders.done('replaceDevice', { deviceId: defective });
    expect(again.databaseId).not.toBe(orderId);
    expect(again).toMatchObject({
      devices: [{ databaseId: sent, currentStatus: 'IN_TRANSIT', patient: { databaseId: ann } }],
      returnDevices: [{ databaseId: defective, currentStatus: 'RETURNING' }],
    });
  });

  it('applies to the device of a canceled replacement', async () => {
    const { ann } = orders.fixture.patients;
    await orders.stock();
    const { id } = await orders.fixture.device({ status: 'WITH_PATIENT', holderId: ann });
    const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: id });
    await orders.done('cancelOrder', { orderId });
    expect(codeOf(await cancel({ deviceId: id, patientId: ann }))).toBe('OK');
    await expectDevices(orders, { [id]: { ...NOWHERE, status: 'WITH_PATIENT', holderId: ann, version: 3 } });
  });

  it.each<[string, Situation]>([
    ['with another patient', { status: 'WITH_PATIENT', holderId: 'bob' }],
    ['with another patient at the site', { status: 'WITH_PATIENT', holderId: 'bob', siteId: 'clinic' }],
    ['at another site', { status: 'AVAILABLE_AT_SITE', siteId: 'office' }],
    ['in a warehouse', { status: 'AVAILABLE', siteId: 'warehouse' }],
    ['in an order to the patient', { status: 'IN_TRANSIT', holderId: 'ann', inOrder: true }],
    ['in an order to a site', { status: 'IN_TRANSIT', inOrder: true }],
    ['lost in an order', { status: 'LOST', inOrder: true }],
  ])('is refused for a device %s', async (_where, { holderId, siteId, ...situation }) => {
    const { patients, sites } = orders.fixture;
    const { id } = await orders.fixture.device({
      ...situation,
      holderId: holderId && patients[holderId as 'ann'],
      siteId: siteId && sites[siteId as 'clinic'],
    });
    for (const place of [{ patientId: patients.ann }, { siteId: sites.clinic }])
      await orders.expectRefusal(
        'cancelReturn',
        { deviceId: id, reason, ...place },
        {
          code: 'DEVICE_NOT_RETURNING',
          message:
            'Only a device on its way back can be kept. This one has a holder or a site, or is in an open order. Associate or disassociate it instead.',
          path: ['input', 'deviceId'],
        },
      );
  });

  it('checks the place and the reason', async () => {
    const { patients, sites } = orders.fixture;
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    const input = { deviceId: id, reason };
    const refused = async (more: object) => orders.refusalOf('cancelReturn', { ...input, ...more });
    const another = await orders.fixture.device({ status: 'RETURNING' });
    expect(await refused({})).toEqual(['REFERENCE_MISSING']);
    expect(await refused({ deviceIdentifier: another.serial, patientId: patients.ann })).toEqual([
      'REFERENCE_MISMATCH',
    ]);
    expect(await refused({ patientId: patients.ann, siteId: sites.clinic })).toEqual(['INVALID_INPUT']);
    expect(await refused({ patientId: patients.archived })).toEqual(['PATIENT_ARCHIVED']);
    expect(await refused({ patientId: patients.lakeview })).toEqual(['PATIENT_NOT_FOUND']);
    expect(await refused({ siteId: sites.warehouse })).toEqual(['SITE_OPERATED_BY_IMPILO']);
    expect(await refused({ siteId: sites.closed })).toEqual(['SITE_INACTIVE']);
    expect(await refused({ siteId: sites.lakeview })).toEqual(['SITE_NOT_FOUND']);
    expect(await refused({ siteId: sites.clinic, expectedVersion: 2 })).toEqual(['STALE_VERSION']);
    for (const empty of ['', ' \n ', 'x'.repeat(2_001), 'a\u0007b'])
      expect(await refused({ siteId: sites.clinic, reason: empty })).toEqual(['INVALID_INPUT']);
    expect(await refused({ siteId: sites.clinic, reason: 'x'.repeat(2_000), expectedVersion: 1 })).toEqual([]);
  });

  it('and receiveReturn at once on two instances: the later one is judged by the new state', async () => {
    const { clinic, warehouse } = orders.fixture.sites;
    const { id } = await orders.fixture.device({ status: 'RETURNING', onReturnLeg: true });
    const [received, canceled] = await rival.inTurn(
      `select from device where id = ${id} for update`,
      () => orders.call('receiveReturn', { deviceId: id, siteId: warehouse, outcome: 'RESTOCK' }),
      () => cancel({ deviceId: id, siteId: clinic }, 1),
    );
    expect([codeOf(received), codeOf(canceled)]).toEqual(['OK', 'DEVICE_NOT_RETURNING']);
  });
});
