import { OrderFixture } from '../support/order-fixture';
import { codeOf } from '../support/rival';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
beforeEach(() => orders.emptyStock());
afterAll(() => orders.stop());

interface Replacement {
  defective: string;
  sent: string;
  orderId: string;
}

/** A replacement for the device of a patient, or for one at a site. */
async function replaced(recipient: 'patient' | 'site', isDelivered: boolean): Promise<Replacement> {
  const { patients, sites } = orders.fixture;
  const [spare] = await orders.stock();
  const { id: defective } = await orders.fixture.device(
    recipient === 'patient'
      ? { status: 'WITH_PATIENT', holderId: patients.ann }
      : { status: 'AVAILABLE_AT_SITE', siteId: sites.clinic },
  );
  const { databaseId: orderId } = await orders.done('replaceDevice', { deviceId: defective });
  if (isDelivered) for (const step of ['shipOrder', 'deliverOrder'] as const) await orders.done(step, { orderId });
  return { defective, sent: spare!.id, orderId };
}

const onDevice = (operation: Parameters<OrderFixture['fixture']['call']>[0], input: object) =>
  orders.fixture.call(operation, input);
const receive = (deviceId: string) =>
  orders.call('receiveReturn', { deviceId, siteId: orders.fixture.sites.warehouse, outcome: 'RESTOCK' });

type Change = (replacement: Replacement) => Promise<{ userErrors: object[] }>;
const noChange: Change = () => Promise.resolve({ userErrors: [] });

describe('a repeated replaceDevice', () => {
  it.each<[string, 'patient' | 'site', boolean, Change]>([
    ['on its way to the patient', 'patient', false, noChange],
    ['on its way to the site', 'site', false, noChange],
    ['with the patient', 'patient', true, noChange],
    ['at the site', 'site', true, noChange],
    [
      'with the patient, and blocked',
      'patient',
      true,
      ({ sent }) => onDevice('disableDeviceReadings', { deviceId: sent }),
    ],
    [
      'lost on its way',
      'patient',
      false,
      ({ sent }) => onDevice('updateDeviceStatus', { deviceId: sent, status: 'LOST' }),
    ],
    [
      'with a patient of the site',
      'site',
      true,
      ({ sent }) => onDevice('associateDevice', { deviceId: sent, patientId: orders.fixture.patients.bob }),
    ],
  ])('returns the order while its device is %s', async (_where, recipient, isDelivered, change) => {
    const replacement = await replaced(recipient, isDelivered);
    expect((await change(replacement)).userErrors).toEqual([]);
    const input = { deviceId: replacement.defective, expectedVersion: 1 };
    const { order } = await orders.expectNoChange('replaceDevice', input);
    expect(order!.databaseId).toBe(replacement.orderId);
  });

  it.each<[string, 'patient' | 'site', boolean, string, Change]>([
    ['is back in a warehouse', 'patient', true, 'AVAILABLE', ({ sent }) => receive(sent)],
    ['is back from the site', 'site', true, 'AVAILABLE', ({ sent }) => receive(sent)],
    [
      'never left the warehouse',
      'patient',
      false,
      'AVAILABLE',
      ({ sent }) => onDevice('disassociateDevice', { deviceId: sent }),
    ],
    [
      'was taken from the patient',
      'patient',
      true,
      'AVAILABLE_AT_SITE',
      ({ sent }) => onDevice('disassociateDevice', { deviceId: sent, siteId: orders.fixture.sites.clinic }),
    ],
    [
      'is at another site',
      'site',
      true,
      'AVAILABLE_AT_SITE',
      ({ sent }) => onDevice('associateDeviceWithSite', { deviceId: sent, siteId: orders.fixture.sites.office }),
    ],
  ])('is refused with the order when its device %s', async (_where, recipient, isDelivered, status, change) => {
    const { defective, sent, orderId } = await replaced(recipient, isDelivered);
    expect((await change({ defective, sent, orderId })).userErrors).toEqual([]);
    await orders.stock(); // Not for want of stock.

    await orders.expectRefusal(
      'replaceDevice',
      { deviceId: defective },
      {
        code: 'DEVICE_IN_TRANSIT',
        message: `The device is on the return leg of order ${orderId}, and the device that this order sent (${status}) is no longer with the recipient. Say where the defective device is with cancelReturn, then replace it again.`,
        path: ['input', 'deviceId'],
      },
    );
    const { userErrors } = await orders.call('replaceDevice', { deviceId: defective, expectedVersion: 1 });
    expect(userErrors.map(({ code }) => code)).toEqual(['STALE_VERSION']);

    const place = { patientId: orders.fixture.patients.ann, reason: 'It never left' };
    expect(codeOf(await orders.call('cancelReturn', { deviceId: defective, ...place }))).toBe('OK');
    const again = await orders.done('replaceDevice', { deviceId: defective });
    expect(again).toMatchObject({ kind: 'REPLACEMENT', patient: { databaseId: place.patientId } });
    expect(again.databaseId).not.toBe(orderId);
  });
});
