import { eventually } from '../support/eventually';
import { changesOf, registerDevice, setStatus, SITES, subscribe } from '../support/live-fixture';
import { Subscriber } from '../support/subscriber';
import { TestApp, type CallerName, type GraphqlError } from '../support/test-app';

let app: TestApp;
let deviceId: string;
let cursors: string[];

beforeAll(async () => {
  app = await TestApp.start({ instances: 2 });
  deviceId = await registerDevice(app);
  const { streamCursor } = await app.data('northside', '{ streamCursor }');
  const subscriber = subscribe(app, 0, 'northside', { after: streamCursor });
  for (const status of ['LOST', 'AVAILABLE_AT_SITE', 'DECOMMISSIONED', 'AVAILABLE_AT_SITE', 'LOST']) {
    await setStatus(app, deviceId, status);
  }
  await subscriber.count(5);
  cursors = changesOf(subscriber).map(({ cursor }) => cursor);
  await subscriber.stop();
});
afterAll(() => app.stop());

/** The device versions after a cursor, up to the last one. */
async function versionsAfter(
  after: string,
  instance: number,
  caller: CallerName = 'northside',
  filter = {},
): Promise<number[]> {
  const subscriber = subscribe(app, instance, caller, { after, filter });
  await subscriber.until(() => changesOf(subscriber).some(({ deviceVersion }) => deviceVersion === 6));
  const versions = changesOf(subscriber).map(({ deviceVersion }) => deviceVersion);
  await subscriber.stop();
  return versions;
}

async function refusal(after: string, caller: CallerName): Promise<string> {
  const subscriber = subscribe(app, 1, caller, { after });
  await subscriber.until(({ received }) => received.length > 0);
  await subscriber.until(({ completed }) => completed);
  expect(subscriber.received).toHaveLength(1);
  const [{ data, errors }] = subscriber.received as [{ data?: unknown; errors: GraphqlError[] }];
  expect(data ?? null).toBeNull();
  const { code, ...more } = errors[0]!.extensions;
  expect(more).toEqual(code === 'CURSOR_INVALID' ? { path: ['after'] } : {});
  await subscriber.stop();
  return code;
}

it.each([0, 1])('instance %d resumes right after the cursor of an event from either instance', async (instance) => {
  expect(await versionsAfter(cursors[0]!, instance)).toEqual([3, 4, 5, 6]);
  expect(await versionsAfter(cursors[3]!, instance)).toEqual([6]);
});

it('a cursor works with a filter that its own change does not match', async () => {
  expect(await versionsAfter(cursors[0]!, 1, 'northside', { statuses: ['LOST'] })).toEqual([3, 6]);
});

it('an event has the same cursor for all subscribers on all instances', async () => {
  expect(new Set(cursors).size).toBe(5);
  const subscriber = subscribe(app, 1, 'northside', { after: cursors[0] });
  await subscriber.count(4);
  expect(changesOf(subscriber).map(({ cursor }) => cursor)).toEqual(cursors.slice(1));
  await subscriber.stop();
});

it('a cursor is valid for all roles of its customer', async () => {
  expect(await versionsAfter(cursors[3]!, 1, 'readOnly')).toEqual([6]);
});

it('a subscription after streamCursor receives exactly the later changes', async () => {
  const { streamCursor } = await app.data('northside', '{ streamCursor }', {}, 1);
  const subscriber = subscribe(app, 0, 'northside', { after: streamCursor });
  await eventually(() => app.subscribers === 1);
  const change = await setStatus(app, await registerDevice(app), 'LOST', { instance: 1 });
  await subscriber.count(2);
  expect(changesOf(subscriber).map(({ status, deviceVersion }) => [status, deviceVersion])).toEqual([
    ['AVAILABLE_AT_SITE', 1],
    ['LOST', change!.deviceVersion],
  ]);
  await subscriber.stop();
});

