import { setTimeout as sleep } from 'node:timers/promises';
import { gate } from '../support/gate';
import { ReservedPort } from '../support/reserved-port';
import { NEVER, type ScriptedResponse } from '../support/webhook-receiver';
import { RawEndpoint } from './raw-endpoint.harness';
import type { AttemptResponse, DeliveryResponse } from './webhook-api.harness';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

/** Result of one attempt at a new endpoint. */
async function attempt(response: ScriptedResponse, of = webhooks): Promise<DeliveryResponse> {
  const { id } = await of.endpoint(response);
  return of.attempted(await of.sendTest(id));
}

/** The parts of an attempt that do not depend on the time. */
function recorded({
  attempts: {
    nodes: [first],
  },
  status,
}: DeliveryResponse) {
  const { responseStatus, responseBody, error } = first!;
  return { status, responseStatus, responseBody, error };
}

it.each([200, 201, 202, 204, 299])('%d is success', async (status) => {
  const delivery = await attempt({ status, body: status === 204 ? '' : 'thank you' });
  expect(recorded(delivery)).toEqual({
    status: 'SUCCEEDED',
    responseStatus: status,
    responseBody: status === 204 ? '' : 'thank you',
    error: null,
  });
  expect(delivery.nextAttemptAt).toBeNull();
});

it.each([400, 401, 404, 408, 418, 429, 500, 502, 503, 599])('%d is a failure', async (status) => {
  const delivery = await attempt({ status, body: 'no' });
  expect(recorded(delivery)).toEqual({
    status: 'PENDING',
    responseStatus: status,
    responseBody: 'no',
    error: `Response status ${status}.`,
  });
});

it.each([300, 301, 302, 303, 304, 307, 308])('%d is a failure, and the redirect is not followed', async (status) => {
  const targets = [webhooks.receiver.url('/target'), '/target', 'http://169.254.169.254/latest/meta-data'];
  const deliveries = await Promise.all(targets.map((location) => attempt({ status, headers: { location } })));
  for (const delivery of deliveries) {
    expect(recorded(delivery)).toEqual({
      status: 'PENDING',
      responseStatus: status,
      responseBody: '',
      error: `Response status ${status}. Redirects are not followed.`,
    });
  }
  expect(webhooks.receiver.at('/target')).toEqual([]);
});

const noResponse = (error: string) => ({ status: 'PENDING', responseStatus: null, responseBody: null, error });

describe('no response within the timeout', () => {
  const TIMEOUT_MS = 200;
  let withShortTimeout: WebhookFixture;
  beforeAll(async () => {
    withShortTimeout = await WebhookFixture.start({ webhooks: { timeoutMs: TIMEOUT_MS } });
  });
  afterAll(() => withShortTimeout.stop());

  it('is a failure: no response, a late response, or an endless one', async () => {
    const late = gate();
    const endless = await RawEndpoint.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(drip));
    });
    const deliveries = await Promise.all([
      attempt({ after: NEVER }, withShortTimeout),
      attempt({ after: late.opened }, withShortTimeout),
      attemptAt(endless.url, withShortTimeout),
    ]);
    late.open();
    await endless.stop();
    for (const delivery of deliveries) {
      expect(recorded(delivery)).toEqual(noResponse('No response within 0.2 s.'));
      expect(delivery.attempts.nodes[0]!.durationMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
      expect(await withShortTimeout.delivery(delivery.databaseId)).toEqual(delivery);
    }
  });
});

