import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { eventually } from '../support/eventually';
import { markdown } from '../support/markdown';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';
import { readExamples, withCurrentTime, withEllipses } from '../support/tour';

const ADDRESS = '127.0.0.1:4000';

const page = markdown('docs/tour.md');
const examples = readExamples();

const SETTING_UP = [
  'mutation CreateCustomer',
  'mutation CreateApiKey',
  'query ListApiKeys',
  'mutation CreateItem',
  'mutation CreateWarehouse',
  'mutation RegisterDevices',
  'mutation CreatePatients',
  'mutation ChangeSetup',
  'mutation RevokeApiKey',
];

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

test('the page shows every file of every example, in order', () => {
  const shown = page.fencedBlocks.map(({ kind }) => kind.split(' ')[1]).filter((file) => file?.includes('docs/tour/'));
  expect(shown).toEqual(examples.flatMap(({ files }) => files));
});

test('the request with curl returns the response that the page shows', async () => {
  const curl = page.fencedBlocks.find(({ kind, text }) => kind === 'sh' && text.startsWith('curl'))!.text;
  const headers = [...curl.matchAll(/--header '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name!, value!]);
  const url = /curl (\S+)/.exec(curl)![1]!;
  const body = /--data '([^']+)'/.exec(curl)![1]!;

  const response = await fetch(url.replace(ADDRESS, new URL(app.url).host), {
    method: 'POST',
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  });

  expect(url).toBe(`http://${ADDRESS}/graphql`);
  expect(await response.json()).toEqual(JSON.parse(page.fenced('json')));
});

describe('the examples', () => {
  let watching: { subscriber: Subscriber; events: unknown[] } | undefined;
  afterAll(() => watching?.subscriber.stop());

  test('follow the device guide', () => {
    expect(examples.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'query FindDevice',
      'query FindPatient',
      'mutation AssociateDevice',
      'mutation RecordReadings',
      'query PatientChart',
      'subscription WatchStatus',
      'mutation UpdateStatus',
      'mutation DisassociateDevice',
      'query StatusBoard',
      'mutation PlaceOrder',
      'mutation FulfillOrder',
      'mutation ReplaceDevice',
      'mutation ReceiveReturn',
      'mutation CreateWebhook',
      'mutation AssociateDevices',
      'mutation DisassociateDevices',
      'mutation UpdateDeviceStatuses',
      ...SETTING_UP,
    ]);
  });

  // Each continues with the data that the one before has left.
  test.each(examples)('$type $name', async ({ type, name, key, query, variables, response, events }) => {
    const given = withCurrentTime(variables);
    if (type === 'subscription') {
      watching = { subscriber: new Subscriber(app.url, { key }, query, given), events: events! };
      await eventually(() => app.subscribers === 1);
      return;
    }
    const { status, ...result } = await app.query({ key }, query, given);
    expect(withEllipses(result, response)).toEqual(response);
    expect(status).toBe(200);
    if (!SETTING_UP.includes(`${type} ${name}`)) return;
    // A person who clicks twice gets the same result. Secrets are shown once.
    const again = await app.query({ key }, query, given);
    expect(JSON.stringify(again.data)).toBe(
      JSON.stringify(result.data, (field, value: unknown) => (field === 'secret' ? null : value)),
    );
  });

  test('the subscription received its events and no others, each with a cursor of its own', async () => {
    const { subscriber, events } = watching!;
    await subscriber.count(events.length);
    expect(withEllipses(subscriber.received, events)).toEqual(events);
    const cursors = subscriber.received.map(
      ({ data }) => (data as { deviceStatusChanged: { cursor: string } }).deviceStatusChanged.cursor,
    );
    expect(new Set(cursors).size).toBe(events.length);
  });
});

test('the WebSocket client of the page resumes after a cursor', async () => {
  const { streamCursor } = await app.data('northside', '{ streamCursor }');
  const update =
    'mutation ($status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: 1, status: $status }) { userErrors { code } } }';
  await app.data('northside', update, { status: 'LOST' });

  const code = page.fenced('js').replace(ADDRESS, new URL(app.url).host);
  const client = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, NODE_OPTIONS: '', AFTER: streamCursor as string },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
  try {
    expect((await lines.next()).value).toBe('LOST');
    await app.data('northside', update, { status: 'DECOMMISSIONED' });
    expect((await lines.next()).value).toBe('DECOMMISSIONED');
  } finally {
    const exited = once(client, 'exit');
    client.kill();
    await exited;
  }
});
