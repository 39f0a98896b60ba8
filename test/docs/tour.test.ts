import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parse, type OperationDefinitionNode } from 'graphql';
import { markdown, type FencedBlock } from '../support/markdown';
import { asWritten, fill, type Bindings } from '../support/placeholders';
import { Subscriber } from '../support/subscriber';
import { TestApp, type CallerName } from '../support/test-app';

const README_URL = '127.0.0.1:4000';

/** One operation of the tour with what the README says of it. */
interface Example {
  name: string;
  type: string;
  caller: CallerName;
  query: string;
  variables: Record<string, unknown>;
  /** Of a query or a mutation. */
  answer?: unknown;
  /** What a subscription that is open shows then. */
  events: unknown[];
}

const blocks = markdown('README.md').section('## A tour').fencedBlocks;
const examples = toExamples(blocks);
const only = (kind: string): string => {
  const found = blocks.filter((block) => block.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!.text;
};

/** An operation has its variables, its answer and its events behind it, up to the next one; the answer to curl stands before. */
function toExamples(all: readonly FencedBlock[]): Example[] {
  const found: Example[] = [];
  for (const { kind, text } of all) {
    const last = found.at(-1);
    if (kind === 'graphql' || kind === 'graphql operator') {
      const { operation: type, name } = parse(text).definitions[0] as OperationDefinitionNode;
      const caller = kind === 'graphql' ? 'northside' : 'operator';
      found.push({ name: name!.value, type, caller, query: text, variables: {}, events: [] });
    } else if (kind === 'json variables') last!.variables = JSON.parse(text) as Example['variables'];
    else if (kind === 'json event') last!.events.push(JSON.parse(text));
    else if (kind === 'json' && last) last.answer = JSON.parse(text);
  }
  return found;
}

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

test('the request with curl is answered as it says', async () => {
  const [curl] = blocks.filter(({ kind }) => kind === 'sh');
  const answer = blocks.find(({ kind }) => kind === 'json')!;
  const headers = [...curl!.text.matchAll(/--header '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name!, value!]);
  const url = /curl (\S+)/.exec(curl!.text)![1]!;
  const body = /--data '([^']+)'/.exec(curl!.text)![1]!;

  const response = await fetch(url.replace(`http://${README_URL}`, app.url), {
    method: 'POST',
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  });

  expect(url).toBe(`http://${README_URL}/graphql`);
  expect(await response.json()).toEqual(JSON.parse(answer.text));
});

describe('the examples', () => {
  const bindings: Bindings = new Map();
  let watching: Subscriber | undefined;
  let seen = 0;
  afterAll(() => watching?.stop());

  test('follow the walkthrough of the guide', () => {
    expect(examples.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'query FindDevice',
      'query FindPatient',
      'query SearchPatients',
      'mutation Associate',
      'mutation AssociateAnother',
      'mutation Record',
      'query Chart',
      'mutation Disable',
      'mutation Enable',
      'subscription Watch',
      'mutation Disassociate',
      'query Sites',
      'query NextSites',
      'query OnTheShelf',
      'mutation Order',
      'mutation Process',
      'mutation Deliver',
      'mutation Replace',
      'mutation Receive',
      'mutation Webhook',
      'mutation TestWebhook',
    ]);
  });

  // Each goes on where the one before has left the data.
  test.each(examples)('$type $name', async ({ type, caller, query, variables, answer, events }) => {
    const given = fill(variables, bindings) as Record<string, unknown>;
    if (type === 'subscription') watching = new Subscriber(app.url, 'northside', query, given);
    else {
      const data = await app.data(caller, query, given);
      expect(asWritten(data, answer, bindings)).toEqual(answer);
    }
    for (const event of events) {
      seen += 1;
      await watching!.count(seen);
      expect(asWritten(watching!.received[seen - 1], { data: event }, bindings)).toEqual({ data: event });
    }
  });

  test('nothing else was told to the subscriber, and all events have cursors of their own', () => {
    const cursors = watching!.received.map(
      ({ data }) => (data as { deviceStatusChanged: { cursor: string } }).deviceStatusChanged.cursor,
    );
    expect(cursors).toHaveLength(seen);
    expect(new Set(cursors).size).toBe(4);
  });

  test('repeating the association succeeds and changes nothing', async () => {
    const { query, variables } = examples.find(({ name }) => name === 'Associate')!;
    const first = await app.data('northside', query, variables);
    expect(await app.data('northside', query, variables)).toEqual(first);
  });
});

test('the WebSocket client goes on behind a cursor', async () => {
  const { streamCursor } = await app.data('northside', '{ streamCursor }');
  const update =
    'mutation ($status: DeviceStatusOverride!) { updateDeviceStatus(input: { deviceId: 1, status: $status }) { userErrors { code } } }';
  await app.data('northside', update, { status: 'LOST' });

  const code = only('js').replace(README_URL, new URL(app.url).host);
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
