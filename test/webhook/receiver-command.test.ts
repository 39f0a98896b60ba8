import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { runWebhookReceiver } from '../../src/programs/webhook-receiver/webhook-receiver.command';
import { eventually } from '../support/eventually';
import { GatewayBuild } from '../support/gateway-process';
import { WebhookFixture } from './webhook-fixture.harness';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const SECRET = `whsec_${Buffer.from('a secret of the tests 24').toString('base64')}`;
const MESSAGE = { id: 'evt_1', type: 'order.status', payload: { orderId: '7', event: { status: 'shipped' } } };

/** Runs the command in this process with the given arguments. */
class Command {
  out = '';
  err = '';
  readonly ended: Promise<number>;
  private readonly interrupt = new AbortController();

  constructor(args: readonly string[], { isTTY = false } = {}) {
    this.ended = runWebhookReceiver(args, {
      clock: { now: () => NOW },
      out: { write: (text) => (this.out += text), isTTY },
      err: (text) => (this.err += `${text}\n`),
      interrupted: this.interrupt.signal,
    });
  }

  static async listening(args: readonly string[] = [], options = {}): Promise<Command & { url: string }> {
    const command = new Command(['--port', '0', ...args], options);
    const url = await eventually(() => /^Listening on (\S+)\. /.exec(command.out)?.[1]);
    command.out = '';
    return Object.assign(command, { url });
  }

  async end(): Promise<number> {
    this.interrupt.abort();
    return this.ended;
  }
}

function signed(body: string, id = 'evt_1', at = new Date()) {
  const signature = new Webhook(SECRET).sign(id, at, body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signature,
  };
}

const post = (url: string, body: string, headers: Record<string, string> = signed(body)) =>
  fetch(url, { method: 'POST', body, headers });

/** Posts a body without content-length. */
function postInPieces(url: string, body: string): Promise<Response> {
  const pieces = body.match(/.{1,65536}/gs)!.map((piece) => Buffer.from(piece));
  return fetch(url, { method: 'POST', body: ReadableStream.from(pieces), duplex: 'half' });
}

/** First line of the response to a client that writes everything before it reads. */
async function writtenThenRead(url: string, bytes: number): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(Buffer.alloc(bytes, 'x'), () => resolve());
  });
  const [response] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return response.toString().split('\r\n')[0]!;
}

