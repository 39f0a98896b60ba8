import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { Role } from '../../src/platform/access/policy';
import { prepareMutation } from '../access/allowed-mutations.harness';
import { ALLOWED, keysOfRoles, operationOf, rootFields, type Subject } from '../access/role-matrix.harness';
import { createOwnRows, NORTHSIDE_ID, startTwoCustomers } from '../isolation/two-customers.harness';
import { userErrorsOf, type Payload } from '../support/payload';
import type { TestApp } from '../support/test-app';

const schema = buildGatewaySchema();
const MUTATIONS = rootFields(schema).filter(({ operation }) => operation === 'mutation');

/** A role that may call the mutation and read all of its result. */
const callerOf = (name: string): Role => [Role.ADMIN, Role.OPERATOR].find((role) => ALLOWED[name]!.includes(role))!;

let app: TestApp;
let keys: Record<Role, { key: string }>;
let subject: Subject;

beforeAll(async () => {
  app = await startTwoCustomers();
  keys = await keysOfRoles(app);
  const { ids, texts } = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950', 'repeated');
  const { rows } = await app.admin.query<{ id: string }>(
    `insert into site (customer_id, name) values ($1, 'Another place') returning id`,
    [NORTHSIDE_ID],
  );
  subject = {
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
});
afterAll(() => app.stop());

const query = (one: (typeof MUTATIONS)[number], input: object) =>
  app.query<Record<string, Payload & Record<string, unknown>>>(
    keys[callerOf(one.name)],
    operationOf(schema, one, { input }),
    { input },
  );

it('is in the input of every mutation, and in no other input', () => {
  const inputs = MUTATIONS.map(({ field }) => getNamedType(field.args.find(({ name }) => name === 'input')!.type));
  const withKey = Object.values(schema.getTypeMap()).filter(
    (type) => isInputObjectType(type) && type.getFields().idempotencyKey !== undefined,
  );
  expect(new Set(withKey)).toEqual(new Set(inputs));
  const nested = withKey.filter((input) =>
    Object.values(schema.getTypeMap()).some(
      (type) =>
        isInputObjectType(type) && Object.values(type.getFields()).some((field) => getNamedType(field.type) === input),
    ),
  );
  expect(nested).toEqual([]);
});

/** Texts are not kept, because they may be secrets. */
function withoutTexts(payload: Record<string, unknown>, name: string): Record<string, unknown> {
  const type = getNamedType(MUTATIONS.find(({ field }) => field.name === name)!.field.type);
  if (!isObjectType(type)) throw new Error(`${name} has no payload`);
  const texts = Object.values(type.getFields()).filter((field) => String(getNamedType(field.type)) === 'String');
  return { ...payload, ...Object.fromEntries(texts.map((field) => [field.name, null])) };
}

/** What mutations write, without background work. */
async function written(): Promise<unknown> {
  const { rows } = await app.admin
    .query(`select (select count(*) from event) as events, (select count(*) from webhook) as webhooks,
    (select sum(version) from device) as devices, (select sum(version) from patient) as patients, (select sum(version) from site) as sites,
    (select sum(version) from device_order) as orders, (select count(*) from reading) as readings,
    (select count(*) from webhook_delivery where message_id like 'test_%') as tests, (select md5(string_agg(secret::text, '' order by id)) from webhook) as secrets`);
  return rows[0];
}

describe.each(MUTATIONS)('$name', (one) => {
  const { name } = one.field;
  const key = `the key of ${name}`;
  let input: object;
  let first: Record<string, unknown>;

  it('is carried out once when it is repeated, and returns the whole result again', async () => {
    input = { ...(await prepareMutation(app, subject, name, `${name}-repeated`)).input, idempotencyKey: key };
    const sent = await query(one, input);
    expect(sent.errors).toBeUndefined();
    expect(userErrorsOf(sent.data[name]!)).toEqual([]);
    first = sent.data[name]!;
    const before = await written();

    const repeated = await query(one, input);

    expect(repeated.errors).toBeUndefined();
    expect(repeated.data[name]).toEqual(withoutTexts(first, name));
    expect(await written()).toEqual(before);
  });

  it('refuses a key that was sent with another input', async () => {
    const other = { ...(await prepareMutation(app, subject, name, `${name}-reused`)).input, idempotencyKey: key };
    const before = await written();
    const { data, errors } = await query(one, other);
    expect(errors).toBeUndefined();
    expect(data[name]!.userErrors).toMatchObject([
      { code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] },
    ]);
    expect(await written()).toEqual(before);
  });
});
