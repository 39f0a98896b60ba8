import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { Role } from '../../src/platform/access/policy';
import { buildGatewaySchema } from '../../src/features';
import { READING_TYPES, READINGS_BY_TYPE } from '../isolation/own-readings';
import {
  createOwnRows,
  fingerprintOf,
  MISSING_ID,
  NORTHSIDE_ID,
  startTwoCustomers,
} from '../isolation/two-customers.harness';
import { globalId } from '../support/global-id';
import { userErrorsOf, type Payload } from '../support/payload';
import { callOf, isConnection, selectionOf, withRequiredArguments, type Field } from '../support/schema-walk';
import { Subscriber } from '../support/subscriber';
import type { TestApp } from '../support/test-app';
import { prepareMutation } from './allowed-mutations.harness';
import {
  ALLOWED,
  argumentsOf,
  keysOfRoles,
  markOf,
  maySee,
  operationOf,
  ROLES,
  rootFields,
  pathsToTypes,
  type Step,
  type Subject,
} from './role-matrix.harness';

const schema = buildGatewaySchema();
const ROOT_FIELDS = rootFields(schema);
const OBJECT_TYPES = Object.values(schema.getTypeMap()).filter(
  (type) => isObjectType(type) && !type.name.startsWith('__') && !/^(Query|Mutation|Subscription)$/.test(type.name),
);
/**
 * Types that only mutations and subscriptions return; their fields are selected there. For the types of actors, see actors.test.ts.
 */
const OF_OTHER_ROOTS = /Payload$|^UserError$|^RecordReadingResult$|(Changed|Recorded)Event$|Actor$/;

let app: TestApp;
let keys: Record<Role, { key: string }>;
let held: Subject;

beforeAll(async () => {
  app = await startTwoCustomers();
  keys = await keysOfRoles(app);
  held = await newSubject('read');
  await shipOrder(held.orderId);
});
afterAll(() => app.stop());

/** A new device with a holder and a site, and new rows around it. */
async function newSubject(tag: string): Promise<Subject> {
  const { ids, texts } = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950', tag);
  const { rows } = await app.admin.query<{ id: string }>(
    `insert into site (customer_id, name) values ($1, 'Another place') returning id`,
    [NORTHSIDE_ID],
  );
  return {
    otherSiteId: rows[0]!.id,
    deviceId: ids.Device,
    patientId: ids.Patient,
    siteId: ids.Site,
    readingId: ids.WeightReading,
    orderId: ids.Order,
    webhookId: ids.Webhook,
    deliveryId: ids.WebhookDelivery,
    planningFailureId: ids.WebhookPlanningFailure,
    apiKeyId: ids.ApiKey,
    identifier: texts.identifier,
    externalIdentifier: texts.externalIdentifier,
  };
}

/** Ships the order, so that each of its fields has a value. */
async function shipOrder(orderId: string): Promise<void> {
  const { processed, shipped } = await app.data<Record<'processed' | 'shipped', { userErrors: object[] }>>(
    'operator',
    `mutation ($orderId: ID!) {
       processed: processOrder(input: { orderId: $orderId }) { userErrors { code } }
       shipped: shipOrder(input: { orderId: $orderId, parcels: [{ trackingNumber: "1Z" }] }) { userErrors { code } }
     }`,
    { orderId },
  );
  expect([...processed.userErrors, ...shipped.userErrors]).toEqual([]);
}

it('the matrix has every root field', () => {
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
        operationOf(schema, one, variables, 'neighbor: viewer { role }'),
        variables,
      );
      expect(data.neighbor).toEqual({ role: one.role });
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
      const mutation = allowed
        ? await prepareMutation(app, held, one.field.name, `${one.field.name}-${one.role}`)
        : { ...(argumentsOf(held)[one.name] as { input: object }), effect: 'false' };
      const variables = { input: mutation.input };
      const isDone = async (): Promise<boolean> =>
        (await app.admin.query<{ done: boolean }>(`select ${mutation.effect} as done`)).rows[0]!.done;
      expect(await isDone()).toBe(false);
      const sent = app.statements.length;
      const { data, errors } = await app.query<Record<string, Payload | null>>(
        keys[one.role],
        operationOf(schema, one, variables),
        variables,
      );
      if (allowed) {
        expect(errors).toBeUndefined();
        expect(userErrorsOf(data[one.field.name]!)).toEqual([]);
        expect(await isDone()).toBe(true);
      } else {
        expect(errors).toMatchObject([{ path: [one.field.name], extensions: { code: 'FORBIDDEN' } }]);
        expect(data).toEqual({ [one.field.name]: null });
        // Nothing was written, because no statement was sent in the caller's scope.
        expect(app.statements.slice(sent).filter(({ scope }) => scope.kind !== 'system')).toEqual([]);
      }
    },
  );

  it.each(CASES.filter((one) => one.allowed === allowed && one.operation === 'subscription'))(
    '$name as $role',
    async (one) => {
      // With a cursor, so that the start of the subscription does not matter.
      const { streamCursor: after } = await app.data<{ streamCursor: string }>(
        allowed ? keys[one.role] : 'northside',
        '{ streamCursor }',
      );
      const mark = markOf(await newSubject(`${one.field.name}${one.role}`))[one.name]!;
      const subscriber = new Subscriber(app.url, keys[one.role], operationOf(schema, one, { after }), { after });
      await subscriber.until(
        ({ received }) =>
          received.length > 0 && (!allowed || JSON.stringify(received).includes(`"databaseId":"${mark}"`)),
      );
      const errors = subscriber.received.flatMap((result) => result.errors ?? []);
      if (allowed) expect(errors).toEqual([]);
      else expect(errors).toMatchObject([{ path: [one.field.name], extensions: { code: 'FORBIDDEN' } }]);
      expect(subscriber.received.some(({ data }) => data?.[one.field.name] != null)).toBe(allowed);
      await subscriber.stop();
    },
  );
});

