import { setTimeout as sleep } from 'node:timers/promises';
import { gate } from '../support/gate';
import { ReservedPort } from '../support/reserved-port';
import { NEVER, type Answer } from '../support/webhook-receiver';
import { RawEndpoint } from './raw-endpoint.harness';
import type { AttemptAnswer, DeliveryAnswer } from './webhook-api.harness';
import { WebhookProgramme } from './webhook-programme.harness';

let webhooks: WebhookProgramme;
beforeAll(async () => {
  webhooks = await WebhookProgramme.start();
});
afterAll(() => webhooks.stop());

/** What one attempt comes to at an endpoint of its own. */
async function attempt(answer: Answer, of = webhooks): Promise<DeliveryAnswer> {
  const { id } = await of.endpoint(answer);
  return of.attempted(await of.sendTest(id));
}

/** What of an attempt does not depend on the time. */
function recorded({
  attempts: {
    nodes: [first],
  },
  status,
}: DeliveryAnswer) {
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

it.each([300, 301, 302, 303, 304, 307, 308])('%d is a failure, and is not followed', async (status) => {
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

const noAnswer = (error: string) => ({ status: 'PENDING', responseStatus: null, responseBody: null, error });

describe('no answer within the time', () => {
  const TIMEOUT_MS = 200;
  let impatient: WebhookProgramme;
  beforeAll(async () => {
    impatient = await WebhookProgramme.start({ webhooks: { timeoutMs: TIMEOUT_MS } });
  });
  afterAll(() => impatient.stop());

  it('is a failure: none at all, one that comes too late, or one that goes on and on', async () => {
    const late = gate();
    const endless = await RawEndpoint.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(drip));
    });
    const deliveries = await Promise.all([
      attempt({ after: NEVER }, impatient),
      attempt({ after: late.opened }, impatient),
      attemptAt(endless.url, impatient),
    ]);
    late.open();
    await endless.stop();
    for (const delivery of deliveries) {
      expect(recorded(delivery)).toEqual(noAnswer('No response within 0.2 s.'));
      expect(delivery.attempts.nodes[0]!.durationMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
      expect(await impatient.delivery(delivery.databaseId)).toEqual(delivery);
    }
  });
});

describe('no answer', () => {
  it.each([
    ['before the headers', 'socket hang up (ECONNRESET)'],
    ['after the headers', 'aborted (ECONNRESET)'],
    ['in the body', 'aborted (ECONNRESET)'],
  ] as const)('since the connection breaks off %s', async (cut, error) => {
    expect(recorded(await attempt({ cut, body: 'the beginning' }))).toEqual(noAnswer(error));
  });

  it('since the connection is refused', async () => {
    const port = await ReservedPort.take();
    const url = `http://127.0.0.1:${port.number}/`;
    expect(recorded(await attemptAt(url))).toEqual(noAnswer(`connect ECONNREFUSED 127.0.0.1:${port.number}`));
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
  ])('since what comes %s', async (_name, text, error) => {
    const endpoint = await RawEndpoint.start((socket) => socket.end(text));
    const delivery = await attemptAt(endpoint.url);
    await endpoint.stop();
    expect(recorded(delivery)).toEqual(noAnswer(expect.stringMatching(error) as string));
  });
});

describe('of an answer', () => {
  const bodyOf = async (body: string | Buffer) => recorded(await attempt({ body }));

  it.each<[string, string | Buffer, string]>([
    ['1,024 characters', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['the first 1,024 characters of 1 MB', 'x'.repeat(1_048_576), 'x'.repeat(1_024)],
    ['characters rather than bytes', 'ü'.repeat(1_500), 'ü'.repeat(1_024)],
    ['no half of a character', `x${'😀'.repeat(600)}`, `x${'😀'.repeat(511)}`],
    ['no NUL, which PostgreSQL cannot hold', 'a\0b\0', 'ab'],
    ['what is not UTF-8 as far as it can be read', Buffer.from([0x61, 0xff, 0x62]), 'a\ufffdb'],
  ])('is kept: %s', async (_name, body, kept) => {
    expect(await bodyOf(body)).toEqual({ status: 'SUCCEEDED', responseStatus: 200, responseBody: kept, error: null });
  });

  it('the rest is not waited for', async () => {
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

it('each attempt is kept with its time and how long it took, oldest first', async () => {
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

const startOf = ({ startedAt }: AttemptAnswer): number => Date.parse(startedAt);

async function attemptAt(url: string, of = webhooks): Promise<DeliveryAnswer> {
  const { webhook } = await of.call('createWebhook', { url, eventTypes: ['ORDER_STATUS'] });
  return of.attempted(await of.sendTest(webhook!.databaseId));
}
