import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { MAX_CHOICES, MAX_FILTER_VALUES, maxItemsOf } from '../../src/platform/operation/list-bounds';
import { Subscriber } from '../support/subscriber';
import { TestApp, type GraphqlResponse } from '../support/test-app';

const schema = buildGatewaySchema();

interface NamedList {
  name: string;
  list: GraphQLArgument | GraphQLInputField;
  /** Description of the input that has the list as a member. */
  of: string;
}

/** All lists among the arguments and inputs of the schema, those of directives too. */
function listsOf(): NamedList[] {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const members = types.flatMap((type): NamedList[] => {
    if (isInputObjectType(type))
      return Object.values(type.getFields()).map((list) => ({
        name: `${type.name}.${list.name}`,
        list,
        of: type.description ?? '',
      }));
    if (!isObjectType(type)) return [];
    return Object.values(type.getFields()).flatMap(({ name, args }) =>
      args.map((list) => ({ name: `${type.name}.${name}(${list.name}:)`, list, of: '' })),
    );
  });
  const directives = schema
    .getDirectives()
    .flatMap(({ name, args }) => args.map((list) => ({ name: `@${name}(${list.name}:)`, list, of: '' })));
  return [...members, ...directives].filter(({ list }) => isListType(getNullableType(list.type)));
}

const LISTS = listsOf();

