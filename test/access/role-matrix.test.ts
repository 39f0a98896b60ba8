import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { Role } from '../../src/access/policy';
import { buildGatewaySchema } from '../../src/graphql/schema';
import { createOwnRows, fingerprintOf, NORTHSIDE_ID } from '../isolation/two-customers.harness';
import { callOf, isConnection, selectionOf, type Field } from '../support/schema-walk';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';
import {
  ALLOWED,
  argumentsOf,
  keysOfRoles,
  operationOf,
  ROLES,
  rootFields,
  SEEN_BY_INGEST,
  waysToTypes,
  type Subject,
} from './role-matrix.harness';

const schema = buildGatewaySchema();
const ROOT_FIELDS = rootFields(schema);
const OBJECT_TYPES = Object.values(schema.getTypeMap()).filter(
  (type) => isObjectType(type) && !type.name.startsWith('__') && !/^(Query|Mutation|Subscription)$/.test(type.name),
);
/** Types that only mutations answer: their fields are selected with the mutations. */
const OF_MUTATIONS = /Payload$|^UserError$/;

let app: TestApp;
let keys: Record<Role, { key: string }>;
let held: Subject;

beforeAll(async () => {
  app = await TestApp.start();
  keys = await keysOfRoles(app);
  held = await newSubject('read');
});
afterAll(() => app.stop());

/** A device that a patient has, at a site, all of their own. */
async function newSubject(tag: string): Promise<Subject> {
  const { ids, texts } = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950', tag);
  return {
    deviceId: ids.Device,
    patientId: ids.Patient,
    siteId: ids.Site,
    identifier: texts.identifier,
    externalIdentifier: texts.externalIdentifier,
  };
}

it('says of every operation who may', () => {
  expect(Object.keys(ALLOWED).sort()).toEqual(ROOT_FIELDS.map(({ name }) => name).sort());
});

const CASES = ROOT_FIELDS.flatMap((root) =>
  ROLES.map((role) => ({ ...root, role, allowed: ALLOWED[root.name]?.includes(role) ?? false })),
);

describe.each([true, false])('allowed: %s', (allowed) => {
  it.each(CASES.filter((one) => one.allowed === allowed && one.operation === 'query'))(
    '$name as $role',
    async (one) => {
      const variables = argumentsOf(held)[one.name] ?? {};
      const { data, errors } = await app.query(
        keys[one.role],
        operationOf(one, variables, 'neighbour: viewer { role }'),
        variables,
      );
      expect(data.neighbour).toEqual({ role: one.role });
      if (allowed) {
        expect(errors).toBeUndefined();
        expect(data[one.field.name]).not.toBeNull();
      } else {
        expect(errors).toMatchObject([{ path: [one.field.name], extensions: { code: 'FORBIDDEN' } }]);
        expect(data[one.field.name]).toBeNull();
      }
    },
  );

  it.each(CASES.filter((one) => one.allowed === allowed && one.operation === 'mutation'))(
    '$name as $role',
    async (one) => {
      const subject = allowed ? await newSubject(`${one.field.name}${one.role}`) : held;
      const variables = argumentsOf(subject)[one.name]!;
      const sent = app.statements.length;
      const { data, errors } = await app.query<Record<string, { userErrors: unknown[] } | null>>(
        keys[one.role],
        operationOf(one, variables),
        variables,
      );
      if (allowed) {
        // A rule of the domain may refuse it: whoever may not is not told which.
        expect(errors).toBeUndefined();
        expect(data[one.field.name]).toHaveProperty('userErrors');
      } else {
        expect(errors).toMatchObject([{ path: [one.field.name], extensions: { code: 'FORBIDDEN' } }]);
        expect(data).toEqual({ [one.field.name]: null });
        // Nothing can have been written: not one statement was sent on behalf of a caller.
        expect(app.statements.slice(sent).filter(({ scope }) => scope.kind !== 'system')).toEqual([]);
      }
    },
  );

  it.each(CASES.filter((one) => one.allowed === allowed && one.operation === 'subscription'))(
    '$name as $role',
    async (one) => {
      // Behind a cursor, so that it does not matter when it begins.
      const { deviceStatusCursor: after } = await app.data<{ deviceStatusCursor: string }>(
        allowed ? keys[one.role] : 'northside',
        '{ deviceStatusCursor }',
      );
      const { deviceId } = await newSubject(`${one.field.name}${one.role}`);
      const subscriber = new Subscriber(app.url, keys[one.role], operationOf(one, { after }), { after });
      await subscriber.until(
        ({ received }) =>
          received.length > 0 && (!allowed || JSON.stringify(received).includes(`"databaseId":"${deviceId}"`)),
      );
      const errors = subscriber.received.flatMap((result) => result.errors ?? []);
      if (allowed) expect(errors).toEqual([]);
      else expect(errors).toMatchObject([{ path: [one.field.name], extensions: { code: 'FORBIDDEN' } }]);
      expect(subscriber.received.some(({ data }) => data?.[one.field.name] != null)).toBe(allowed);
      await subscriber.stop();
    },
  );
});