describe('no response', () => {
  it.each([
    ['before the headers', 'socket hang up (ECONNRESET)'],
    ['after the headers', 'aborted (ECONNRESET)'],
    ['in the body', 'aborted (ECONNRESET)'],
  ] as const)('because the connection breaks %s', async (cut, error) => {
    expect(recorded(await attempt({ cut, body: 'the beginning' }))).toEqual(noResponse(error));
  });

  it('because the connection is refused', async () => {
    const port = await ReservedPort.take();
    const url = `http://127.0.0.1:${port.number}/`;
    expect(recorded(await attemptAt(url))).toEqual(noResponse(`connect ECONNREFUSED 127.0.0.1:${port.number}`));
    await port.giveBack();
  });

  it.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /^Parse Error: .*\(HPE_INVALID_CONSTANT\)$/],
    ['ends in the headers', 'HTTP/1.1 200 OK\r\ncontent-le', /^socket hang up \(ECONNRESET\)$/],
    [
      'switches protocols',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      /^The connection was closed without a response\.$/,
    ],
  ])('because the response %s', async (_name, text, error) => {
    const endpoint = await RawEndpoint.start((socket) => socket.end(text));
    const delivery = await attemptAt(endpoint.url);
    await endpoint.stop();
    expect(recorded(delivery)).toEqual(noResponse(expect.stringMatching(error) as string));
  });
});

describe('the body of a response', () => {
  const bodyOf = async (body: string | Buffer) => recorded(await attempt({ body }));

  it.each<[string, string | Buffer, string]>([
    ['1,024 characters', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['the first 1,024 characters of 1 MB', 'x'.repeat(1_048_576), 'x'.repeat(1_024)],
    ['characters rather than bytes', 'ü'.repeat(1_500), 'ü'.repeat(1_024)],
    ['no half of a surrogate pair', `x${'😀'.repeat(600)}`, `x${'😀'.repeat(511)}`],
    ['no NUL, which PostgreSQL cannot store', 'a\0b\0', 'ab'],
    ['invalid UTF-8 with replacement characters', Buffer.from([0x61, 0xff, 0x62]), 'a\ufffdb'],
  ])('is stored: %s', async (_name, body, kept) => {
    expect(await bodyOf(body)).toEqual({ status: 'SUCCEEDED', responseStatus: 200, responseBody: kept, error: null });
  });

  it('is not read to the end', async () => {
    const endpoint = await RawEndpoint.start((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(2_000)}`),
    );
    const delivery = await attemptAt(endpoint.url);
    await endpoint.stop();
    expect(recorded(delivery)).toEqual({
      status: 'SUCCEEDED',
      responseStatus: 200,
      responseBody: 'x'.repeat(1_024),
      error: null,
    });
  });
});

it('each attempt is stored with its time and duration, oldest first', async () => {
  const { id, path } = await webhooks.endpoint((nth) =>
    nth < 3 ? { status: 500 + nth, body: `no ${nth}`, after: sleep(60) } : {},
  );
  const before = Date.now();
  const deliveryId = await webhooks.sendTest(id);
  for (const attempts of [1, 2]) {
    await webhooks.attempted(deliveryId, attempts);
    await webhooks.makeDue(deliveryId);
  }
  const {
    attempts: { nodes: attempts },
    status,
  } = await webhooks.attempted(deliveryId, 3);

  expect(status).toBe('SUCCEEDED');
  expect(attempts.map(({ responseStatus, responseBody, error }) => [responseStatus, responseBody, error])).toEqual([
    [501, 'no 1', 'Response status 501.'],
    [502, 'no 2', 'Response status 502.'],
    [200, '', null],
  ]);
  for (const { durationMs } of attempts.slice(0, 2)) expect(durationMs).toBeGreaterThanOrEqual(59);
  const times = [before, ...attempts.map(startOf), Date.now()];
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(new Set(webhooks.receiver.at(path).map((received) => received.id)).size).toBe(1);
});

const startOf = ({ startedAt }: AttemptResponse): number => Date.parse(startedAt);

async function attemptAt(url: string, of = webhooks): Promise<DeliveryResponse> {
  const { webhook } = await of.call('createWebhook', { url, eventTypes: ['ORDER_STATUS'] });
  return of.attempted(await of.sendTest(webhook!.databaseId));
}
