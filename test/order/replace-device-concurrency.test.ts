import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder, expectDevices, NOWHERE } from '../support/order-history';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, countsOf, Rival } from '../support/rival';
import { expectHalfReplaced } from './order-races.harness';

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

const replace = (deviceId: string, instance = 0) => orders.call('replaceDevice', { deviceId }, 'northside', instance);

const lockOf = (deviceId: string) => `select from device where id = ${deviceId} for update`;

it('two callers never get the same replacement device: ten calls with five spare devices make five orders', async () => {
  await expectHalfReplaced(orders, 5, (spareIds, calls) => rival.atOnce(lockOf(spareIds[0]!), calls));
});

it('ten concurrent calls for one device return the same order', async () => {
  await orders.stock(10);
  const { id } = await orders.fixture.freeDevice();

  const responses = await rival.atOnce(
    lockOf(id),
    Array.from({ length: 10 }, (_, index) => () => replace(id, index % 2)),
  );

  expect(countsOf(responses.map(codeOf))).toEqual({ OK: 10 });
  expect(new Set(responses.map(({ order }) => order!.databaseId)).size).toBe(1);
  expect(new Set(responses.map(({ replacementDevice }) => replacementDevice!.databaseId)).size).toBe(1);
  expect(await expectConsistentHistory(orders.fixture, id)).toBe(1);
});

it.each(['the replacement', 'the order'])(
  'a replacement and an order never both get the last device: %s comes first',
  async (first) => {
    const [last] = await orders.stock();
    const { id } = await orders.fixture.freeDevice();
    const { databaseId: orderId } = await orders.created();
    const replacing = () => replace(id, 0);
    const processing = () => orders.call('processOrder', { orderId }, 'operator', 1);
    const replaced = first === 'the replacement';

    const responses = await rival.inTurn(
      lockOf(last!.id),
      replaced ? replacing : processing,
      replaced ? processing : replacing,
    );

    expect(responses.map(codeOf)).toEqual(['OK', replaced ? 'ITEM_OUT_OF_STOCK' : 'NO_REPLACEMENT_IN_STOCK']);
    expect(await expectConsistentHistory(orders.fixture, last!.id)).toBe(1);
    expect(await expectConsistentHistory(orders.fixture, id)).toBe(replaced ? 1 : 0);
    expect((await expectConsistentOrder(orders, orderId)).devices).toHaveLength(replaced ? 0 : 1);
  },
);

it('a replacement goes to the patient who holds the device after a concurrent disassociation', async () => {
  const { patients, sites } = orders.fixture;
  await orders.stock();
  const situation = { status: 'WITH_PATIENT' as const, holderId: patients.ann, siteId: sites.clinic };
  const { id } = await orders.fixture.device(situation);

  const [disassociated, { order, replacementDevice }] = await rival.inTurn(
    lockOf(id),
    () => orders.fixture.call('disassociateDevice', { deviceId: id }),
    () => replace(id, 1),
  );

  expect(codeOf(disassociated)).toBe('OK');
  expect(order).toMatchObject({ patient: null, site: { databaseId: sites.clinic } });
  await expectDevices(orders, {
    [id]: { ...NOWHERE, status: 'RETURNING', onReturnLeg: true, version: 3 },
    [replacementDevice!.databaseId]: { ...NOWHERE, status: 'IN_TRANSIT', inOrder: true, version: 2 },
  });
});

it.each([
  ['archived', 'PATIENT_ARCHIVED', (id: string) => `update patient set archived_at = now() where id = ${id}`],
  ['deactivated', 'SITE_INACTIVE', (id: string) => `update site set deactivated_at = now() where id = ${id}`],
] as const)('a replacement that waits for its recipient, which is being %s, is refused', async (_name, code, sql) => {
  await orders.stock();
  const ofPatient = code === 'PATIENT_ARCHIVED';
  const recipient = ofPatient ? await orders.fixture.patient() : await orders.fixture.site('1');
  const { id } = await orders.fixture.device(
    ofPatient ? { status: 'WITH_PATIENT', holderId: recipient } : { status: 'AVAILABLE_AT_SITE', siteId: recipient },
  );

  const before = await orders.written();

  const [replaced] = await rival.atOnce(sql(recipient), [() => replace(id)]);

  expect(codeOf(replaced!)).toBe(code);
  expect(await orders.written()).toEqual(before);
  expect(await expectConsistentHistory(orders.fixture, id)).toBe(0);
});
