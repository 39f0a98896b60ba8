import { buildGatewaySchema } from '../../src/graphql/schema';
import { toGlobalId } from '../../src/shared/global-id';
import { slotsOf, variablesOf, type Field } from '../support/schema-walk';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';
import { answerText, triplesOf, type Parties, type Triple } from './probe.harness';
import { createOwnRows, LAKEVIEW_ID, NORTHSIDE_ID, reportProbes, type OwnRows } from './two-customers.harness';

const schema = buildGatewaySchema();
const SUBSCRIPTIONS = Object.values(schema.getSubscriptionType()!.getFields()) as Field[];
/** Raises an event of each stream for a row of its customer. A stream that is not here fails the test. */
const RAISE: Readonly<Record<string, string>> = {
  deviceStatusChanged: `mutation ($id: ID!, $status: DeviceStatus!) {
    updateDeviceStatus(input: { deviceId: $id, status: $status }) { statusChange { databaseId } userErrors { code } }
  }`,
};
const SELECTIONS: Readonly<Record<string, string>> = {
  deviceStatusChanged:
    '{ id status device { id currentStatus patient { id } site { id } } patient { id } previousPatient { id } site { id } }',
};

let app: TestApp;
let northside: OwnRows;
let lakeview: OwnRows;
let parties: Parties;

beforeAll(async () => {
  app = await TestApp.start();
  northside = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  lakeview = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  const { deviceStatusCursor } = await app.data<{ deviceStatusCursor: string }>('northside', '{ deviceStatusCursor }');
  const foreignCursors = new Map([['Subscription.deviceStatusChanged', deviceStatusCursor]]);
  parties = { schema, foreign: northside, own: lakeview, foreignCursors };
});
afterAll(() => app.stop());

interface StreamProbe {
  path: string;
  variables: Record<'foreign' | 'missing', Record<string, unknown>>;
  triples: Triple[];
}

/** Each slot with the other customer's value, lists with an own value behind it: that event says that the other's did not come. */
function streamProbes(field: Field): StreamProbe[] {
  const place = `Subscription.${field.name}`;
  return slotsOf(field.args).flatMap((slot) =>
    triplesOf(parties, place, field, slot).map((triple) => {
      const side = (name: 'foreign' | 'missing') =>
        variablesOf(field.args, new Map([[slot, slot.isList ? [triple[name], triple.own] : triple[name]]]));
      return {
        path: `${place}(${slot.path.join('.')})`,
        variables: { foreign: side('foreign'), missing: side('missing') },
        triples: [triple],
      };
    }),
  );
}

it.each(SUBSCRIPTIONS)(
  "$name: filters with another customer's ids bring what ids that do not exist bring",
  async (field) => {
    const probes = streamProbes(field);
    const declarations = field.args.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
    const call = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
    const document = `subscription (${declarations}) { ${field.name}(${call}) ${SELECTIONS[field.name]!} }`;
    const { deviceStatusCursor: after } = await app.data<{ deviceStatusCursor: string }>(
      'lakeview',
      '{ deviceStatusCursor }',
    );
    const subscribe = (variables: Record<string, unknown>) =>
      new Subscriber(app.url, 'lakeview', document, { after, ...variables });
    const subscribeAll = () =>
      probes.map((probe) => ({
        ...probe,
        foreign: subscribe(probe.variables.foreign),
        missing: subscribe(probe.variables.missing),
      }));
    const raise = async (status: string) => {
      for (const [caller, { ids }] of [
        ['northside', northside],
        ['lakeview', lakeview],
      ] as const) {
        await app.data(caller, RAISE[field.name]!, { id: ids.Device, status });
      }
    };

    // Some of the first events are read back from the table, as they may precede the subscription. The second are live.
    const live = subscribeAll();
    await raise('LOST');
    await taken(live, 1);
    await raise('DECOMMISSIONED');
    await taken(live, 2);
    // All of these are read back.
    const late = subscribeAll();
    await taken(late, 2);

    const own = { id: toGlobalId('Device', lakeview.ids.Device) };
    for (const { path, foreign, missing, triples } of [...live, ...late]) {
      const values = triples.flatMap((triple) => [triple.foreign, triple.missing]);
      expect(`${path}: ${answerText(foreign.received, values)}`).toBe(
        `${path}: ${answerText(missing.received, values)}`,
      );
      expect(foreign.received).toMatchObject(
        isOfCursor(path)
          ? [{ errors: [{ extensions: { code: 'CURSOR_INVALID' } }] }]
          : ['LOST', 'DECOMMISSIONED'].map((status) => ({ data: { [field.name]: { status, device: own } } })),
      );
    }
    await reportProbes(
      `stream.${field.name}`,
      probes.map(({ path }) => path),
    );
    expect(probes.length).toBeGreaterThanOrEqual(9);
    await Promise.all([...live, ...late].flatMap(({ foreign, missing }) => [foreign.stop(), missing.stop()]));
  },
);

function isOfCursor(path: string): boolean {
  return path.endsWith('(after)');
}

async function taken(
  pairs: (StreamProbe & { foreign: Subscriber; missing: Subscriber })[],
  count: number,
): Promise<void> {
  await Promise.all(
    pairs.flatMap(({ path, foreign, missing }) =>
      [foreign, missing].map((subscriber) => subscriber.count(isOfCursor(path) ? 1 : count)),
    ),
  );
}
