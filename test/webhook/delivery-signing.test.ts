import { Webhook } from 'standardwebhooks';
import { eventually } from '../support/eventually';
import { verified, type Received } from '../support/webhook-receiver';
import { WebhookFixture } from './webhook-fixture.harness';

const DAY_MS = 24 * 3_600_000;
const REFUSED = 'No matching signature found';
const UNREADABLE = 'The secret of the webhook cannot be decrypted, because APP_SECRET has changed. Rotate the secret.';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

async function endpoint() {
  const { path, id, secret } = await webhooks.endpoint();
  /** Sends a delivery and returns it as received. */
  const send = async (): Promise<Received> => {
    await webhooks.attempted(await webhooks.sendTest(id));
    return webhooks.receiver.at(path).at(-1)!;
  };
  const rotate = async () => (await webhooks.call('rotateWebhookSecret', { webhookId: id })).secret!;
  return { id, secret, send, rotate };
}

const refusal = (secret: string, received: Received): string => {
  try {
    verified(secret, received);
    return 'verified';
  } catch (error) {
    return (error as Error).message;
  }
};
const signaturesOf = ({ headers }: Received) => headers['webhook-signature']!.split(' ');

describe('a delivery', () => {
  it('is signed as the specification says, and verifies only with the secret', async () => {
    const { secret, send } = await endpoint();
    const before = Math.floor(Date.now() / 1_000);
    const received = await send();
    const { body, headers } = received;
    expect(verified(secret, received)).toEqual(JSON.parse(body));
    expect(signaturesOf(received)).toEqual([expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/)]);
    expect(headers['webhook-id']).toBe((JSON.parse(body) as { id: string }).id);
    expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/);
    expect(Number(headers['webhook-timestamp'])).toBeGreaterThanOrEqual(before);
    expect(Number(headers['webhook-timestamp'])).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it('is refused if a byte of the body, the id or the time is changed', async () => {
    const { secret, send } = await endpoint();
    const received = await send();
    const forged = (change: Partial<Received>): string => refusal(secret, { ...received, ...change });
    const withHeader = (name: string, value: string) => forged({ headers: { ...received.headers, [name]: value } });

    expect(forged({})).toBe('verified');
    for (const at of [0, 10, received.body.length - 1])
      expect(forged({ body: `${received.body.slice(0, at)}~${received.body.slice(at + 1)}` })).toBe(REFUSED);
    expect(forged({ body: `${received.body} ` })).toBe(REFUSED);
    expect(withHeader('webhook-id', `${received.id}0`)).toBe(REFUSED);
    const sentAt = Number(received.headers['webhook-timestamp']);
    expect(withHeader('webhook-timestamp', String(sentAt - 1))).toBe(REFUSED);
    expect(refusal(`whsec_${Buffer.alloc(24).toString('base64')}`, received)).toBe(REFUSED);
  });

  it('is refused when it is replayed after more than five minutes', async () => {
    const { secret, send } = await endpoint();
    const received = await send();
    const { body, headers, id } = received;
    const sentAgain = (secondsAgo: number): string => {
      const at = new Date((Math.floor(Date.now() / 1_000) - secondsAgo) * 1_000);
      const replayed = {
        'webhook-timestamp': String(at.getTime() / 1_000),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      };
      return refusal(secret, { ...received, headers: { ...headers, ...replayed } });
    };
    expect(sentAgain(0)).toBe('verified');
    expect(sentAgain(310)).toBe('Message timestamp too old');
    expect(sentAgain(-3_600)).toBe('Message timestamp too new');
  });

  it('has a new time and signature in each attempt, with the same id', async () => {
    const { secret, send, id } = await endpoint();
    const first = await send();
    const [delivery] = await webhooks.deliveries(id);
    const deliveryId = delivery!.databaseId;
    const [attempt] = delivery!.attempts.nodes;
    // The next attempt is in another second.
    const secondOf = (ms: number) => Math.floor(ms / 1_000);
    await eventually(() => secondOf(Date.now()) > secondOf(Date.parse(attempt!.startedAt)));
    await webhooks.call('retryWebhookDelivery', { deliveryId });
    await webhooks.attempted(deliveryId, 2);
    const again = webhooks.receiver.at(first.path).at(-1)!;
    expect([again.id, again.body]).toEqual([first.id, first.body]);
    expect(again.headers['webhook-timestamp']).not.toBe(first.headers['webhook-timestamp']);
    expect(signaturesOf(again)).not.toEqual(signaturesOf(first));
    expect(refusal(secret, again)).toBe('verified');
  });
});

describe('after a rotation', () => {
  const untilOf = async (id: string): Promise<number> => {
    const [row] = await webhooks.sql<{ until: Date }>(
      'select previous_secret_until as until from webhook where id = $1',
      [id],
    );
    return row!.until.getTime();
  };

  it('both secrets verify for 24 hours, then only the new one', async () => {
    const { id, secret, send, rotate } = await endpoint();
    const before = Date.now();
    const newer = await rotate();
    expect(newer).not.toBe(secret);
    const until = await untilOf(id);
    expect(until - before).toBeGreaterThanOrEqual(DAY_MS);
    expect(until - Date.now()).toBeLessThanOrEqual(DAY_MS);

    const both = await send();
    expect(signaturesOf(both)).toHaveLength(2);
    expect([secret, newer].map((one) => refusal(one, both))).toEqual(['verified', 'verified']);

    await webhooks.sql('update webhook set previous_secret_until = now() where id = $1', [id]);
    const newOnly = await send();
    expect(signaturesOf(newOnly)).toHaveLength(1);
    expect([secret, newer].map((one) => refusal(one, newOnly))).toEqual([REFUSED, 'verified']);
  });

  it('and a second rotation, the last two secrets verify', async () => {
    const { secret, send, rotate } = await endpoint();
    const [second, third] = [await rotate(), await rotate()];
    const received = await send();
    expect([secret, second, third].map((one) => refusal(one, received))).toEqual([REFUSED, 'verified', 'verified']);
  });
});

it('an attempt reports a changed APP_SECRET, and rotating the secret fixes it', async () => {
  const { id, secret } = await webhooks.create('/changed', ['ORDER_STATUS']);
  await webhooks.stopInstance();
  await webhooks.startInstance({ APP_SECRET: 'another secret of the tests, as after a careless deployment' });

  const failed = await webhooks.attempted(await webhooks.sendTest(id));
  expect(failed).toMatchObject({
    status: 'PENDING',
    attempts: { nodes: [{ responseStatus: null, responseBody: null, error: UNREADABLE }] },
  });
  expect(webhooks.receiver.at('/changed')).toEqual([]);

  const { secret: newer } = await webhooks.call('rotateWebhookSecret', { webhookId: id });
  await webhooks.makeDue(failed.databaseId);
  expect((await webhooks.attempted(failed.databaseId, 2)).status).toBe('SUCCEEDED');
  const [received] = webhooks.receiver.at('/changed');
  expect(verified(newer!, received!)).toEqual(JSON.parse(received!.body));
  expect(refusal(secret, received!)).toBe(REFUSED);
});
