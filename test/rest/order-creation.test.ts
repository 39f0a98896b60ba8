import { OrderFixture } from '../support/order-fixture';
import { RestClient } from '../support/rest-client';
import { orderInRestForm } from '../support/rest-order';
import type { CallerName } from '../support/test-app';

let orders: OrderFixture;
let rest: RestClient;
let ids: Record<
  'ann' | 'bob' | 'archived' | 'clinic' | 'closed' | 'warehouse' | 'theirPatient' | 'theirSite' | 'cuff' | 'scale',
  number
>;

beforeAll(async () => {
  orders = await OrderFixture.start();
  const { fixture, items } = orders;
  rest = new RestClient(fixture.app);
  const { ann, bob, archived, lakeview: theirPatient } = fixture.patients;
  const { clinic, closed, warehouse, lakeview: theirSite } = fixture.sites;
  const named = { ann, bob, archived, clinic, closed, warehouse, theirPatient, theirSite, ...items };
  ids = Object.fromEntries(Object.entries(named).map(([name, id]) => [name, Number(id)])) as typeof ids;
});
afterAll(() => orders.stop());

interface Order {
  id: number;
  orderItems: object[];
}

const cuffs = (count?: number) => [{ item: { id: ids.cuff }, count }];
const forAnn = (change: object = {}) => ({ patient: { id: ids.ann }, orderItems: cuffs(1), ...change });

describe('recipients', () => {
  it.each<[string, () => object, () => object]>([
    ['a patient by id', () => ({ patient: { id: ids.ann } }), () => ({ patient: { id: ids.ann }, site: null })],
    [
      'a patient by external identifier',
      () => ({ patient: { externalIdentifier: 'bob' } }),
      () => ({ patient: { id: ids.bob, externalIdentifier: 'bob' }, site: null }),
    ],
    [
      'a patient by both',
      () => ({ patient: { id: ids.ann, externalIdentifier: 'ann' }, site: null }),
      () => ({ patient: { id: ids.ann }, site: null }),
    ],
    ['a site', () => ({ site: { id: ids.clinic } }), () => ({ patient: null, site: { id: ids.clinic } })],
  ])('an order for %s is created, and its address in Location returns it', async (_what, recipient, expected) => {
    const sent = {
      ...recipient(),
      orderItems: [
        { item: { id: ids.cuff }, count: 2 },
        { item: { id: ids.scale }, count: 1 },
      ],
      note: 'By REST',
    };
    const { status, body, headers } = await rest.post<Order>('/order', sent);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...expected(),
      kind: 'standard',
      currentStatus: 'created',
      orderItems: [
        { item: { id: ids.cuff, name: 'Cuff' }, count: 2 },
        { item: { id: ids.scale, name: 'Scale' }, count: 1 },
      ],
      externalOrderIds: [],
      devices: [],
      orderEvents: [{ name: 'created', note: 'By REST', actor: { type: 'apiKey', displayName: 'Northside demo key' } }],
      customerId: 1,
      version: 1,
    });
    expect(headers.get('location')).toBe(`/api/v3/order/${body.id}`);
    expect((await rest.get(`/order/${body.id}`)).body).toEqual(body);
    expect(body).toEqual(orderInRestForm((await orders.order(String(body.id), 'northside'))!));
    expect((await orders.eventsOf(String(body.id))).map(({ type }) => type)).toEqual([
      'order.status',
      'order.statusFull',
    ]);
  });

  it('an entry without a count is for one unit', async () => {
    const { body } = await rest.post<Order>('/order', forAnn({ orderItems: [{ item: { id: ids.cuff } }] }));
    expect(body.orderItems).toMatchObject([{ count: 1 }]);
  });

  it('operators name the patient, or the customer', async () => {
    const order = { patient: { id: ids.theirPatient }, orderItems: cuffs(1) };
    const byPatient = await rest.post<object>('/order', order, { caller: 'operator' });
    expect(byPatient.body).toMatchObject({ customerId: 2, patient: { id: ids.theirPatient } });
    const forSite = { site: { id: ids.theirSite }, customerId: 2, orderItems: cuffs(1) };
    const byCustomer = await rest.post<object>('/order', forSite, { caller: 'operator' });
    expect(byCustomer.body).toMatchObject({ customerId: 2, site: { id: ids.theirSite } });
  });
});