it('no list has lists as items: they would need a maximum, too', () => {
  expect(LISTS.filter(({ list }) => /\[.*\[/.test(String(list.type)))).toEqual([]);
});

it('these are lists of arguments, filters, inputs and entries', () => {
  const names = LISTS.map(({ name }) => name);
  for (const name of ['Query.nodes(ids:)', 'DeviceFilter.siteIds', 'CreateOrderInput.lines'])
    expect(names).toContain(name);
  expect(names).toContain('RegisterDeviceEntryInput.identifiers');
  expect(names.length).toBeGreaterThan(80);
});

it.each(LISTS.map((one) => [one.name, one] as const))(
  '%s has a maximum, which is documented',
  (_name, { list, of }) => {
    const maximum = maxItemsOf(list)!.value;
    expect(maximum).toBeGreaterThan(0);
    expect(maximum).toBeLessThanOrEqual(2_000);
    const text = `${list.description} ${getNamedType(list.type).description} ${of}`;
    expect(text).toMatch(
      new RegExp(`(at most|1 to|At most|maximum) (${maximum}|${maximum.toLocaleString('en-US')})\\b`),
    );
  },
);

const many = (count: number, item: unknown = '1') => Array.from({ length: count }, () => item);
const rule = (maximum: number, given: number) =>
  `must have at most ${maximum.toLocaleString('en-US')} items, but has ${given.toLocaleString('en-US')}`;

describe('a list that is too long', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.stop());

  async function sent(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlResponse> {
    let response: GraphqlResponse;
    const statements = await app.statementsOf(async () => {
      response = await app.query('operator', query, variables);
    });
    if (!query.startsWith('mutation')) expect(statements).toEqual([]);
    return response!;
  }

  /** The only error of an operation that was refused before it began. */
  async function refusal(query: string, variables: Record<string, unknown> = {}) {
    const { data, errors } = await sent(query, variables);
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    const [{ message, extensions, locations }] = errors as [NonNullable<typeof errors>[number]];
    expect(locations).toHaveLength(1);
    return { message, ...extensions };
  }

  const tooMany = (path: string[], maximum: number, given: number) => ({
    code: 'BAD_USER_INPUT',
    message: `${path.join('.')}: ${rule(maximum, given)}`,
    path,
  });
  const DEVICE_IDS = ['filter', 'deviceIds'];
  const MORE = MAX_FILTER_VALUES + 1;

  it('of a variable is refused before anything is read, with its place, maximum and length', async () => {
    const query = 'query ($k: [ID!]) { readings(filter: { deviceIds: $k }) { nodes { id } } }';
    expect(await refusal(query, { k: many(MORE) })).toEqual(tooMany(DEVICE_IDS, MAX_FILTER_VALUES, MORE));
    const { errors } = await app.query('operator', query, { k: many(MAX_FILTER_VALUES) });
    expect(errors).toBeUndefined();
  });

  it('is told by its length although its items are wrong', async () => {
    const query = 'query ($k: [ID!]) { readings(filter: { deviceIds: $k }) { nodes { id } } }';
    expect(await refusal(query, { k: many(50_000, null) })).toEqual(tooMany(DEVICE_IDS, MAX_FILTER_VALUES, 50_000));
    expect(await refusal(query, { k: many(50_000, {}) })).toEqual(tooMany(DEVICE_IDS, MAX_FILTER_VALUES, 50_000));
  });

  it('of an input in a variable', async () => {
    const query = 'query ($f: ReadingFilter) { readings(filter: $f) { nodes { id } } }';
    expect(await refusal(query, { f: { deviceIds: many(MORE), unknown: 1 } })).toEqual(
      tooMany(DEVICE_IDS, MAX_FILTER_VALUES, MORE),
    );
  });

  it('of a literal, and of the default of a variable', async () => {
    const list = `[${many(MORE, 1).join(' ')}]`;
    const expected = tooMany(DEVICE_IDS, MAX_FILTER_VALUES, MORE);
    expect(await refusal(`{ readings(filter: { deviceIds: ${list} }) { nodes { id } } }`)).toEqual(expected);
    expect(
      await refusal(`query ($k: [ID!] = ${list}) { readings(filter: { deviceIds: $k }) { nodes { id } } }`),
    ).toEqual(expected);
    expect(
      await refusal(`query ($f: ReadingFilter = { deviceIds: ${list} }) { readings(filter: $f) { nodes { id } } }`),
    ).toEqual(expected);
  });

  it('of a field that is skipped, and of one in a fragment of a fragment', async () => {
    const field = 'readings(filter: { deviceIds: $k }) { nodes { id } }';
    const expected = tooMany(DEVICE_IDS, MAX_FILTER_VALUES, MORE);
    const skipped = 'query ($k: [ID!]) { readings(filter: { deviceIds: $k }) @skip(if: true) { nodes { id } } }';
    expect(await refusal(skipped, { k: many(MORE) })).toEqual(expected);
    const fragments = `query ($k: [ID!]) { ...A } fragment A on Query { ...B } fragment B on Query { ${field} }`;
    expect(await refusal(fragments, { k: many(MORE) })).toEqual(expected);
  });

  it('is told once for 29 aliases below 60 parents', async () => {
    const lists = Array.from(
      { length: 29 },
      (_, index) => `a${index}: readings(filter: { deviceIds: $k }) { nodes { id } }`,
    );
    const query = `query ($k: [ID!]) { patients(first: 60) { nodes { ${lists.join(' ')} } } }`;
    expect(await refusal(query, { k: many(240_000, 1) })).toEqual(tooMany(DEVICE_IDS, MAX_FILTER_VALUES, 240_000));
  });

  it('of nodes', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    expect(await refusal(query, { ids: many(101) })).toEqual(tooMany(['ids'], 100, 101));
  });

  it('of another operation in the document does not matter', async () => {
    const query = `query A { __typename } query B { nodes(ids: [${many(101, 1).join(' ')}]) { id } }`;
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer demo-operator', 'content-type': 'application/json' },
      body: JSON.stringify({ query, operationName: 'A' }),
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('of the filter of a subscription', async () => {
    const query = 'subscription ($k: [ID!]) { deviceStatusChanged(filter: { deviceIds: $k }) { cursor } }';
    const subscriber = new Subscriber(app.url, 'operator', query, { k: many(MORE) });
    await subscriber.count(1);
    const { message, ...extensions } = tooMany(DEVICE_IDS, MAX_FILTER_VALUES, MORE);
    expect(subscriber.received).toMatchObject([{ errors: [{ message, extensions }] }]);
    await subscriber.stop();
  });

  it('of a mutation is a user error, and changes nothing', async () => {
    const query =
      'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } userErrors { code message path } } }';
    const { data } = await sent(query, { input: { name: 'X', readingKinds: many(MAX_CHOICES + 1, 'WEIGHT') } });
    const userErrors = [
      {
        code: 'INVALID_INPUT',
        message: `readingKinds ${rule(MAX_CHOICES, MAX_CHOICES + 1)}.`,
        path: ['input', 'readingKinds'],
      },
    ];
    expect(data).toEqual({ createItem: { item: null, userErrors } });
  });

  it('of an entry refuses the entry alone', async () => {
    const entry = (identifiers: unknown[]) => ({ customerId: 1, itemId: 1, siteId: 1, identifiers });
    const long = many(MAX_CHOICES + 1, { type: 'IMEI', value: '1' });
    const query =
      'mutation ($input: RegisterDevicesInput!) { registerDevices(input: $input) { refused results { userErrors { message path } } } }';
    const { data, errors } = await sent(query, { input: { devices: [entry([]), entry(long)] } });
    expect(errors).toBeUndefined();
    const { results } = data.registerDevices as { results: { userErrors: { message: string; path: string[] }[] }[] };
    expect(results[1]!.userErrors).toEqual([
      {
        message: `identifiers ${rule(MAX_CHOICES, MAX_CHOICES + 1)}.`,
        path: ['input', 'devices', '1', 'identifiers'],
      },
    ]);
    expect(results[0]!.userErrors[0]!.message).not.toContain('items');
  });
});
