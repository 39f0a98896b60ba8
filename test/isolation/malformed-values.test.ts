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

/** What people may type wrong, by the scalar of the member. */
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
  // What PostgreSQL cannot hold; where a text has rules of its own, in their words.
  String: { value: 'a\0b', rule: ' must .*' },
};

/** Members beside which a member is not read: an order goes to a patient or to a site. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'CreateOrderInput.siteId': ['patientId', 'patientExternalIdentifier'],
};

/** Members of inputs that others of them need beside them. */
const BESIDE: Readonly<Record<string, string>> = { 'ParcelInput.trackingNumber': '1Z' };

const placesOf = (field: Field): Slot[] =>
  slotsOf(field.args).filter(({ type }) => !isInputObjectType(type) && type.name in MALFORMED);
const PLACES = MUTATIONS.flatMap((field) =>
  placesOf(field).map((slot) => [field.name, slot.path.join('.'), field, slot] as const),
);

let app: TestApp;
let parties: Parties;
beforeAll(async () => {
  app = await startTwoCustomers();
  const own = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  parties = { schema, foreign: own, own, foreignCursors: new Map() };
});
afterAll(() => app.stop());

/** The input that is valid but for one member. */
function inputWith(field: Field, slot: Slot, value: unknown): Record<string, unknown> {
  const own = { ...parties, own: rowsFor(field, parties.own) };
  const without = WITHOUT[`${slot.owner}.${slot.path.at(-1)!}`] ?? [];
  const beside = slotsOf(field.args).flatMap((one) => {
    const needed = one.owner === slot.owner && BESIDE[`${one.owner}.${one.path.at(-1)!}`];
    return needed ? [[one, needed] as const] : [];
  });
  const others = [...validInput(own, field, { without }), ...beside].filter(
    ([one]) => one.path.join() !== slot.path.join(),
  );
  return variablesOf(field.args, new Map<Slot, unknown>([...others, [slot, slot.isList ? [value] : value]]));
}

it.each(PLACES)('%s returns a userError for a malformed %s', async (name, place, field, slot) => {
  const { value, rule } = MALFORMED[slot.type.name]!;
  const variables = inputWith(field, slot, value);

  const answer = await app.query<Record<string, Payload>>(
    'operator',
    writeDocument(schema, field, variables),
    variables,
  );

  expect(answer.errors).toBeUndefined();
  const userErrors = userErrorsOf(answer.data[name]!) as { code: string; message: string; path: string[] }[];
  expect(userErrors[0]).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(rule) as string });
  // A text can break several rules of its own; nothing else is refused.
  const places = userErrors.map(({ path }) => path.filter((member) => !/^\d+$/.test(member)).join('.'));
  expect(new Set(places)).toEqual(new Set([place]));
});

it('asks every mutation', () => {
  expect([...new Set(PLACES.map(([name]) => name))].sort()).toEqual(MUTATIONS.map(({ name }) => name).sort());
});
