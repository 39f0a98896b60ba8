import type { Socket } from 'node:net';
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
beforeEach(() => webhooks.sql('delete from webhook'));

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

  it('is a failure: no response, a late response, or headers without an end', async () => {
    const late = gate();
    const endless = await RawEndpoint.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x: y\r\n'), 20);
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
  it('because the connection breaks before the headers', async () => {
    const delivery = await attempt({ cut: 'before the headers', body: 'the beginning' });
    expect(recorded(delivery)).toEqual(noResponse('socket hang up (ECONNRESET)'));
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

describe('the status alone decides', () => {
  /** Long after each of the waits below, if the gateway waited for the end of a body. */
  const BODY_TIMEOUT_MS = 300;
  const LIMIT_MS = 10_000;
  let withShortBody: WebhookFixture;
  beforeAll(async () => {
    withShortBody = await WebhookFixture.start({ webhooks: { timeoutMs: LIMIT_MS, bodyTimeoutMs: BODY_TIMEOUT_MS } });
  });
  afterAll(() => withShortBody.stop());

  type Respond = (socket: Socket) => void;
  const write =
    (...parts: string[]): Respond =>
    (socket) =>
      parts.forEach((part) => socket.write(part));
  const dripping =
    (head: string, chunk: string): Respond =>
    (socket) => {
      socket.write(head);
      const drip = setInterval(() => socket.write(chunk), 20);
      socket.once('close', () => clearInterval(drip));
    };
  const ending =
    (text: string, how: 'end' | 'resetAndDestroy'): Respond =>
    (socket) =>
      socket.write(text, () => setTimeout(() => socket[how](), 50));

  it.each<[string, number, Respond, string]>([
    ['with headers only', 200, write('HTTP/1.1 200 OK\r\n\r\n'), ''],
    ['with the headers of a body', 200, write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'), ''],
    ['with a body without an end', 200, dripping('HTTP/1.1 200 OK\r\n\r\n', 'x'), '^x+$'],
    [
      'with chunks without an end',
      200,
      dripping('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
      '^x+$',
    ],
    ['with less than it announces', 202, write('HTTP/1.1 202 Accepted\r\ncontent-length: 99\r\n\r\nok'), '^ok$'],
    [
      'with less than it announces, and ends',
      200,
      ending('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nok', 'end'),
      '^ok$',
    ],
    [
      'with less than it announces, and breaks',
      200,
      ending('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nok', 'resetAndDestroy'),
      '^ok$',
    ],
    ['with more than it announces', 200, write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokay'), '^ok$'],
    [
      'with malformed chunks',
      200,
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n');
        setTimeout(() => socket.write('zz\r\n'), 50);
      },
      '^ok$',
    ],
    ['without a body, and stays open', 204, write('HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n'), ''],
  ])('a success %s is received once', async (_name, status, respond, body) => {
    let received = 0;
    const endpoint = await RawEndpoint.start((socket) => {
      received += 1;
      respond(socket);
    });
    const delivery = await attemptAt(endpoint.url, withShortBody);
    expect(recorded(delivery)).toEqual({
      status: 'SUCCEEDED',
      responseStatus: status,
      responseBody: body === '' ? '' : (expect.stringMatching(body) as string),
      error: null,
    });
    expect(delivery.attempts.nodes[0]!.durationMs).toBeLessThan(LIMIT_MS);
    await withShortBody.allDueSent();
    await endpoint.stop();
    expect(received).toBe(1);
    expect((await withShortBody.delivery(delivery.databaseId)).attempts.nodes).toHaveLength(1);
  });

  it.each(['after the headers', 'in the body'] as const)('a success is one when it breaks %s', async (cut) => {
    const delivery = await attempt({ cut, body: 'the beginning' });
    expect(recorded(delivery)).toEqual({
      status: 'SUCCEEDED',
      responseStatus: 200,
      responseBody: expect.stringMatching(/^(the beginning)?$/) as string,
      error: null,
    });
  });

  it('a failure without an end has its status and the beginning of its body', async () => {
    const endpoint = await RawEndpoint.start(write('HTTP/1.1 500 Oops\r\ncontent-length: 99\r\n\r\nwhy'));
    const delivery = await attemptAt(endpoint.url, withShortBody);
    await endpoint.stop();
    expect(recorded(delivery)).toEqual({
      status: 'PENDING',
      responseStatus: 500,
      responseBody: 'why',
      error: 'Response status 500.',
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
