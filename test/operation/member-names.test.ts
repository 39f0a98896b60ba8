import { toGlobalId } from '../../src/platform/base/global-id';
import { RestClient } from '../support/rest-client';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** What every object of JavaScript has. A map by names that clients choose must not find them. */
const MEMBERS = Object.getOwnPropertyNames(Object.prototype);
const WORDS = MEMBERS.filter((name) => /^[A-Za-z]+$/.test(name));

it('are found', () => {
  expect(MEMBERS).toEqual(expect.arrayContaining(['constructor', 'toString', '__proto__', 'hasOwnProperty']));
});

it('no type of an id has one of these names, and the other ids of a list are found', async () => {
  const known = toGlobalId('Device', '1');
  const ids = [...WORDS.map((name) => toGlobalId(name, '1')), known];
  const query =
    'query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } device(id: $id) { id } }';
  const { data, errors } = await app.query('northside', query, { ids, id: ids[0] });
  expect(errors).toBeUndefined();
  expect(data).toEqual({ nodes: [...WORDS.map(() => null), { id: known }], node: null, device: null });
});

it('an id with such a name that is not made of letters is not an id', async () => {
  const { errors } = await app.query('northside', '{ node(id: "X19wcm90b19fOjE") { id } }');
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', path: ['id'] } }]);
});

it('ids of filters and mutations with such names name nothing', async () => {
  const id = toGlobalId('constructor', '1');
  const { data } = await app.query(
    'northside',
    `query ($id: ID!) { devices(filter: { siteIds: [$id] }) { nodes { id } } }`,
    { id },
  );
  expect(data).toEqual({ devices: { nodes: [] } });
  const associate =
    'mutation ($id: ID!) { associateDevice(input: { deviceId: $id, patientId: $id }) { userErrors { code } } }';
  const { data: refused } = await app.query('northside', associate, { id });
  expect(refused).toEqual({ associateDevice: { userErrors: [{ code: 'DEVICE_NOT_FOUND' }] } });
});

it.each(MEMBERS)('a variable, an alias, a fragment and an operation may be called %s', async (name) => {
  const query = `query ${name}($${name}: ID! = "1", $first: Int) { ${name}: device(id: $${name}) { ...${name} } devices(first: $first) { nodes { id } } }
    fragment ${name} on Device { databaseId }`;
  const given = JSON.parse(`{ "${name}": "1", "first": 1 }`) as Record<string, unknown>;
  const expected = JSON.parse(`{ "${name}": { "databaseId": "1" } }`) as object;
  // A body with a member `__proto__` is refused as a whole.
  for (const variables of name === '__proto__' ? [{ first: 1 }] : [given, { first: 1 }]) {
    const { data, errors } = await app.query('northside', query, variables);
    expect({ data: errors ?? data }).toMatchObject({ data: expected });
  }
});

it.each(MEMBERS)('REST refuses a parameter, a value, a member and an id called %s', async (name) => {
  const rest = new RestClient(app);
  for (const path of [`/device?${name}=1`, `/device?status=${name}`, `/order?status=${name}`, `/device/${name}`]) {
    const { status, body } = await rest.get(path);
    expect({ path, status, body }).toMatchObject({ status: 400, body: { code: 'BAD_USER_INPUT' } });
  }
});
