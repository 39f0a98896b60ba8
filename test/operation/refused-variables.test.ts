import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const REGISTER = 'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { userErrors { code } } }';
const SERIAL = { type: 'SERIAL', value: 'A-1' };
const registered = (more: object) => ({
  input: { customerId: '1', itemId: '1', siteId: '1', identifiers: [SERIAL], ...more },
});
const DEVICE = 'query ($id: ID!) { device(id: $id) { id } }';

/** Where the variables that are refused stand, in the order of the errors. */
async function placesOf(query: string, variables: Record<string, unknown>): Promise<unknown[]> {
  const { data, errors = [] } = await app.query('operator', query, variables);
  expect((data as typeof data | undefined)?.device ?? null).toBeNull();
  for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
  return errors.map(({ extensions }) => extensions.path);
}

it.each<[string, string, Record<string, unknown>, string[][]]>([
  ['a variable that is missing', DEVICE, {}, [['id']]],
  ['a variable that is null', DEVICE, { id: null }, [['id']]],
  ['a variable of the wrong type', DEVICE, { id: [1] }, [['id']]],
  [
    'a variable with the name of a member of every object',
    DEVICE.replaceAll('$id', '$constructor'),
    {},
    [['constructor']],
  ],
  [
    'a variable that an argument cannot be filled with',
    'query ($id: ID = "1") { device(id: $id) { id } }',
    { id: null },
    [['id']],
  ],
  ['a member of the wrong type', REGISTER, registered({ itemId: true }), [['input', 'itemId']]],
  [
    'an item of a list, and a member of one',
    REGISTER,
    registered({ identifiers: [null, { ...SERIAL, type: 'BARCODE' }] }),
    [
      ['input', 'identifiers', '0'],
      ['input', 'identifiers', '1', 'type'],
    ],
  ],
  ['an object without a member that it must have', REGISTER, registered({ siteId: undefined }), [['input']]],
  ['an object with a member that there is not', REGISTER, registered({ color: 'red' }), [['input']]],
  [
    'several variables',
    'query ($first: Int, $ids: [ID!]!) { devices(first: $first) { nodes { id } } nodes(ids: $ids) { id } }',
    { first: 'five', ids: ['1', null, {}] },
    [['first'], ['ids', '1'], ['ids', '2']],
  ],
])('%s is named by its path', async (_what, query, variables, places) => {
  expect(await placesOf(query, variables)).toEqual(places);
});

it('more than fifty are named one by one up to the fiftieth', async () => {
  const errors = await placesOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(80).fill({}) });
  expect(errors).toEqual([...Array.from({ length: 50 }, (_, index) => ['ids', String(index)]), ['ids']]);
});

it('those of a subscription are named too', async () => {
  const watch = 'subscription ($after: String) { deviceStatusChanged(after: $after) { __typename } }';
  const subscriber = new Subscriber(app.url, 'northside', watch, { after: 5 });
  await subscriber.until(({ received }) => received.length > 0);
  const extensions = { code: 'BAD_USER_INPUT', path: ['after'] };
  expect(subscriber.received).toMatchObject([{ errors: [{ extensions }] }]);
  await subscriber.stop();
});
