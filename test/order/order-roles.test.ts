import type { Caller } from '../support/device-fixture';
import { OrderFixture, type OrderOperation } from '../support/order-fixture';

let orders: OrderFixture;
beforeAll(async () => {
  orders = await OrderFixture.start();
});
afterAll(() => orders.stop());

type RoleName = 'ADMIN' | 'MEMBER' | 'READ_ONLY' | 'INGEST' | 'OPERATOR';
const MEMBERS: RoleName[] = ['ADMIN', 'MEMBER', 'OPERATOR'];

/** Roles that are allowed to call each operation, from docs/glossary.md#roles, and the action that the others lack. */
const ALLOWED: Record<OrderOperation, { roles: RoleName[]; right: string }> = {
  createOrder: { roles: MEMBERS, right: 'order:create' },
  cancelOrder: { roles: MEMBERS, right: 'order:create' },
  replaceDevice: { roles: MEMBERS, right: 'device:replace' },
  cancelReturn: { roles: MEMBERS, right: 'device:replace' },
  processOrder: { roles: ['OPERATOR'], right: 'order:process' },
  shipOrder: { roles: ['OPERATOR'], right: 'order:process' },
  markOrderReadyForPickup: { roles: ['OPERATOR'], right: 'order:process' },
  deliverOrder: { roles: ['OPERATOR'], right: 'order:process' },
  receiveReturn: { roles: ['OPERATOR'], right: 'device:receive' },
};

/** Creates what the operation needs to succeed. Returns its input. */
const PREPARED: Record<OrderOperation, () => Promise<object>> = {
  createOrder: async () => ({
    patientId: orders.fixture.patients.ann,
    lines: [{ itemId: orders.items.cuff, quantity: 1 }],
  }),
  cancelOrder: async () => ({ orderId: (await orders.at('PROCESSED', {}, await orders.stock())).databaseId }),
  processOrder: async () => {
    await orders.stock();
    return { orderId: (await orders.created()).databaseId };
  },
  shipOrder: async () => ({ orderId: (await orders.at('PROCESSED', {}, await orders.stock())).databaseId }),
  markOrderReadyForPickup: async () => ({ orderId: (await orders.at('SHIPPED', {}, await orders.stock())).databaseId }),
  deliverOrder: async () => ({ orderId: (await orders.at('SHIPPED', {}, await orders.stock())).databaseId }),
  replaceDevice: async () => {
    await orders.stock();
    return { deviceId: (await orders.fixture.freeDevice()).id };
  },
  cancelReturn: async () => {
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    return { deviceId: id, siteId: orders.fixture.sites.clinic, reason: 'It stays' };
  },
  receiveReturn: async () => {
    const { id } = await orders.fixture.device({ status: 'RETURNING' });
    return { deviceId: id, siteId: orders.fixture.sites.warehouse, outcome: 'RESTOCK' };
  },
};

function keyOfRole(role: RoleName): Promise<Caller> {
  return orders.fixture.key(role, role === 'OPERATOR' ? null : '1');
}

const OPERATIONS = Object.keys(ALLOWED) as OrderOperation[];
const ROLES: RoleName[] = ['ADMIN', 'MEMBER', 'READ_ONLY', 'INGEST', 'OPERATOR'];

describe.each(OPERATIONS)('%s', (operation) => {
  const { roles, right } = ALLOWED[operation];

  it.each(roles)('succeeds for the role %s', async (role) => {
    const input = await PREPARED[operation]();
    const before = await orders.written();

    const { userErrors } = await orders.call(operation, input, await keyOfRole(role));

    expect(userErrors).toEqual([]);
    expect(await orders.written()).not.toEqual(before);
  });

  it.each(ROLES.filter((role) => !roles.includes(role)))('is FORBIDDEN to the role %s', async (role) => {
    const input = await PREPARED[operation]();
    const error = { code: 'FORBIDDEN', message: `The role ${role} does not allow the action ${right}.` };
    await orders.expectError(operation, input, error, await keyOfRole(role));
  });

  it('is not found or FORBIDDEN for a caller of another customer', async () => {
    const input = await PREPARED[operation]();
    const lakeview = await orders.fixture.key('MEMBER', '2');
    if (!roles.includes('MEMBER')) {
      const error = { code: 'FORBIDDEN', message: `The role MEMBER does not allow the action ${right}.` };
      return orders.expectError(operation, input, error, lakeview);
    }
    const [code, member, thing] = {
      createOrder: ['PATIENT_NOT_FOUND', 'patientId', 'patient'],
      cancelOrder: ['ORDER_NOT_FOUND', 'orderId', 'order'],
      cancelReturn: ['DEVICE_NOT_FOUND', 'deviceId', 'device'],
      replaceDevice: ['DEVICE_NOT_FOUND', 'deviceId', 'device'],
    }[operation as 'createOrder' | 'cancelOrder' | 'cancelReturn' | 'replaceDevice'] as [string, string, string];
    const refusal = { code, message: `There is no such ${thing}. Check ${member}.`, path: ['input', member] };
    await orders.expectRefusal(operation, input, refusal, lakeview);
  });
});

describe('the reads of orders', () => {
  it.each(ROLES)('are allowed for the role %s as the glossary says', async (role) => {
    const { databaseId } = await orders.created();
    const { data, errors } = await orders.fixture.app.query(
      await keyOfRole(role),
      'query ($id: ID!) { order(id: $id) { databaseId } orders(first: 1) { nodes { databaseId } } }',
      { id: databaseId },
    );
    if (role === 'INGEST') {
      expect(data).toEqual({ order: null, orders: null });
      expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    } else {
      expect(data).toEqual({ order: { databaseId }, orders: { nodes: [{ databaseId }] } });
      expect(errors).toBeUndefined();
    }
  });
});