/** The operation that selects each field of the type at the end of a path. */
function operationAlong(path: Step[]): { document: string; variables: Record<string, unknown> } {
  const [root, ...rest] = path as [Step, ...Step[]];
  const variables = argumentsOf(held)[`Query.${root.field.name}`] ?? {};
  const { call, declarations } = callOf(root.field, variables);
  const inner = rest.reduceRight(
    (selection, { parent, field, to }) => `{ ${calledAlone(parent, field)} ${on(field, to, selection)} }`,
    fieldsOf(path.at(-1)!.to),
  );
  return {
    document: `query ${declarations.length === 0 ? '' : `(${declarations.join(', ')})`} { ${call} ${inner} }`,
    variables,
  };
}

/** The call of a field. A connection returns a few nodes, which include each type. */
function calledAlone(parent: GraphQLObjectType, field: Field): string {
  return isConnection(field) ? `${field.name}(first: 5)` : withRequiredArguments(parent, field);
}

/** The selection on one of the result types of a field. */
function on(field: Field, type: GraphQLObjectType, selection: string): string {
  return getNamedType(field.type) === type ? selection : `{ __typename ... on ${type.name} ${selection} }`;
}

/** Every field, each with a minimal selection. */
function fieldsOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).map((field) => {
    const below = getNamedType(field.type);
    const called = calledAlone(type, field as Field);
    if (isLeafType(below)) return called;
    return `${called} ${isConnection(field as Field) ? '{ pageInfo { hasNextPage } }' : selectionOf(schema, below, 0)}`;
  });
  return `{ ${fields.join(' ')} }`;
}

function objectAlong(data: unknown, path: Step[]): Record<string, unknown> {
  let value = data;
  for (const { field, to } of path) {
    value = (value as Record<string, unknown>)[field.name];
    if (Array.isArray(value)) {
      const objects = value as { __typename?: string }[];
      value = objects.find(({ __typename }) => __typename === undefined || __typename === to.name);
    }
  }
  return value as Record<string, unknown>;
}

describe.each(ROLES)('objects as %s', (role) => {
  const allRoots = ROOT_FIELDS.map(({ name }) => name);
  const reachable = pathsToTypes(
    schema,
    allRoots.filter((name) => ALLOWED[name]?.includes(role)),
  );
  const anyPath = pathsToTypes(schema, allRoots);
  const types = OBJECT_TYPES.filter(({ name }) => !OF_OTHER_ROOTS.test(name));

  it('are reachable if the role may see them', () => {
    const seen = types.map(({ name }) => name).filter((name) => maySee(role, name));
    expect([...reachable.keys()].sort()).toEqual(seen.sort());
  });

  it.each(types)('$name: every field', async (type) => {
    const may = maySee(role, type.name);
    const path = (may ? reachable : anyPath).get(type.name)!;
    const { document, variables } = operationAlong(path);
    const { data, errors } = await app.query(keys[role], document, variables);
    if (!may) {
      const root = path[0]!.field.name;
      expect(errors).toMatchObject([{ path: [root], extensions: { code: 'FORBIDDEN' } }]);
      expect(data).toEqual({ [root]: null });
      return;
    }
    expect(errors).toBeUndefined();
    const { __typename, ...fields } = objectAlong(data, path);
    expect(__typename ?? type.name).toBe(type.name);
    if (isObjectType(type)) expect(Object.keys(fields).sort()).toEqual(Object.keys(type.getFields()).sort());
  });
});

