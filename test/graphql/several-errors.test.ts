import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const RANGE = '{ from: "soon", to: "later" }';

it('each value of an argument that is not valid has an error with its path', async () => {
  const { data, errors } = await app.query(
    'northside',
    `{ a: devices(filter: { createdAt: ${RANGE} }) { nodes { id } } b: devices(filter: { siteIds: ["x", "1", "y"] }) { nodes { id } } }`,
  );
  expect(data).toEqual({ a: null, b: null });
  expect(errors!.map(({ path, extensions }) => [path, extensions])).toEqual(
    expect.arrayContaining([
      [['a'], { code: 'BAD_USER_INPUT', path: ['filter', 'createdAt', 'from'] }],
      [['a'], { code: 'BAD_USER_INPUT', path: ['filter', 'createdAt', 'to'] }],
      [['b'], { code: 'BAD_USER_INPUT', path: ['filter', 'siteIds', '0'] }],
      [['b'], { code: 'BAD_USER_INPUT', path: ['filter', 'siteIds', '2'] }],
    ]),
  );
  expect(errors).toHaveLength(4);
});

it('twenty values have an error, and one more says how many others there are', async () => {
  const { errors } = await app.query(
    'northside',
    'query ($k: [ID!]) { devices(filter: { siteIds: $k }) { nodes { id } } }',
    {
      k: Array.from({ length: 53 }, () => 'x'),
    },
  );
  expect(errors).toHaveLength(21);
  expect(errors!.at(-1)).toEqual({ message: '33 more values are refused.', extensions: { code: 'BAD_USER_INPUT' } });
});