/** The operation that selects each field of a type, at the end of a way from the root. */
function operationAlong(way: Field[]): { document: string; variables: Record<string, unknown> } {
  const [root, ...rest] = way as [Field, ...Field[]];
  const variables = argumentsOf(held)[`Query.${root.name}`] ?? {};
  const { call, declarations } = callOf(root, variables);
  const inner = rest.reduceRight(
    (selection, field) => `{ ${field.name}${isConnection(field) ? '(first: 1)' : ''} ${selection} }`,
    fieldsOf(way.at(-1)!),
  );
  return {
    document: `query ${declarations.length === 0 ? '' : `(${declarations.join(', ')})`} { ${call} ${inner} }`,
    variables,
  };
}

/** Every field, with as little as can be below it. */
function fieldsOf(last: Field): string {
  const type = getNamedType(last.type);
  if (!isObjectType(type)) throw new Error(`${last.name} is no object.`);
  const fields = Object.values(type.getFields()).map((field) => {
    const below = getNamedType(field.type);
    if (isLeafType(below)) return field.name;
    return `${field.name}${isConnection(field as Field) ? '(first: 1)' : ''} ${isObjectType(below) && below.name.endsWith('Connection') ? '{ totalCount }' : selectionOf(below, 0)}`;
  });
  return `{ ${fields.join(' ')} }`;
}

function objectAlong(data: unknown, way: Field[]): Record<string, unknown> {
  let place = data;
  for (const field of way) {
    place = (place as Record<string, unknown>)[field.name];
    if (Array.isArray(place)) place = place[0];
  }
  return place as Record<string, unknown>;
}

describe.each(ROLES)('objects as %s', (role) => {
  const allRoots = ROOT_FIELDS.map(({ name }) => name);
  const reachable = waysToTypes(
    schema,
    allRoots.filter((name) => ALLOWED[name]?.includes(role)),
  );
  const anyWay = waysToTypes(schema, allRoots);
  const types = OBJECT_TYPES.filter(({ name }) => !OF_MUTATIONS.test(name));

  it('are those that the role may see', () => {
    expect([...reachable.keys()].sort()).toEqual(
      role === Role.INGEST ? SEEN_BY_INGEST : types.map(({ name }) => name).sort(),
    );
  });

  it.each(types)('$name: every field', async (type) => {
    const may = role !== Role.INGEST || SEEN_BY_INGEST.includes(type.name);
    const way = (may ? reachable : anyWay).get(type.name)!;
    const { document, variables } = operationAlong(way);
    const { data, errors } = await app.query(keys[role], document, variables);
    if (!may) {
      expect(errors).toMatchObject([{ path: [way[0]!.name], extensions: { code: 'FORBIDDEN' } }]);
      expect(data).toEqual({ [way[0]!.name]: null });
      return;
    }
    expect(errors).toBeUndefined();
    if (isObjectType(type))
      expect(Object.keys(objectAlong(data, way)).sort()).toEqual(Object.keys(type.getFields()).sort());
  });
});

describe('rights that depend on the input', () => {
  const OVERRIDE = `mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { device { currentStatus } userErrors { code } } }`;
  const ENABLE = `mutation ($input: EnableDeviceReadingsInput!) { enableDeviceReadings(input: $input) { device { currentStatus } userErrors { code } } }`;
  const REGISTER = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { device { databaseId } userErrors { code } } }`;
  let deviceId: string;

  /** A decommissioned device in a warehouse. */
  beforeEach(async () => {
    const input = {
      customerId: NORTHSIDE_ID,
      itemId: '1',
      siteId: '1',
      identifiers: [{ type: 'SERIAL', value: expect.getState().currentTestName!.replace(/\W/g, '').slice(-60) }],
    };
    const { registerDevice } = await app.data<{ registerDevice: { device: { databaseId: string } } }>(
      'operator',
      REGISTER,
      { input },
    );
    deviceId = registerDevice.device.databaseId;
    await app.data('operator', OVERRIDE, { input: { deviceId, status: 'DECOMMISSIONED' } });
  });

  const CONDITIONAL = [
    { field: 'updateDeviceStatus', what: 'the status AVAILABLE', document: OVERRIDE, input: { status: 'AVAILABLE' } },
    { field: 'enableDeviceReadings', what: 'readings enabled at an Impilo site', document: ENABLE, input: {} },
  ];

  it.each(CONDITIONAL.flatMap((one) => ROLES.map((role) => ({ ...one, role }))))(
    '$what as $role',
    async ({ field, document, input, role }) => {
      const before = await fingerprintOf(app, NORTHSIDE_ID);
      const { data, errors } = await app.query(keys[role], document, { input: { deviceId, ...input } });
      if (role === Role.OPERATOR) {
        expect(errors).toBeUndefined();
        expect(data[field]).toEqual({ device: { currentStatus: 'AVAILABLE' }, userErrors: [] });
      } else {
        expect(errors).toMatchObject([{ path: [field], extensions: { code: 'FORBIDDEN' } }]);
        expect(data).toEqual({ [field]: null });
        expect(await fingerprintOf(app, NORTHSIDE_ID)).toBe(before);
      }
    },
  );
});