describe('INGEST', () => {
  const FORBIDDEN_FIELDS = ['device', 'patient', 'association'];
  const RECORD = (fields: string) => `mutation ($input: RecordReadingsInput!) {
    recordReadings(input: $input) { recorded results { reading { __typename id ${fields} } } } }`;

  interface Recorded {
    recordReadings: { recorded: number; results: { reading: { __typename: string; id: string } | null }[] };
  }

  /** Records a new reading of each kind. */
  async function record(fields: string, tag: string) {
    const { deviceId } = await newSubject(tag);
    const takenAt = new Date(Date.now() + 3_600_000).toISOString();
    const readings = READING_TYPES.map((type) => ({ deviceId, takenAt, ...READINGS_BY_TYPE[type] }));
    return app.query<Recorded>(keys.INGEST, RECORD(fields), { input: { readings } });
  }

  it.each(READING_TYPES)('sees all scalar fields of a %s that it recorded', async (name) => {
    const type = schema.getType(name) as GraphQLObjectType;
    const { data, errors } = await record(`... on ${name} ${selectionOf(schema, type, 0)}`, `self${name}`);
    expect(errors).toBeUndefined();
    expect(data.recordReadings.recorded).toBe(READING_TYPES.length);
    const { __typename, ...seen } = data.recordReadings.results[READING_TYPES.indexOf(name)]!.reading!;
    expect(__typename).toBe(name);
    expect(Object.keys(seen).sort()).toEqual(
      Object.keys(type.getFields())
        .filter((field) => !FORBIDDEN_FIELDS.includes(field))
        .sort(),
    );
  });

  it.each(FORBIDDEN_FIELDS)('does not see the %s of a reading, which is recorded nevertheless', async (field) => {
    const { data, errors } = await record(`${field} { id }`, `forbidden${field}`);
    expect(errors).toHaveLength(READING_TYPES.length);
    errors!.forEach((error, index) =>
      expect(error).toMatchObject({
        path: ['recordReadings', 'results', index, 'reading', field],
        extensions: { code: 'FORBIDDEN' },
      }),
    );
    expect(data.recordReadings.recorded).toBe(READING_TYPES.length);
    for (const { reading } of data.recordReadings.results) expect(reading).toMatchObject({ [field]: null });
  });

  it('cannot query a reading that it recorded', async () => {
    const { data } = await record('', 'again');
    for (const { reading } of data.recordReadings.results) {
      const result = await app.query(
        keys.INGEST,
        'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }',
        { id: reading!.id },
      );
      expect(result.data).toEqual({ node: null, nodes: null });
      expect(result.errors).toMatchObject(
        ['node', 'nodes'].map((field) => ({ path: [field], extensions: { code: 'FORBIDDEN' } })),
      );
    }
  });
});

describe('a node of a webhook', () => {
  const NODE = 'query ($id: ID!, $other: ID!) { node(id: $id) { id } nodes(ids: [$other, $id]) { id } }';
  const NODES = { ApiKey: 'apiKeyId', Webhook: 'webhookId', WebhookDelivery: 'deliveryId' } as const;

  it.each((Object.keys(NODES) as (keyof typeof NODES)[]).flatMap((type) => ROLES.map((role) => ({ type, role }))))(
    '$type as $role',
    async ({ type, role }) => {
      const id = globalId(type, held[NODES[type]]);
      const other = globalId('Device', held.deviceId);
      const { data, errors } = await app.query(keys[role], NODE, { id, other });
      if (maySee(role, type)) {
        expect(errors).toBeUndefined();
        expect(data).toEqual({ node: { id }, nodes: [{ id: other }, { id }] });
      } else {
        expect(errors!.map(({ extensions }) => extensions.code)).toEqual(errors!.map(() => 'FORBIDDEN'));
        expect(errors!.map(({ path }) => path![0]).sort()).toEqual(['node', 'nodes']);
        expect(data.node).toBeNull();
        expect(JSON.stringify(data)).not.toContain(id);
      }
    },
  );

  it.each([Role.MEMBER, Role.READ_ONLY])('is forbidden for %s even if it does not exist', async (role) => {
    const id = globalId('Webhook', MISSING_ID);
    const { data, errors } = await app.query(keys[role], 'query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('permissions that depend on the input', () => {
  const OVERRIDE = `mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { device { currentStatus } userErrors { code } } }`;
  const ENABLE = `mutation ($input: EnableDeviceReadingsInput!) { enableDeviceReadings(input: $input) { device { currentStatus } userErrors { code } } }`;
  const REGISTER = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { device { databaseId } userErrors { code } } }`;
  let deviceId: string;

  /** Otherwise workers could change rows of deliveries during the tests. */
  beforeAll(async () => {
    await app.admin.query('delete from webhook where customer_id = $1', [NORTHSIDE_ID]);
  });

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