describe('refusals', () => {
  type Refused = [
    what: string,
    sent: () => unknown,
    status: number,
    code: string,
    field: string | null,
    caller?: CallerName,
  ];
  it.each<Refused>([
    ['no items', () => ({ patient: { id: ids.ann } }), 400, 'BAD_USER_INPUT', 'orderItems'],
    [
      'an item without an id',
      () => forAnn({ orderItems: [{ item: {} }] }),
      400,
      'BAD_USER_INPUT',
      'orderItems.0.item.id',
    ],
    ['half a unit', () => forAnn({ orderItems: cuffs(1.5) }), 400, 'BAD_USER_INPUT', 'orderItems.0.count'],
    ['an id of 20 digits', () => forAnn({ patient: { id: 1e20 } }), 400, 'BAD_USER_INPUT', 'patient.id'],
    ['an id that is a text', () => forAnn({ patient: { id: '1' } }), 400, 'BAD_USER_INPUT', 'patient.id'],
    ['an unknown member', () => forAnn({ orderKits: [] }), 400, 'BAD_USER_INPUT', 'orderKits'],
    ['a list as body', () => [forAnn()], 400, 'BAD_USER_INPUT', null],
    ['two external ids', () => forAnn({ externalOrderIds: ['A', 'B'] }), 400, 'BAD_USER_INPUT', 'externalOrderIds'],
    [
      'a count beyond 32 bits',
      () => forAnn({ orderItems: cuffs(2 ** 40) }),
      400,
      'BAD_USER_INPUT',
      'orderItems.0.count',
    ],
    ['an empty list of items', () => forAnn({ orderItems: [] }), 422, 'INVALID_INPUT', 'orderItems'],
    ['no units', () => forAnn({ orderItems: cuffs(0) }), 422, 'INVALID_INPUT', 'orderItems.0.count'],
    ['too many units', () => forAnn({ orderItems: cuffs(10_001) }), 422, 'INVALID_INPUT', 'orderItems.0.count'],
    [
      'an item twice',
      () => forAnn({ orderItems: [...cuffs(1), ...cuffs(2)] }),
      422,
      'INVALID_INPUT',
      'orderItems.1.item.id',
    ],
    [
      'a long external id',
      () => forAnn({ externalOrderIds: ['x'.repeat(201)] }),
      422,
      'INVALID_INPUT',
      'externalOrderIds',
    ],
    ['a patient and a site', () => forAnn({ site: { id: ids.clinic } }), 422, 'INVALID_INPUT', 'site.id'],
    ['no recipient', () => ({ orderItems: cuffs(1) }), 422, 'REFERENCE_MISSING', 'patient.id'],
    ['a patient without an id', () => forAnn({ patient: {} }), 422, 'REFERENCE_MISSING', 'patient.id'],
    [
      'two patients',
      () => forAnn({ patient: { id: ids.ann, externalIdentifier: 'bob' } }),
      422,
      'REFERENCE_MISMATCH',
      'patient.externalIdentifier',
    ],
    ['an unknown patient', () => forAnn({ patient: { id: 999_999 } }), 404, 'PATIENT_NOT_FOUND', 'patient.id'],
    [
      'an unknown external identifier',
      () => forAnn({ patient: { externalIdentifier: 'x' } }),
      404,
      'PATIENT_NOT_FOUND',
      'patient.externalIdentifier',
    ],
    [
      "another customer's patient",
      () => forAnn({ patient: { id: ids.theirPatient } }),
      404,
      'PATIENT_NOT_FOUND',
      'patient.id',
    ],
    ['an unknown site', () => forAnn({ patient: null, site: { id: 999_999 } }), 404, 'SITE_NOT_FOUND', 'site.id'],
    [
      "another customer's site",
      () => forAnn({ patient: null, site: { id: ids.theirSite } }),
      404,
      'SITE_NOT_FOUND',
      'site.id',
    ],
    [
      'an unknown item',
      () => forAnn({ orderItems: [{ item: { id: 999_999 } }] }),
      404,
      'ITEM_NOT_FOUND',
      'orderItems.0.item.id',
    ],
    ['another customer', () => forAnn({ customerId: 2 }), 404, 'CUSTOMER_NOT_FOUND', 'customerId'],
    ['an archived patient', () => forAnn({ patient: { id: ids.archived } }), 409, 'PATIENT_ARCHIVED', 'patient.id'],
    ['an inactive site', () => forAnn({ patient: null, site: { id: ids.closed } }), 409, 'SITE_INACTIVE', 'site.id'],
    [
      'a warehouse',
      () => forAnn({ patient: null, site: { id: ids.warehouse } }),
      409,
      'SITE_OPERATED_BY_IMPILO',
      'site.id',
    ],
    ['a read-only key', () => forAnn(), 403, 'FORBIDDEN', null, 'readOnly'],
    ['a key for readings', () => forAnn(), 403, 'FORBIDDEN', null, 'ingest'],
  ])('%s is refused, and nothing is written', async (_what, sent, status, code, field, caller = 'northside') => {
    const before = await orders.written();
    const { status: given, body } = await rest.post<{ detail: string }>('/order', sent(), { caller });
    expect({ given, ...body }).toMatchObject({ given: status, code, field });
    expect(await orders.written()).toEqual(before);
    expect(body.detail).not.toMatch(/\b(?:lines|itemId|quantity|siteId|patientId|patientExternalIdentifier)\b/);
  });

  it("another customer's recipients are refused as those that do not exist", async () => {
    const refused = async (recipient: object) =>
      (await rest.post<object>('/order', { orderItems: cuffs(1), ...recipient })).body;
    expect(await refused({ patient: { id: ids.theirPatient } })).toEqual(await refused({ patient: { id: 999_999 } }));
    expect(await refused({ site: { id: ids.theirSite } })).toEqual(await refused({ site: { id: 999_999 } }));
  });
});

describe('repeated requests', () => {
  it('with the same external id and content, they return the existing order', async () => {
    const sent = forAnn({ externalOrderIds: ['PO-1'] });
    const first = await rest.post<Order>('/order', sent);
    const before = await orders.written();
    const again = await rest.post<Order>('/order', sent);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(first.body).toMatchObject({ externalOrderIds: ['PO-1'] });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(await orders.written()).toEqual(before);
    const other = await rest.post<object>('/order', forAnn({ externalOrderIds: ['PO-1'], orderItems: cuffs(2) }));
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: 'EXTERNAL_ORDER_ID_TAKEN', field: 'externalOrderIds' });
  });

  it('with the same Idempotency-Key, they create one order', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await rest.post<Order>('/order', forAnn(), { headers });
    const before = await orders.written();
    const again = await rest.post<Order>('/order', forAnn(), { headers });
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(await orders.written()).toEqual(before);
    const other = await rest.post<object>('/order', forAnn({ orderItems: cuffs(2) }), { headers });
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', field: 'Idempotency-Key' });
  });

  it('without either, each creates an order', async () => {
    const [one, other] = [await rest.post<Order>('/order', forAnn()), await rest.post<Order>('/order', forAnn())];
    expect(one.body.id).not.toBe(other.body.id);
  });
});