it('an event written by the previous release is delivered with the current field names', async () => {
  const { streamCursor: after } = await app.data('northside', '{ streamCursor }');
  const holders = { patientId: null, previousPatientId: null };
  const former = {
    customerId: '1',
    id: '1',
    deviceId,
    deviceVersion: 2,
    previousStatus: 'LOST',
    status: 'LOST',
    ...holders,
  };
  const actor = { changedByKind: 'OPERATOR', changedByLabel: 'An operator' };
  await app.admin.query(`insert into event (customer_id, type, payload) values (1, 'device.statusChanged', $1)`, [
    JSON.stringify({ ...former, ...actor, changedAt: '2026-11-20T10:00:00.001Z' }),
  ]);
  const document = `subscription ($after: String) { deviceStatusChanged(after: $after) {
    change { occurredAt actor { __typename displayName } order { databaseId } association { databaseId } } } }`;
  const subscriber = new Subscriber(app.url, 'northside', document, { after });
  await subscriber.count(1);
  expect(subscriber.received).toEqual([
    {
      data: {
        deviceStatusChanged: {
          change: {
            occurredAt: '2026-11-20T10:00:00.001Z',
            actor: { __typename: 'StaffActor', displayName: 'Impilo' },
            order: null,
            association: null,
          },
        },
      },
    },
  ]);
  await subscriber.stop();
});

it('a cursor has expired when events after it were removed', async () => {
  const { rows } = await app.admin.query<{ pruned: string }>('select pruned_position as pruned from event_head');
  await app.admin.query('update event_head set pruned_position = position');
  try {
    expect(await refusal(cursors[0]!, 'northside')).toBe('CURSOR_EXPIRED');
  } finally {
    await app.admin.query('update event_head set pruned_position = $1', [rows[0]!.pruned]);
  }
});

it.each(['deviceStatusChanged', 'deviceIdentifiersChanged', 'readingRecorded'])(
  '%s refuses ids of its filter and a cursor together',
  async (field) => {
    const document = `subscription { ${field}(filter: { deviceIds: ["1", "x"] }, after: "x") { cursor } }`;
    const subscriber = new Subscriber(app.url, 'northside', document);
    await eventually(() => subscriber.received.length === 1);
    const { errors } = subscriber.received[0]!;
    expect(errors!.map(({ extensions }) => extensions)).toEqual([
      { code: 'BAD_USER_INPUT', path: ['filter', 'deviceIds', '1'] },
      { code: 'CURSOR_INVALID', path: ['after'] },
    ]);
    await subscriber.stop();
  },
);

describe('a cursor that is not of this stream and this customer', () => {
  it.each(['', 'garbage', 'é', 'AAAAAAAAAAAAAAAAAAAAAAAA', '\u0000', 'x'.repeat(10_000)])(
    'is invalid: %j',
    async (after) => {
      expect(await refusal(after, 'northside')).toBe('CURSOR_INVALID');
    },
  );

  it('is invalid if it was modified', async () => {
    const cursor = cursors[0]!;
    const changed = (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1);
    expect(await refusal(changed, 'northside')).toBe('CURSOR_INVALID');
  });

  it("is invalid if it is another customer's or an operator's", async () => {
    const { streamCursor: operators } = await app.data('operator', '{ streamCursor }');
    expect(await refusal(cursors[0]!, 'lakeview')).toBe('CURSOR_INVALID');
    expect(await refusal(cursors[0]!, 'operator')).toBe('CURSOR_INVALID');
    expect(await refusal(operators as string, 'northside')).toBe('CURSOR_INVALID');
  });

  it('is invalid if it is a cursor of a list', async () => {
    const { devices } = await app.data(
      'northside',
      `{ devices(first: 1, filter: { siteIds: ["${SITES.northside}"] }) { edges { cursor } } }`,
    );
    expect(await refusal((devices as { edges: { cursor: string }[] }).edges[0]!.cursor, 'northside')).toBe(
      'CURSOR_INVALID',
    );
  });

  it('leaves no subscription open', () => eventually(() => app.subscribers === 0));
});
