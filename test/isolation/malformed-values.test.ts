import { isInputObjectType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { userErrorsOf, type Payload } from '../support/payload';
import { slotsOf, variablesOf, type Field, type Slot } from '../support/schema-walk';
import type { TestApp } from '../support/test-app';
import type { Parties } from './probe.harness';
import { createOwnRows, LAKEVIEW_ID, startTwoCustomers } from './two-customers.harness';
import { rowsFor, validInput, writeDocument } from './write-probe.harness';

const schema = buildGatewaySchema();
const MUTATIONS = Object.values(schema.getMutationType()!.getFields()) as Field[];

/** A malformed value for each scalar, and the rule that its error states. */
const MALFORMED: Readonly<Record<string, { value: string; rule: string }>> = {
  ID: { value: 'not an id', rule: 'is not an id of this API.' },
  Date: { value: '31.12.1999', rule: 'must be a date in the format YYYY-MM-DD, in the years 1 to 9999.' },
  DateTime: {
    value: 'yesterday',
    rule: 'must be a date and time with a UTC offset, e.g. 2026-03-08T07:30:00Z, in the years 1 to 9999.',
  },
  TimeZone: {
    value: 'Boston',
    rule: 'must be an IANA time zone name, e.g. America/New_York.',
  },
  String: { value: 'a\0b', rule: ' must not contain a NUL character.' },
};
/** The key of a call is not stored, and has one rule for all its characters. */
const PRINTABLE = ' must have 1 to 255 printable characters.';
const HALF_A_PAIR = {
  value: 'a\ud83db',
  rule: ' must not contain half of a surrogate pair, which is not a character.',
};

/** Members to omit for a member to be read: an order is for a patient or for a site. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'CancelReturnInput.patientId': ['siteId'],

  'CreateOrderInput.siteId': ['patientId', 'patientExternalIdentifier'],
};

/** Members that the other members of the same input require. */
const REQUIRED_WITH_OTHERS: Readonly<Record<string, string>> = { 'ParcelInput.trackingNumber': '1Z' };

const membersOf = (field: Field): Slot[] =>
  slotsOf(field.args).filter(({ type }) => !isInputObjectType(type) && type.name in MALFORMED);
const MEMBERS = MUTATIONS.flatMap((field) =>
  membersOf(field).map((slot) => [field.name, slot.path.join('.'), field, slot] as const),
);

let app: TestApp;
let parties: Parties;
beforeAll(async () => {
  app = await startTwoCustomers();
  const own = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  parties = { schema, foreign: own, own, foreignCursors: new Map() };
});
afterAll(() => app.stop());

/** An input that is valid except for one member. */
function inputWith(field: Field, slot: Slot, value: unknown): Record<string, unknown> {
  const own = { ...parties, own: rowsFor(field, parties.own) };
  const without = WITHOUT[`${slot.owner}.${slot.path.at(-1)!}`] ?? [];
  const required = slotsOf(field.args).flatMap((one) => {
    const value = one.owner === slot.owner && REQUIRED_WITH_OTHERS[`${one.owner}.${one.path.at(-1)!}`];
    return value ? [[one, value] as const] : [];
  });
  const others = [...validInput(own, field, { without }), ...required].filter(
    ([one]) => one.path.join() !== slot.path.join(),
  );
  return variablesOf(field.args, new Map<Slot, unknown>([...others, [slot, slot.isList ? [value] : value]]));
}

it.each([
  ...MEMBERS.map(([name, member, field, slot]) => [name, member, MALFORMED[slot.type.name]!, field, slot] as const),
  ...MEMBERS.flatMap(([name, member, field, slot]) =>
    slot.type.name === 'String' ? [[name, member, HALF_A_PAIR, field, slot] as const] : [],
  ),
])('%s returns a userError for a malformed %s: %j', async (name, member, { value, rule }, field, slot) => {
  const expected = slot.type.name === 'String' && member === 'input.idempotencyKey' ? PRINTABLE : rule;
  const variables = inputWith(field, slot, value);

  const result = await app.query<Record<string, Payload>>(
    'operator',
    writeDocument(schema, field, variables),
    variables,
  );

  expect(result.errors).toBeUndefined();
  const userErrors = userErrorsOf(result.data[name]!) as { code: string; message: string; path: string[] }[];
  expect(userErrors[0]).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(expected) as string });
  // A text can break several rules. No other member is refused.
  const members = userErrors.map(({ path }) => path.filter((part) => !/^\d+$/.test(part)).join('.'));
  expect(new Set(members)).toEqual(new Set([member]));
});

it('these tests cover every mutation', () => {
  expect([...new Set(MEMBERS.map(([name]) => name))].sort()).toEqual(MUTATIONS.map(({ name }) => name).sort());
});
