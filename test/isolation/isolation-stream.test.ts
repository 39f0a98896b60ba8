import { buildGatewaySchema } from '../../src/features';
import { globalId } from '../support/global-id';
import { slotsOf, variablesOf, type Field } from '../support/schema-walk';
import { Subscriber } from '../support/subscriber';
import type { TestApp } from '../support/test-app';
import { resultText, triplesOf, type Parties, type Triple } from './probe.harness';
import {
  createOwnRows,
  LAKEVIEW_ID,
  NORTHSIDE_ID,
  reportProbes,
  startTwoCustomers,
  type OwnRows,
} from './two-customers.harness';

const schema = buildGatewaySchema();
const SUBSCRIPTIONS = Object.values(schema.getSubscriptionType()!.getFields()) as Field[];
/** How a subscription is probed. A subscription without an entry fails the test. */
interface Stream {
  /** A mutation that causes an event of the device, a different one in each round. */
  raise: string;
  variablesOf: (deviceId: string, round: number) => Record<string, unknown>;
  selection: string;
  /** Members that identify the round's event of the device. */
  eventOf: (device: { id: string }, round: number) => object;
}
const STATUSES = ['LOST', 'WITH_PATIENT'];
const numberOf = (deviceId: string, round: number): string => `+1${deviceId.padStart(9, '2')}${round}`;
const STREAMS: Readonly<Record<string, Stream>> = {
  deviceIdentifiersChanged: {
    raise: `mutation ($id: ID!, $value: String!) {
      updateDeviceIdentifiers(input: { deviceId: $id, identifiers: [{ type: SIM_CARD_NUMBER, value: $value }] }) {
        identifierChange { databaseId } userErrors { code }
      }
    }`,
    variablesOf: (id, round) => ({ id, value: numberOf(id, round) }),
    selection: '{ change { id changes { value } device { id currentStatus patient { id } site { id } } } }',
    eventOf: (device) => ({ change: { device } }),
  },
  deviceStatusChanged: {
    raise: `mutation ($id: ID!, $status: DeviceStatusOverride!) {
      updateDeviceStatus(input: { deviceId: $id, status: $status }) { statusChange { databaseId } userErrors { code } }
    }`,
    variablesOf: (id, round) => ({ id, status: STATUSES[round] }),
    selection:
      '{ change { id status device { id currentStatus patient { id } site { id } } patient { id } previousPatient { id } site { id } } }',
    eventOf: (device, round) => ({ change: { status: STATUSES[round], device } }),
  },
  readingRecorded: {
    raise: `mutation ($id: ID!, $takenAt: DateTime!) {
      recordReadings(input: { readings: [{ deviceId: $id, takenAt: $takenAt, weight: { value: 150, unit: POUND } }] }) { recorded }
    }`,
    variablesOf: (id, round) => ({ id, takenAt: takenAt(round) }),
    selection: '{ cursor reading { id takenAt measurements { value } device { id } patient { id site { id } } } }',
    eventOf: (device, round) => ({ reading: { takenAt: takenAt(round), device } }),
  },
};
/** A time at which the patients hold the devices. */
const SOON_MS = Date.now() + 3_600_000;
const takenAt = (round: number): string => new Date(SOON_MS + round).toISOString();

let app: TestApp;
let northside: OwnRows;
let lakeview: OwnRows;
let parties: Parties;

beforeAll(async () => {
  app = await startTwoCustomers();
  northside = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
  lakeview = await createOwnRows(app, 'lakeview', LAKEVIEW_ID, '96799');
  const { streamCursor } = await app.data<{ streamCursor: string }>('northside', '{ streamCursor }');
  const foreignCursors = new Map([
    ['Subscription.deviceIdentifiersChanged', streamCursor],
    ['Subscription.deviceStatusChanged', streamCursor],
    ['Subscription.readingRecorded', await cursorOfReading(streamCursor)],
  ]);
  parties = { schema, foreign: northside, own: lakeview, foreignCursors };
});
afterAll(() => app.stop());

/** A cursor of the other customer within an event that has several readings. */
async function cursorOfReading(after: string): Promise<string> {
  const readings = [0, 1].map((round) => ({
    deviceId: northside.freeDeviceId,
    takenAt: takenAt(round),
    weight: { value: 150, unit: 'POUND' },
  }));
  await app.data(
    'northside',
    'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
    {
      input: { readings },
    },
  );
  const subscriber = new Subscriber<{ readingRecorded: { cursor: string } }>(
    app.url,
    'northside',
    'subscription ($after: String) { readingRecorded(after: $after) { cursor } }',
    { after },
  );
  const { received } = await subscriber.count(1);
  await subscriber.stop();
  return received[0]!.data!.readingRecorded.cursor;
}

interface StreamProbe {
  path: string;
  variables: Record<'foreign' | 'missing', Record<string, unknown>>;
  triples: Triple[];
}

/** Each slot with the other customer's value. Lists also have an own value: its event shows that the other's was not delivered. */
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
  "$name: filters with another customer's ids return the same events as filters with ids that do not exist",
  async (field) => {
    const stream = STREAMS[field.name]!;
    const probes = streamProbes(field);
    const declarations = field.args.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
    const call = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
    const document = `subscription (${declarations}) { ${field.name}(${call}) ${stream.selection} }`;
    const { streamCursor: after } = await app.data<{ streamCursor: string }>('lakeview', '{ streamCursor }');
    const subscribe = (variables: Record<string, unknown>) =>
      new Subscriber(app.url, 'lakeview', document, { after, ...variables });
    const subscribeAll = () =>
      probes.map((probe) => ({
        ...probe,
        foreign: subscribe(probe.variables.foreign),
        missing: subscribe(probe.variables.missing),
      }));
    const raise = async (round: number) => {
      for (const [caller, { ids }] of [
        ['northside', northside],
        ['lakeview', lakeview],
      ] as const) {
        await app.data(caller, stream.raise, stream.variablesOf(ids.Device, round));
      }
    };

    // Some of the first events are read from the table, because they may precede the subscription. The second events are live.
    const live = subscribeAll();
    await raise(0);
    await untilReceived(live, 1);
    await raise(1);
    await untilReceived(live, 2);
    // All of these events are read from the table.
    const late = subscribeAll();
    await untilReceived(late, 2);

    const own = { id: globalId('Device', lakeview.ids.Device) };
    for (const { path, foreign, missing, triples } of [...live, ...late]) {
      const values = triples.flatMap((triple) => [triple.foreign, triple.missing]);
      expect(`${path}: ${resultText(foreign.received, values)}`).toBe(
        `${path}: ${resultText(missing.received, values)}`,
      );
      expect(foreign.received).toMatchObject(
        isOfCursor(path)
          ? [{ errors: [{ extensions: { code: 'CURSOR_INVALID' } }] }]
          : [0, 1].map((round) => ({ data: { [field.name]: stream.eventOf(own, round) } })),
      );
    }
    await reportProbes(
      `stream.${field.name}`,
      probes.map(({ path }) => path),
    );
    expect(probes.length).toBeGreaterThanOrEqual(5);
    await Promise.all([...live, ...late].flatMap(({ foreign, missing }) => [foreign.stop(), missing.stop()]));
  },
);

function isOfCursor(path: string): boolean {
  return path.endsWith('(after)');
}

async function untilReceived(
  pairs: (StreamProbe & { foreign: Subscriber; missing: Subscriber })[],
  count: number,
): Promise<void> {
  await Promise.all(
    pairs.flatMap(({ path, foreign, missing }) =>
      [foreign, missing].map((subscriber) => subscriber.count(isOfCursor(path) ? 1 : count)),
    ),
  );
}
