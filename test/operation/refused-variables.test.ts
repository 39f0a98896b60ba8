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

/** Paths of the refused variables, in the order of the errors. */
async function pathsOf(query: string, variables: Record<string, unknown>): Promise<unknown[]> {
  const { data, errors = [] } = await app.query('operator', query, variables);
  expect((data as typeof data | undefined)?.device ?? null).toBeNull();
  for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
  return errors.map(({ extensions }) => extensions.path);
}

it.each<[string, string, Record<string, unknown>, string[][]]>([
  ['a missing variable', DEVICE, {}, [['id']]],
  ['a variable that is null', DEVICE, { id: null }, [['id']]],
  ['a variable of the wrong type', DEVICE, { id: [1] }, [['id']]],
  ['a variable named like a member of every object', DEVICE.replaceAll('$id', '$constructor'), {}, [['constructor']]],
  [
    'null for a variable of a required argument',
    'query ($id: ID = "1") { device(id: $id) { id } }',
    { id: null },
    [['id']],
  ],
  ['a field of the wrong type', REGISTER, registered({ itemId: true }), [['input', 'itemId']]],
  [
    'an item of a list, and a field of an item',
    REGISTER,
    registered({ identifiers: [null, { ...SERIAL, type: 'BARCODE' }] }),
    [
      ['input', 'identifiers', '0'],
      ['input', 'identifiers', '1', 'type'],
    ],
  ],
  ['an object without a required field', REGISTER, registered({ siteId: undefined }), [['input']]],
  ['an object with an unknown field', REGISTER, registered({ color: 'red' }), [['input']]],
  [
    'several variables',
    'query ($first: Int, $ids: [ID!]!) { devices(first: $first) { nodes { id } } nodes(ids: $ids) { id } }',
    { first: 'five', ids: ['1', null, {}] },
    [['first'], ['ids', '1'], ['ids', '2']],
  ],
])('%s is reported with its path', async (_what, query, variables, paths) => {
  expect(await pathsOf(query, variables)).toEqual(paths);
});

it('only the first twenty are reported individually', async () => {
  const errors = await pathsOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(80).fill({}) });
  expect(errors).toEqual([...Array.from({ length: 20 }, (_, index) => ['ids', String(index)]), undefined]);
});

it('variables of a subscription are reported with their path', async () => {
  const watch = 'subscription ($after: String) { deviceStatusChanged(after: $after) { __typename } }';
  const subscriber = new Subscriber(app.url, 'northside', watch, { after: 5 });
  await subscriber.until(({ received }) => received.length > 0);
  const extensions = { code: 'BAD_USER_INPUT', path: ['after'] };
  expect(subscriber.received).toMatchObject([{ errors: [{ extensions }] }]);
  await subscriber.stop();
});
