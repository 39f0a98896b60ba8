import { globalId } from '../support/global-id';
import { OrderFixture } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
afterAll(() => orders.stop());

const NORTHSIDE_KEY = { __typename: 'ApiKeyActor', displayName: 'Northside demo key' };
const ADDRESS = {
  lineOne: '1 Elm Street',
  lineTwo: null,
  lineThree: null,
  city: 'Boise',
  state: 'ID',
  zipCode: '83702',
  country: 'US',
  note: 'Ring twice.',
};

const PATIENT_ADDRESS = `mutation ($input: UpdatePatientInput!) { payload: updatePatient(input: $input) { userErrors { code } } }`;
const SITE_ADDRESS = `mutation ($input: UpdateSiteInput!) { payload: updateSite(input: $input) { userErrors { code } } }`;

async function patientWithAddress(): Promise<string> {
  const patientId = await orders.fixture.patient();
  await setAddress(PATIENT_ADDRESS, { patientId, address: ADDRESS });
  return patientId;
}

async function setAddress(mutation: string, input: object): Promise<void> {
  expect(await orders.fixture.app.data('northside', mutation, { input })).toEqual({ payload: { userErrors: [] } });
}

/** Time in milliseconds since 1970, by the clock that sets the times of orders. */
async function databaseClock(): Promise<number> {
  const [row] = await orders.fixture.sql<{ now: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  return row!.now;
}

const oneCuff = () => [{ itemId: orders.items.cuff, quantity: 1 }];

describe('createOrder', () => {
  it('creates an order for a patient, with its lines and address', async () => {
    const { cuff, scale } = orders.items;
    const patientId = await patientWithAddress();
    const input = {
      patientId,
      lines: [
        { itemId: scale, quantity: 10_000 },
        { itemId: globalId('Item', cuff), quantity: 2 },
      ],
      externalOrderId: ' PO 4711 ',
      note: '  for the first visit\nplease hurry ',
    };

    const before = await databaseClock();
    const order = await orders.done('createOrder', input);
    const after = await databaseClock();

    expect(order).toEqual({
      id: globalId('Order', order.databaseId),
      databaseId: order.databaseId,
      customer: { databaseId: '1' },
      kind: 'STANDARD',
      currentStatus: 'CREATED',
      patient: { databaseId: patientId },
      site: null,
      lines: [
        { item: { databaseId: scale }, quantity: 10_000 },
        { item: { databaseId: cuff }, quantity: 2 },
      ],
      devices: [],
      returnDevices: [],
      events: [
        {
          __typename: 'OrderStatusChange',
          previousStatus: null,
          status: 'CREATED',
          occurredAt: order.updatedAt,
          note: 'for the first visit\nplease hurry',
          actor: NORTHSIDE_KEY,
        },
      ],
      externalOrderId: 'PO 4711',
      shipTo: ADDRESS,
      parcels: [],
      version: 1,
      createdAt: order.createdAt,
      updatedAt: order.updatedAt,
    });
    // Stored in milliseconds, rounded.
    expect(Date.parse(order.createdAt)).toBeGreaterThanOrEqual(Math.floor(before));
    expect(Date.parse(order.createdAt)).toBeLessThanOrEqual(Math.ceil(after));
    expect(order.updatedAt).toBe(order.createdAt);
    expect(await orders.order(order.databaseId, 'northside')).toEqual(order);
  });

  it('writes two events: one with the id of the order, one with the whole order', async () => {
    const patientId = await patientWithAddress();

    const order = await orders.created({ patientId, note: 'by phone', externalOrderId: 'PO 1' });

    const event = {
      id: expect.stringMatching(/^\d+$/) as string,
      previousStatus: null,
      status: 'created',
      occurredAt: order.updatedAt,
      note: 'by phone',
      actor: { type: 'apiKey', displayName: 'Northside demo key' },
    };
    expect(await orders.eventsOf(order.databaseId)).toEqual([
      { type: 'order.status', payload: { orderId: order.databaseId, event } },
      {
        type: 'order.statusFull',
        payload: {
          id: order.databaseId,
          kind: 'standard',
          currentStatus: 'created',
          patientId,
          siteId: null,
          externalOrderId: 'PO 1',
          shipTo: ADDRESS,
          parcels: [],
          version: 1,
          createdAt: order.createdAt,
          updatedAt: order.updatedAt,
          lines: [{ itemId: orders.items.cuff, quantity: 1 }],
          deviceIds: [],
          returnDeviceIds: [],
          event,
        },
      },
    ]);
    const [{ customers } = { customers: [] }] = await orders.fixture.sql<{ customers: string[] }>(
      `select array_agg(distinct customer_id::text) as customers from event
       where $1 in (payload ->> 'id', payload ->> 'orderId') and type like 'order.%'`,
      [order.databaseId],
    );
    expect(customers).toEqual(['1']);
  });

  it('creates an order for a site, at its address', async () => {
    const siteId = await orders.fixture.site('1');
    await setAddress(SITE_ADDRESS, { siteId, address: ADDRESS });

    const order = await orders.created({ siteId });

    expect(order).toMatchObject({
      customer: { databaseId: '1' },
      patient: null,
      site: { databaseId: siteId },
      shipTo: ADDRESS,
      externalOrderId: null,
      events: [{ note: null }],
    });
    expect((await orders.eventsOf(order.databaseId))[1]!.payload).toMatchObject({ patientId: null, siteId });
  });

  it('keeps the address of the time when the order was created', async () => {
    const patientId = await patientWithAddress();
    const siteId = await orders.fixture.site('1');
    const made = [await orders.created({ patientId }), await orders.created({ siteId })];

    await setAddress(PATIENT_ADDRESS, { patientId, address: { lineOne: 'Somewhere else' } });
    await setAddress(SITE_ADDRESS, { siteId, address: ADDRESS });

    const [toPatient, toSite] = await Promise.all(made.map(({ databaseId }) => orders.order(databaseId)));
    expect(toPatient!.shipTo).toEqual(ADDRESS);
    expect(toSite!.shipTo).toBeNull();
    expect((await orders.created({ patientId })).shipTo).toMatchObject({ lineOne: 'Somewhere else', city: null });
  });

  it('accepts the patient by external identifier, and by both references if they agree', async () => {
    const { ann } = orders.fixture.patients;
    const patient = { databaseId: ann };

    const byIdentifier = await orders.created({ patientId: null, patientExternalIdentifier: 'ann' });
    const byBoth = await orders.created({ patientId: ann, patientExternalIdentifier: 'ann' });

    expect([byIdentifier.patient, byBoth.patient]).toEqual([patient, patient]);
  });

  it('creates another order when repeated without an external identifier', async () => {
    expect((await orders.created()).databaseId).not.toBe((await orders.created()).databaseId);
  });

  it('assigns no device from stock', async () => {
    const [device] = await orders.stock();

    await orders.created();

    expect(await orders.fixture.row(device!.id)).toMatchObject({ status: 'AVAILABLE', inOrder: false, version: 1 });
  });

  it('lets an operator create orders for every customer, with a recipient of that customer', async () => {
    const { patients, sites } = orders.fixture;
    const impilo = { __typename: 'StaffActor', displayName: 'Operator demo key' };

    const made = [
      await orders.created({ patientId: patients.ann }, 'operator'),
      await orders.created({ patientId: patients.lakeview, patientExternalIdentifier: 'lakeview' }, 'operator'),
      await orders.created({ patientId: patients.lakeview, customerId: '2' }, 'operator'),
      await orders.created({ patientId: null, patientExternalIdentifier: 'bob', customerId: '1' }, 'operator'),
      await orders.created({ siteId: sites.lakeview, customerId: '2' }, 'operator'),
    ];

    expect(made.map(({ customer }) => customer.databaseId)).toEqual(['1', '2', '2', '1', '2']);
    expect(made.map(({ patient, site }) => (patient ?? site)!.databaseId)).toEqual([
      patients.ann,
      patients.lakeview,
      patients.lakeview,
      patients.bob,
      sites.lakeview,
    ]);
    expect(made[0]!.events).toMatchObject([{ status: 'CREATED', actor: impilo }]);
    expect((await orders.eventsOf(made[0]!.databaseId))[0]!.payload).toMatchObject({
      event: { actor: { type: 'staff', displayName: 'Impilo' } },
    });
  });

  it.each<[string, () => object, code: string, member: string, message: string]>([
    [
      'customerId for a site',
      () => ({ siteId: orders.fixture.sites.clinic }),
      'REFERENCE_MISSING',
      'customerId',
      'customerId is required for operators.',
    ],
    [
      'customerId for an external identifier',
      () => ({ patientExternalIdentifier: 'ann' }),
      'REFERENCE_MISSING',
      'customerId',
      'customerId is required for operators.',
    ],
    [
      'an existing customer',
      () => ({ siteId: orders.fixture.sites.clinic, customerId: '99' }),
      'CUSTOMER_NOT_FOUND',
      'customerId',
      'There is no such customer. Check customerId.',
    ],
    [
      "a site of the customer's",
      () => ({ siteId: orders.fixture.sites.lakeview, customerId: '1' }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      "a patient of the customer's",
      () => ({ patientId: orders.fixture.patients.lakeview, customerId: '1' }),
      'PATIENT_NOT_FOUND',
      'patientId',
      'There is no such patient. Check patientId.',
    ],
    [
      'an existing patient',
      () => ({ patientId: '999999' }),
      'PATIENT_NOT_FOUND',
      'patientId',
      'There is no such patient. Check patientId.',
    ],
  ])('requires %s from an operator', async (_name, input, code, member, message) => {
    const refusal = { code, message, path: ['input', member] };
    await orders.expectRefusal('createOrder', { ...input(), lines: oneCuff() }, refusal, 'operator');
  });

  it.each<[string, () => object, code: string, member: string, message: string]>([
    [
      'neither a patient nor a site',
      () => ({}),
      'REFERENCE_MISSING',
      'patientId',
      'An order needs a recipient. Give patientId, patientExternalIdentifier or siteId.',
    ],
    [
      'both a patient and a site',
      () => ({ patientId: orders.fixture.patients.ann, siteId: orders.fixture.sites.clinic }),
      'INVALID_INPUT',
      'siteId',
      'An order goes to a patient or to a site. Omit one of them.',
    ],
    [
      'a patient by external identifier, and a site',
      () => ({ patientExternalIdentifier: 'ann', siteId: orders.fixture.sites.clinic }),
      'INVALID_INPUT',
      'siteId',
      'An order goes to a patient or to a site. Omit one of them.',
    ],
    [
      'references to two patients',
      () => ({ patientId: orders.fixture.patients.ann, patientExternalIdentifier: 'bob' }),
      'REFERENCE_MISMATCH',
      'patientExternalIdentifier',
      'patientId and patientExternalIdentifier name different patients.',
    ],
    [
      'an unknown patient',
      () => ({ patientId: '999999' }),
      'PATIENT_NOT_FOUND',
      'patientId',
      'There is no such patient. Check patientId.',
    ],
    [
      "another customer's patient",
      () => ({ patientId: orders.fixture.patients.lakeview }),
      'PATIENT_NOT_FOUND',
      'patientId',
      'There is no such patient. Check patientId.',
    ],
    [
      "another customer's external identifier",
      () => ({ patientExternalIdentifier: 'lakeview' }),
      'PATIENT_NOT_FOUND',
      'patientExternalIdentifier',
      'There is no such patient. Check patientExternalIdentifier.',
    ],
    [
      'an archived patient',
      () => ({ patientExternalIdentifier: 'archived' }),
      'PATIENT_ARCHIVED',
      'patientExternalIdentifier',
      'The patient is archived. Unarchive the patient first, or choose another patient.',
    ],
    [
      'an unknown site',
      () => ({ siteId: '999999' }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      'the global id of another type for a site',
      () => ({ siteId: globalId('Patient', orders.fixture.sites.clinic) }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      "another customer's site",
      () => ({ siteId: orders.fixture.sites.lakeview }),
      'SITE_NOT_FOUND',
      'siteId',
      'There is no such site. Check siteId.',
    ],
    [
      'an inactive site',
      () => ({ siteId: orders.fixture.sites.closed }),
      'SITE_INACTIVE',
      'siteId',
      'The site is not active. Reactivate it first, or choose another site.',
    ],
    [
      'a warehouse',
      () => ({ siteId: orders.fixture.sites.warehouse }),
      'SITE_OPERATED_BY_IMPILO',
      'siteId',
      'The site is an Impilo warehouse. Choose a site of the customer.',
    ],
    [
      "another customer's customerId",
      () => ({ patientId: orders.fixture.patients.ann, customerId: '2' }),
      'CUSTOMER_NOT_FOUND',
      'customerId',
      'There is no such customer. Check customerId.',
    ],
  ])('refuses %s', async (_name, input, code, member, message) => {
    const refusal = { code, message, path: ['input', member] };
    await orders.expectRefusal('createOrder', { ...input(), lines: oneCuff() }, refusal);
  });
});
