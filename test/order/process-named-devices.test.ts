import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
afterAll(() => orders.stop());

const namesOf = (devices: readonly { serial: string }[]) => devices.map(({ serial }) => serial);

/** A created order for two cuffs and a scale. */
async function orderOfThree(): Promise<string> {
  const { cuff, scale } = orders.items;
  const lines = [
    { itemId: cuff, quantity: 2 },
    { itemId: scale, quantity: 1 },
  ];
  return (await orders.created({ lines })).databaseId;
}

/** Two cuffs and a scale. */
async function three(): Promise<{ id: string; serial: string }[]> {
  return [...(await orders.stock(2)), ...(await orders.stock(1, { itemId: orders.items.scale }))];
}

async function expectRefusal(
  deviceIdentifiers: string[],
  code: string,
  message: string,
  index?: number,
  orderId?: string,
): Promise<void> {
  const path = ['input', 'deviceIdentifiers', ...(index === undefined ? [] : [String(index)])];
  const input = { orderId: orderId ?? (await orderOfThree()), deviceIdentifiers };
  await orders.expectRefusal('processOrder', input, { code, message, path });
}

describe('processOrder with named devices', () => {
  it('assigns exactly these, in any order and spelling, even if older ones are in stock', async () => {
    await three();
    const [first, second, scale] = await three();
    const imei = '35-209900-176148-1';
    await orders.fixture.sql(
      `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, 'IMEI', $2, '352099001761481')`,
      [second!.id, imei],
    );
    const orderId = await orderOfThree();

    const deviceIdentifiers = [
      ` ${scale!.serial.toLowerCase()} `,
      '35-209900-176148-23',
      first!.serial.replace('-', ''),
    ];

    const order = await orders.done('processOrder', { orderId, deviceIdentifiers });
    const again = await orders.done('processOrder', { orderId, deviceIdentifiers });

    expect(again).toEqual(order);
    expect(order.devices.map(({ databaseId }) => databaseId)).toEqual([first!.id, second!.id, scale!.id]);
    expect(order.devices.map(({ currentStatus }) => currentStatus)).toEqual(['IN_TRANSIT', 'IN_TRANSIT', 'IN_TRANSIT']);
  });

  it('refuses an unknown device', async () => {
    const [first, second] = await three();
    const message = (index: number) =>
      `The customer of the order has no such device. Check deviceIdentifiers.${index}.`;

    for (const unknown of ['NO-SUCH-DEVICE', '', ' - ']) {
      await expectRefusal([first!.serial, unknown, second!.serial], 'DEVICE_NOT_FOUND', message(1), 1);
    }
  });

  it('refuses more than 2,000 identifiers', async () => {
    const names = Array.from({ length: 2_001 }, (_, index) => `MANY-${index}`);
    const message = 'deviceIdentifiers must have at most 2,000 items, but has 2,001.';
    await expectRefusal(names, 'INVALID_INPUT', message);
  });

  it("refuses another customer's device like an unknown one", async () => {
    const [theirs] = await orders.stock(1, { customerId: orders.fixture.customers.lakeview });
    const [first, second] = await three();
    const message = 'The customer of the order has no such device. Check deviceIdentifiers.2.';
    await expectRefusal([first!.serial, second!.serial, theirs!.serial], 'DEVICE_NOT_FOUND', message, 2);
  });

  it.each([
    ['AVAILABLE_AT_SITE', () => ({ siteId: orders.fixture.sites.clinic })],
    ['WITH_PATIENT', () => ({ holderId: orders.fixture.patients.ann })],
    ['IN_TRANSIT', () => ({ inOrder: true })],
    ['RETURNING', () => ({ onReturnLeg: true })],
    ['DECOMMISSIONED', () => ({ siteId: orders.fixture.sites.warehouse })],
    ['LOST', () => ({ siteId: orders.fixture.sites.warehouse })],
  ] as const)('refuses a device that is %s', async (status, where) => {
    const { serial } = await orders.fixture.device({ status, ...where() });
    const [first, , scale] = await three();
    const message = `The device is ${status}. Only a device that is AVAILABLE can be assigned to an order.`;
    await expectRefusal([first!.serial, serial, scale!.serial], 'DEVICE_NOT_IN_STOCK', message, 1);
  });

  it('refuses a device that is in another order', async () => {
    const taken = await three();
    await orders.done('processOrder', { orderId: await orderOfThree(), deviceIdentifiers: namesOf(taken) });
    const message = 'The device is IN_TRANSIT. Only a device that is AVAILABLE can be assigned to an order.';
    await expectRefusal(namesOf(taken), 'DEVICE_NOT_IN_STOCK', message, 0);
  });

  it('refuses a device of an item that is not in the order', async () => {
    const [first, second, scale] = await three();
    const { databaseId } = await orders.created({ lines: [{ itemId: orders.items.cuff, quantity: 2 }] });
    const names = namesOf([first!, scale!, second!]);
    const message = 'The order has no line for the item of this device.';
    await expectRefusal(names, 'INVALID_INPUT', message, 1, databaseId);
  });

  it('refuses a device that is named twice, by one identifier or by two', async () => {
    const [first, , scale] = await three();
    await orders.fixture.sql(
      `insert into device_identifier (customer_id, device_id, type, value, normalized) values (1, $1, 'IMEI', 'AN-IMEI', 'ANIMEI')`,
      [first!.id],
    );
    const message = 'This device is named twice. Name it once.';

    for (const again of [first!.serial, first!.serial.toLowerCase(), 'an imei']) {
      await expectRefusal([first!.serial, scale!.serial, again], 'INVALID_INPUT', message, 2);
    }
  });

  it('refuses too few and too many devices of an item', async () => {
    const { cuff, scale } = orders.items;
    const [first, second, aScale] = await three();
    const [third] = await orders.stock();
    const message = (asked: number, item: string, named: number) =>
      `The order needs ${asked} of item ${item}. deviceIdentifiers names ${named}.`;

    await expectRefusal([], 'INVALID_INPUT', message(2, cuff, 0));
    await expectRefusal(namesOf([first!, aScale!]), 'INVALID_INPUT', message(2, cuff, 1));
    await expectRefusal(namesOf([first!, second!, third!, aScale!]), 'INVALID_INPUT', message(2, cuff, 3));
    await expectRefusal(namesOf([first!, second!]), 'INVALID_INPUT', message(1, scale, 0));
  });

  it('refuses a name that cannot be an identifier', async () => {
    await expectRefusal(['a\0b'], 'INVALID_INPUT', 'deviceIdentifiers.0 must not contain a NUL character.', 0);
  });
});
