import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderProgramme } from '../support/order-programme';
import { codeOf, countsOf, Rival } from './rival.harness';

let orders: OrderProgramme;
let rival: Rival;
beforeAll(async () => {
  orders = await OrderProgramme.start({ instances: 2 });
  rival = await Rival.start(orders.programme);
});
beforeEach(() => orders.emptyStock());
afterAll(async () => {
  await rival.stop();
  await orders.stop();
});

const replace = (deviceId: string, instance = 0) => orders.call('replaceDevice', { deviceId }, 'northside', instance);

it('a hundred replacements at once out of fifty spare devices make fifty orders, and no device is in two', async () => {
  const { patients, sites } = orders.programme;
  const spares = await orders.stock(50);
  const defective: string[] = [];
  while (defective.length < 100) {
    const situation =
      defective.length % 2 === 0
        ? ({ status: 'WITH_PATIENT', holderId: patients.ann } as const)
        : ({ status: 'AVAILABLE_AT_SITE', siteId: sites.clinic } as const);
    defective.push((await orders.programme.device(situation)).id);
  }
  const before = await orders.written();

  const answers = await Promise.all(defective.map((id, index) => replace(id, Math.floor(index / 2) % 2)));

  expect(countsOf(answers.map(codeOf))).toEqual({ OK: 50, NO_REPLACEMENT_IN_STOCK: 50 });
  const sent = answers.flatMap(({ replacementDevice }) => replacementDevice?.databaseId ?? []);
  expect(sent.sort((one, other) => Number(one) - Number(other))).toEqual(spares.map(({ id }) => id));
  const orderIds = new Set(answers.flatMap(({ order }) => order?.databaseId ?? []));
  expect(orderIds.size).toBe(50);
  const after = await orders.written();
  expect(after.device_order!.rows).toBe(before.device_order!.rows + 50);
  expect(after.order_device!.rows).toBe(before.order_device!.rows + 100);
  expect(after.device_status_change!.rows).toBe(before.device_status_change!.rows + 100);
  for (const [index, id] of defective.entries()) {
    const refused = answers[index]!.order == null;
    expect(await orders.programme.row(id)).toMatchObject({ onReturnLeg: !refused, version: refused ? 1 : 2 });
    expect(await expectConsistentHistory(orders.programme, id)).toBe(refused ? 0 : 1);
  }
  for (const { id } of spares) expect(await expectConsistentHistory(orders.programme, id)).toBe(1);
  for (const id of [...orderIds].slice(0, 5)) await expectConsistentOrder(orders, id);
}, 60_000);

it('ten who replace one device at once are answered one order', async () => {
  await orders.stock(10);
  const { id } = await orders.programme.freeDevice();

  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => replace(id, index % 2)));

  expect(countsOf(answers.map(codeOf))).toEqual({ OK: 10 });
  expect(new Set(answers.map(({ order }) => order!.databaseId)).size).toBe(1);
  expect(new Set(answers.map(({ replacementDevice }) => replacementDevice!.databaseId)).size).toBe(1);
  expect(await expectConsistentHistory(orders.programme, id)).toBe(1);
});

it('a replacement and an order for the last device do not both get it; 10 rounds', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [last] = await orders.stock();
    const { id } = await orders.programme.freeDevice();
    const { databaseId: orderId } = await orders.created();

    const [replaced, processed] = await Promise.all([
      replace(id, round % 2),
      orders.call('processOrder', { orderId }, 'operator', (round + 1) % 2),
    ]);

    const codes = [codeOf(replaced), codeOf(processed)];
    expect([
      ['OK', 'ITEM_OUT_OF_STOCK'],
      ['NO_REPLACEMENT_IN_STOCK', 'OK'],
    ]).toContainEqual(codes);
    expect(await expectConsistentHistory(orders.programme, last!.id)).toBe(1);
    expect(await expectConsistentHistory(orders.programme, id)).toBe(codes[0] === 'OK' ? 1 : 0);
    expect((await expectConsistentOrder(orders, orderId)).devices).toHaveLength(codes[1] === 'OK' ? 1 : 0);
  }
});

it('a device is disassociated before it is replaced, or it is replaced: the new one goes to who has it then', async () => {
  const { patients, sites } = orders.programme;
  await orders.stock();
  const situation = { status: 'WITH_PATIENT' as const, holderId: patients.ann, siteId: sites.clinic };
  const { id } = await orders.programme.device(situation);

  await rival.hold('lock table device_status_change in exclusive mode');
  const disassociating = orders.programme.call('disassociateDevice', { deviceId: id });
  await rival.untilBlocked(1);
  const replacing = replace(id, 1);
  await rival.untilBlocked(2);
  await rival.release();

  expect(codeOf(await disassociating)).toBe('OK');
  const { order, replacementDevice } = await replacing;
  expect(order).toMatchObject({ patient: null, site: { databaseId: sites.clinic } });
  await expectDevices(orders, {
    [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 3 },
    [replacementDevice!.databaseId]: { ...NOWHERE, status: 'IN_TRANSIT', inOrder: true, version: 2 },
  });
});

it.each([
  ['archived', 'PATIENT_ARCHIVED', (id: string) => `update patient set archived = true where id = ${id}`],
  ['deactivated', 'SITE_INACTIVE', (id: string) => `update site set active = false where id = ${id}`],
] as const)(
  'a replacement that waits for its recipient, which is just being %s, is refused',
  async (_name, code, sql) => {
    await orders.stock();
    const ofPatient = code === 'PATIENT_ARCHIVED';
    const recipient = ofPatient ? await orders.programme.patient() : await orders.programme.site('1');
    const { id } = await orders.programme.device(
      ofPatient ? { status: 'WITH_PATIENT', holderId: recipient } : { status: 'AVAILABLE_AT_SITE', siteId: recipient },
    );

    await rival.hold(sql(recipient));
    const replacing = replace(id);
    await rival.untilBlocked(1);
    await rival.release();

    expect(codeOf(await replacing)).toBe(code);
    expect(await expectConsistentHistory(orders.programme, id)).toBe(0);
  },
);
