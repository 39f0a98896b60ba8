import { globalId } from '../support/global-id';
import { changedTo, ISO, OperatorWrites } from '../support/operator-writes';
import { TestApp } from '../support/test-app';

let app: TestApp;
let customers: OperatorWrites;
beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  customers = new OperatorWrites(app, 'customer', CUSTOMER, 'customer');
});
afterAll(() => app.stop());

const CUSTOMER = 'id databaseId name readingRetentionMonths active deactivatedAt version createdAt updatedAt';

let count = 0;
const made = () => customers.done('createCustomer', { name: `Clinic ${(count += 1)}` });

describe('creating a customer', () => {
  it('returns an active customer, which operators can read back', async () => {
    const customer = await customers.done('createCustomer', { name: ' Riverside 🙂 Clinic ' });
    expect(customer).toMatchObject({ name: 'Riverside 🙂 Clinic', active: true, deactivatedAt: null, version: 1 });
    expect([customer.createdAt, customer.updatedAt]).toEqual([ISO, ISO]);
    for (const id of [customer.id, customer.databaseId])
      expect(await app.data('operator', `{ customer(id: "${id}") { ${CUSTOMER} } }`)).toEqual({ customer });
    expect(await app.data('northside', `{ customer(id: "${customer.id}") { name } }`)).toEqual({ customer: null });
  });

  it.each(['northside health', ' NORTHSIDE HEALTH ', 'Impilo', 'impilo'])('refuses the taken name %j', (name) =>
    customers.refused('createCustomer', { name }, ['CUSTOMER_NAME_TAKEN', 'input', 'name']),
  );

  it.each(['', ' \t ', 'x'.repeat(201), 'a\nb', 'a\0', 'half \ud83d'])('refuses the name %j', (name) =>
    customers.refused('createCustomer', { name }, ['INVALID_INPUT', 'input', 'name']),
  );

  it('accepts one of two with the same name that arrive at once on two instances', async () => {
    const create = (name: string, instance: number) =>
      app.data<{ createCustomer: { userErrors: object[] } }>(
        'operator',
        `mutation { createCustomer(input: { name: "${name}" }) { userErrors { code } } }`,
        {},
        instance,
      );
    const both = await Promise.all([create('At once', 0), create('AT ONCE', 1)]);
    const errors = both.flatMap(({ createCustomer }) => createCustomer.userErrors);
    expect(errors).toEqual([{ code: 'CUSTOMER_NAME_TAKEN' }]);
  });
});

describe('updating a customer', () => {
  it('renames it, also to another case of its own name', async () => {
    const before = await made();
    const customerId = before.databaseId;
    const renamed = await customers.done('updateCustomer', { customerId, name: ' Harbor Clinic ' });
    expect(renamed).toEqual(changedTo(before, { name: 'Harbor Clinic' }));
    expect(await customers.done('updateCustomer', { customerId: before.id, name: 'HARBOR clinic' })).toEqual(
      changedTo(renamed, { name: 'HARBOR clinic' }),
    );
  });

  it('deactivates and reactivates it', async () => {
    const before = await made();
    const customerId = before.databaseId;
    const off = await customers.done('updateCustomer', { customerId, active: false, expectedVersion: 1 });
    expect(off).toEqual(changedTo(before, { active: false, deactivatedAt: ISO }));
    expect(off.deactivatedAt).toBe(off.updatedAt);
    const renamed = await customers.done('updateCustomer', { customerId, name: 'Closed Clinic' });
    expect(renamed).toEqual(changedTo(off, { name: 'Closed Clinic' }));
    expect(await customers.done('updateCustomer', { customerId, active: true })).toEqual(
      changedTo(renamed, { active: true, deactivatedAt: null }),
    );
  });

  it('changes nothing when repeated, whatever version is expected', async () => {
    const { databaseId: customerId, name } = await made();
    const customer = await customers.done('updateCustomer', { customerId, active: false });
    const before = await customers.stored();
    for (const input of [{ active: false, expectedVersion: 77 }, { name }, {}])
      expect(await customers.done('updateCustomer', { customerId, ...input })).toEqual(customer);
    expect(await customers.stored()).toEqual(before);
  });

  it('sets how long readings are kept, and null keeps them for good', async () => {
    const before = await customers.done('createCustomer', { name: 'Forgetful Clinic', readingRetentionMonths: 24 });
    expect(before.readingRetentionMonths).toBe(24);
    const customerId = before.databaseId;
    const longer = await customers.done('updateCustomer', { customerId, readingRetentionMonths: 1_200 });
    expect(longer).toEqual(changedTo(before, { readingRetentionMonths: 1_200 }));
    const renamed = await customers.done('updateCustomer', { customerId, name: 'Unforgetful Clinic' });
    expect(renamed.readingRetentionMonths).toBe(1_200);
    const forGood = await customers.done('updateCustomer', { customerId, readingRetentionMonths: null });
    expect(forGood).toEqual(changedTo(renamed, { readingRetentionMonths: null }));
    expect(await customers.done('updateCustomer', { customerId, readingRetentionMonths: null })).toEqual(forGood);
    expect((await made()).readingRetentionMonths).toBeNull();
  });

  it.each([0, -1, 1_201])('refuses to keep readings for %d months', async (readingRetentionMonths) => {
    const refusal: [string, ...string[]] = ['INVALID_INPUT', 'input', 'readingRetentionMonths'];
    const { databaseId: customerId } = await made();
    await customers.refused('updateCustomer', { customerId, readingRetentionMonths }, refusal);
    await customers.refused('createCustomer', { name: 'Odd Clinic', readingRetentionMonths }, refusal);
  });

  it('refuses another version than the customer has, and returns the customer', async () => {
    const customer = await made();
    const input = { customerId: customer.databaseId, active: false, expectedVersion: 2 };
    const { row } = await customers.refused('updateCustomer', input, ['STALE_VERSION', 'input', 'expectedVersion']);
    expect(row).toEqual(customer);
  });

  it('refuses the name of another customer', async () => {
    const { databaseId: customerId } = await made();
    const input = { customerId, name: 'lakeview CARE' };
    const { row } = await customers.refused('updateCustomer', input, ['CUSTOMER_NAME_TAKEN', 'input', 'name']);
    expect(row).toBeNull();
  });

  it('refuses to clear a field', async () => {
    const { databaseId: customerId } = await made();
    await customers.refused(
      'updateCustomer',
      { customerId, name: null, active: null },
      ['INVALID_INPUT', 'input', 'name'],
      ['INVALID_INPUT', 'input', 'active'],
    );
  });

  it.each(['0', '999999', globalId('Site', '1'), globalId('Customer', '0')])('does not find %s', (customerId) =>
    customers.refused('updateCustomer', { customerId, active: false }, ['CUSTOMER_NOT_FOUND', 'input', 'customerId']),
  );
});

it('lists customers by state', async () => {
  const { databaseId: customerId } = await made();
  await customers.done('updateCustomer', { customerId, active: false });
  const listed = async (active: boolean) => {
    const document = `{ customers(first: 100, filter: { active: ${active} }) { nodes { databaseId } } }`;
    const page = (await app.data<{ customers: { nodes: { databaseId: string }[] } }>('operator', document)).customers;
    return page.nodes.some(({ databaseId }) => databaseId === customerId);
  };
  expect([await listed(true), await listed(false)]).toEqual([false, true]);
});