describe('the command', () => {
  it('shows each delivery and whether its signature is valid, and responds with 200', async () => {
    const command = await Command.listening(['--secret', SECRET]);
    const body = JSON.stringify(MESSAGE);
    expect((await post(command.url, body)).status).toBe(200);
    await post(command.url, body);
    await post(command.url, body.replace('7', '8'), signed(body, 'evt_2'));
    await post(command.url, body, signed(body, 'evt_3', new Date(Date.now() - 310_000)));
    await post(command.url, body, {});
    expect(await command.end()).toBe(0);
    const payload = '  {"orderId":"7","event":{"status":"shipped"}}';
    expect(command.out.split('\n')).toEqual([
      '2026-11-23T12:00:00.000Z  order.status  evt_1  first delivery  signature verified',
      payload,
      '2026-11-23T12:00:00.000Z  order.status  evt_1  delivery 2  signature verified',
      payload,
      '2026-11-23T12:00:00.000Z  order.status  evt_2  first delivery  signature NOT verified: No matching signature found',
      payload.replace('7', '8'),
      '2026-11-23T12:00:00.000Z  order.status  evt_3  first delivery  signature NOT verified: Message timestamp too old',
      payload,
      '2026-11-23T12:00:00.000Z  order.status  without webhook-id  first delivery  signature NOT verified: Missing required headers',
      payload,
      '5 deliveries of 4 messages, 2 verified.',
      '',
    ]);
  });

  it('spreads the payload over lines on a terminal, and sends it no control characters', async () => {
    const command = await Command.listening([], { isTTY: true });
    await post(command.url, JSON.stringify({ ...MESSAGE, payload: { note: 'a\u001b[31m\u009b31m\u202e\nb' } }));
    await post(command.url, '\u001b]0;title\u0007 no JSON', {});
    await command.end();
    expect(command.out.split('\n').slice(0, 5)).toEqual([
      '2026-11-23T12:00:00.000Z  order.status  evt_1  first delivery  signature not checked: no secret given',
      '  {',
      '    "note": "a\\u001b[31m\\u009b31m\\u202e\\nb"',
      '  }',
      '2026-11-23T12:00:00.000Z  no type  without webhook-id  first delivery  signature not checked: no secret given',
    ]);
    expect(command.out).toContain('\n  "\\u001b]0;title\\u0007 no JSON"\n');
  });

  it('responds with the configured status', async () => {
    const command = await Command.listening(['--status', '503', '--delay', '60']);
    const before = performance.now();
    expect((await post(command.url, '{}')).status).toBe(503);
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
    const { status, headers } = await fetch(command.url);
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    await command.end();
    expect(command.out.split('\n').at(-2)).toBe('1 delivery of 1 message, 0 verified.');
  });

  it('responds with 413 to more than 5 MB, with or without content-length, and shows nothing of it', async () => {
    const command = await Command.listening();
    const tooLong = 'x'.repeat(5_000_001);
    const responses = [await post(command.url, tooLong), await postInPieces(command.url, tooLong)];
    expect(responses.map(({ status }) => status)).toEqual([413, 413]);
    expect(await writtenThenRead(command.url, 20_000_000)).toBe('HTTP/1.1 413 Payload Too Large');
    expect(command.out).toBe('');
    expect((await post(command.url, tooLong.slice(1))).status).toBe(200);
    await command.end();
    expect(command.out.split('\n').at(-2)).toBe('1 delivery of 1 message, 0 verified.');
  });

  it('ends even if a response is pending', async () => {
    const command = await Command.listening(['--delay', '600000']);
    const response = post(command.url, '{}');
    const cutOff = expect(response).rejects.toThrow('fetch failed');
    await eventually(() => command.out.includes('first delivery'));
    expect(await command.end()).toBe(0);
    await cutOff;
  });

  it('says why it cannot listen', async () => {
    const first = await Command.listening();
    const { port } = new URL(first.url);
    const second = new Command(['--port', port]);
    expect(await second.ended).toBe(1);
    expect(second.err).toBe(`error: Cannot listen on port ${port}: it is in use. Choose another port with --port.\n`);
    await first.end();
  });

  it.each([
    [['--port', '65536'], 'It must be a whole number from 0 to 65535.'],
    [['--status', '199'], 'It must be a whole number from 200 to 599.'],
    [['--delay', '-1'], 'It must be a whole number from 0 to 600000.'],
    [['--delay', '1s'], 'It must be a whole number from 0 to 600000.'],
    [['--nonsense'], "error: unknown option '--nonsense'"],
    [['extra'], 'error: too many arguments'],
  ])('refuses the arguments %p', async (args, message) => {
    const command = new Command(args);
    expect(await command.ended).toBe(2);
    expect([command.err, command.out]).toEqual([expect.stringContaining(message), '']);
  });

  it.each(['secret', 'whsec_', 'whsec_abc', SECRET.replace('whsec_', 'whsk_')])(
    'refuses the secret %p without repeating it',
    async (secret) => {
      const command = new Command(['--secret', secret]);
      expect(await command.ended).toBe(1);
      expect([command.err, command.out]).toEqual([
        'error: The secret is not a webhook secret. It must start with whsec_, as returned by createWebhook.\n',
        '',
      ]);
    },
  );

  it('prints its help', async () => {
    const command = new Command(['--help']);
    expect(await command.ended).toBe(0);
    expect(command.out).toContain('Usage: npm run webhook-receiver -- [options]');
    expect(command.out).toContain('(env: WEBHOOK_SECRET)');
  });
});

describe('next to a gateway', () => {
  let build: GatewayBuild;
  let webhooks: WebhookFixture;
  beforeAll(async () => {
    [build, webhooks] = await Promise.all([GatewayBuild.make(), WebhookFixture.start()]);
  });
  afterAll(async () => {
    await webhooks.stop();
    await build.remove();
  });

  it('verifies deliveries with the secret in the environment, until SIGTERM', async () => {
    const { id, secret } = await webhooks.create('/', ['ORDER_STATUS']);
    const script = join(build.folder, 'dist/src/programs/webhook-receiver/webhook-receiver.cli.js');
    const child = spawn(process.execPath, [script, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, WEBHOOK_SECRET: secret },
    });
    const closed = once(child, 'close');
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const url = await eventually(() => /^Listening on (\S+)\. /.exec(out)?.[1]);

    await webhooks.call('updateWebhook', { webhookId: id, url });
    const deliveryId = await webhooks.sendTest(id, 'READING_WEIGHT');
    const { eventId } = await webhooks.attempted(deliveryId);
    await webhooks.call('rotateWebhookSecret', { webhookId: id });
    await webhooks.call('retryWebhookDelivery', { deliveryId });
    expect((await webhooks.attempted(deliveryId, 2)).status).toBe('SUCCEEDED');

    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    const lines = out.split('\n').slice(1);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}/;
    expect([lines[0], lines[2]].map((line) => line!.replace(time, ''))).toEqual([
      `reading.weight  ${eventId}  first delivery  signature verified`,
      `reading.weight  ${eventId}  delivery 2  signature verified`,
    ]);
    expect(JSON.parse(lines[1]!)).toMatchObject({ kind: 'weight', weight: 165.4 });
    expect(lines.slice(4)).toEqual(['2 deliveries of 1 message, 2 verified.', '']);
  });
});
