import { tracingChannel } from 'node:diagnostics_channel';
import type { BatchTrace, EventTrace, StatementTrace, WebhookAttemptTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { WebhookFixture } from '../webhook/webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

/** The traces that a subscriber of a channel sees while `work` runs. */
async function tracesOf<Trace extends object>(
  name: string,
  work: () => Promise<unknown>,
  endsAt: 'end' | 'asyncEnd' = 'asyncEnd',
): Promise<Trace[]> {
  const channel = tracingChannel<unknown, Trace>(name);
  const traces: Trace[] = [];
  const ignore = () => undefined;
  const subscriber = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore };
  const subscribed = { ...subscriber, [endsAt]: (trace: Trace) => void traces.push(trace) };
  channel.subscribe(subscribed);
  try {
    await work();
  } finally {
    channel.unsubscribe(subscribed);
  }
  return traces;
}

const DEVICES = '{ devices(first: 2) { nodes { item { name } currentSite: site { name } } } }';
const ofNorthside = ({ customerId }: { customerId: string | null }) => customerId === '1';

it('a trace of a statement has its name, scope, number of rows, and whether it ran in a transaction', async () => {
  await webhooks.fixture.freeDevice();
  const { patients, sites } = webhooks.fixture;
  const { id } = await webhooks.fixture.freeDevice();
  const traces = await tracesOf<StatementTrace>('gateway:statement', async () => {
    await webhooks.app.data('northside', DEVICES);
    await webhooks.fixture.call('associateDevice', { deviceId: id, patientId: patients.ann });
    await webhooks.fixture.call('disassociateDevice', { deviceId: id, siteId: sites.office });
  });
  const northsides = traces.filter(ofNorthside);
  const read = northsides.filter(({ isInTransaction }) => !isInTransaction);
  expect(read).toContainEqual({
    name: expect.stringMatching(/device/) as string,
    scope: 'customer',
    customerId: '1',
    isInTransaction: false,
    rows: expect.any(Number) as number,
  });
  const written = northsides.filter(({ isInTransaction }) => isInTransaction).map(({ name }) => name);
  expect(written).toEqual(expect.arrayContaining(['START TRANSACTION', 'append_events', 'COMMIT']));
  expect(new Set(traces.flatMap((trace) => Object.keys(trace)))).toEqual(
    new Set(['name', 'scope', 'customerId', 'isInTransaction', 'rows']),
  );
});

it("a trace of a failed statement has its SQLSTATE, but not PostgreSQL's message", async () => {
  await webhooks.fixture.sql('alter table device_association add constraint broken check (false) not valid');
  const { id } = await webhooks.fixture.freeDevice();
  const input = { deviceId: id, patientId: webhooks.fixture.patients.ann };
  const traces = await tracesOf<StatementTrace>('gateway:statement', () =>
    webhooks.fixture.send('associateDevice', input),
  ).finally(() => webhooks.fixture.sql('alter table device_association drop constraint broken'));
  const failed = traces.filter(({ sqlState }) => sqlState !== undefined);
  expect(failed[0]).toEqual({
    name: expect.stringMatching(/^\w+$/) as string,
    scope: 'customer',
    customerId: '1',
    isInTransaction: true,
    sqlState: '23514',
  });
});

it('a trace of a batch has its loader and the number of keys', async () => {
  await webhooks.fixture.freeDevice();
  const traces = await tracesOf<BatchTrace>('gateway:batch', () => webhooks.app.data('northside', DEVICES));
  expect(traces.length).toBeGreaterThan(0);
  for (const { loader, keys, ...rest } of traces) {
    expect([typeof loader, keys >= 1, rest]).toEqual(['string', true, {}]);
  }
});

it('an event and the attempt to deliver its webhook are traced', async () => {
  const { path, id: webhookId } = await webhooks.endpoint();
  const { id } = await webhooks.fixture.freeDevice();
  let events: EventTrace[] = [];
  const attempts = await tracesOf<WebhookAttemptTrace>('gateway:webhook-attempt', async () => {
    events = await tracesOf<EventTrace>(
      'gateway:event',
      async () => {
        const input = { deviceId: id, patientId: webhooks.fixture.patients.ann };
        await webhooks.fixture.call('associateDevice', input);
        await webhooks.planned();
        await webhooks.done();
      },
      'end',
    );
    await eventually(() => webhooks.receiver.received.some((one) => one.path === path));
  });
  const changed = events.filter(({ type }) => type === 'device.statusChanged');
  expect(changed).toEqual([
    {
      eventId: expect.stringMatching(/^\d+$/) as string,
      customerId: '1',
      type: 'device.statusChanged',
      createdAt: expect.any(Date) as Date,
      subscriptions: 0,
    },
  ]);
  expect(attempts).toEqual([
    {
      customerId: '1',
      webhookId,
      deliveryId: expect.stringMatching(/^\d+$/) as string,
      messageId: `evt_${changed[0]!.eventId}`,
      eventType: 'DEVICE_STATUS_CHANGED',
      failures: 0,
      status: 200,
      outcome: 'SUCCEEDED',
    },
  ]);
});
