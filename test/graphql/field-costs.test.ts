import { getNamedType, getNullableType, isCompositeType, isListType, isObjectType, isScalarType, parse } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { DEFAULT_LIMITS } from '../../src/platform/operation/limits';
import { isCount, listLength, weightOf } from '../../src/platform/operation/field-extensions';
import { operationCost } from './operation-cost';

/** Costs that the fields of the gateway's schema declare. */
const schema = buildGatewaySchema();

const cost = (source: string, variables?: Record<string, unknown>) =>
  operationCost(schema, parse(source), null, variables);

const FIELDS = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type) && !type.name.startsWith('__')
    ? Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, type, field }))
    : [],
);

it('every list of objects without pages has a length', () => {
  const unknown = FIELDS.filter(({ type, field }) => {
    const item = getNamedType(field.type);
    if (!isListType(getNullableType(field.type)) || !isCompositeType(item)) return false;
    const isOfPage = type.name.endsWith('Connection') && ['nodes', 'edges'].includes(field.name);
    const isOfCall = type.name.endsWith('Payload') && field.name === 'results';
    const isOfArgument = field.args.some(
      (argument) => isListType(getNullableType(argument.type)) && argument.name === 'ids',
    );
    return !isOfPage && !isOfCall && !isOfArgument && listLength(field, item, {}) === undefined;
  });
  expect(unknown.map(({ name }) => name)).toEqual([]);
});

it('notes, URLs, cursors and payloads weigh more than other scalars, also in the types of an interface', () => {
  const texts = FIELDS.filter(
    ({ field }) =>
      isScalarType(getNamedType(field.type)) && /^(note|.*url|responseBody|payload|cursor|.*Cursor)$/i.test(field.name),
  );
  const light = texts.filter(({ field }) => weightOf(field) === 1).map(({ name }) => name);
  // Cursors of streams are signed and short.
  expect(
    light.filter((name) => !/Changed\w*\.cursor$|Recorded\w*\.cursor$|Query\.streamCursor|Event\.cursor$/.test(name)),
  ).toEqual([]);
  expect(texts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['DeviceStatusChange.note', 'OrderStatusChange.note', 'Address.note', 'DeviceEdge.cursor']),
  );
});

it('every totalCount and every count by group is one', () => {
  const counts = FIELDS.filter(({ field }) => isCount(field)).map(({ name }) => name);
  expect(counts).toEqual(
    expect.arrayContaining(FIELDS.filter(({ field }) => field.name === 'totalCount').map(({ name }) => name)),
  );
  for (const name of ['Query.deviceCounts', 'Site.deviceCounts', 'Query.orderCounts']) expect(counts).toContain(name);
});

describe('costs', () => {
  const aliased = (count: number, field: string): string =>
    Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
  const ids = (count: number, id = 'RGV2aWNlOjE') => Array.from({ length: count }, () => id);

  it.each([
    ['a count of a whole list', '{ devices(first: 0) { totalCount } }', 1 + 0.1 + 200],
    ['a count below one object', '{ site(id: 1) { devices(first: 0) { totalCount } } }', 2 + 0.1 + 20],
    ['counts below many objects', '{ sites(first: 50) { nodes { devices(first: 0) { totalCount } } } }', 1 + 50 * 22.1],
    ['a hundred counts by 25 aliases', `{ ${aliased(25, 'devices(first: 0) { totalCount }')} }`, 25 * 201.1],
    ['counts by group', '{ deviceCounts { count } }', 200 + 30 * 1.1],
    ['a count in a fragment', '{ devices(first: 0) { ...F } } fragment F on DeviceConnection { totalCount }', 201.1],
    ['lines of an order', '{ order(id: 1) { lines { quantity } parcels { trackingUrl } } }', 1 + 10 * 1.1 + 10 * 2],
    ['a note', '{ device(id: 1) { statusHistory(first: 10) { nodes { note } } } }', 2 + 10 * 2],
    ['sealed cursors', '{ devices(first: 10) { edges { cursor } pageInfo { endCursor } } }', 1 + 10 * 1.5 + 1.5],
  ])('%s', (_what, source, expected) => {
    expect(cost(source)).toBe(Math.ceil(Math.round(expected * 10) / 10));
  });

  it('a list variable counts in each field that uses it, and for each parent', () => {
    const k = ids(100);
    const readings = 'readings(first: 1, filter: { deviceIds: $k }) { nodes { kind } }';
    const query = (field: string) => `query ($k: [ID!]) { patients(first: 10) { nodes { ${field} } } }`;
    expect(cost(query(readings), { k })).toBe(1 + 10 * (1 + (10 + 1 + 1.1)));
    expect(cost(query(aliased(29, readings)), { k })).toBe(Math.ceil(1 + 10 * (1 + 29 * 12.1)));
  });

  it('an id that is repeated counts as often as it is answered', () => {
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Device { statusHistory(first: 50) { nodes { ${aliased(30, 'note')} } } } } }`;
    expect(cost(query, { ids: ids(100) })).toBe(100 * (0.1 + 2 + 50 * 31));
  });

  it('lists in entries count too', () => {
    const query = 'mutation ($input: RegisterDevicesInput!) { registerDevices(input: $input) { refused } }';
    const identifiers = ids(5).map((value) => ({ type: 'SERIAL', value }));
    const devices = ids(20).map(() => ({ customerId: 1, itemId: 1, siteId: 1, identifiers }));
    expect(cost(query, { input: { devices } })).toBe(Math.ceil(20 * (10 + 0.1 + 5 * 0.1) + 0.1));
  });

  it.each([
    [
      'the readings of many devices, filtered by a long list, below 60 patients by 29 aliases',
      `query ($k: [ID!]) { patients(first: 60) { nodes { ${aliased(29, 'readings(filter: { deviceIds: $k }) { nodes { id } }')} } } }`,
      { k: ids(1_000) },
    ],
    [
      '30 aliases of a note below repeated ids',
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Device { statusHistory(first: 50) { nodes { ${aliased(30, 'note')} } } } } }`,
      { ids: ids(100) },
    ],
    [
      '280,000 cursors',
      `{ devices(first: 100) { nodes { readings(first: 100) { edges { ${aliased(28, 'cursor')} } } } } }`,
      {},
    ],
  ])('exceed the limit: %s', (_what, source, variables) => {
    expect(cost(source, variables)).toBeGreaterThan(DEFAULT_LIMITS.maxCost);
  });
});
