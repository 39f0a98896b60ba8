import { DELIVERY, WEBHOOK } from './webhook-api.harness';
import { WebhookFixture } from './webhook-fixture.harness';

let webhooks: WebhookFixture;
beforeAll(async () => {
  webhooks = await WebhookFixture.start();
});
afterAll(() => webhooks.stop());

/** The text of a secret, and its decoded bytes. */
function spellings(secret: string): Buffer[] {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return [secret, secret.slice('whsec_'.length), key.toString('hex')].map((text) => Buffer.from(text)).concat(key);
}

/** All rows of all tables that could contain a secret, with raw bytes. */
async function stored(): Promise<Buffer> {
  const rows = [];
  for (const table of ['webhook', 'webhook_delivery', 'webhook_attempt', 'event'])
    rows.push(...(await webhooks.sql(`select * from ${table}`)));
  return Buffer.concat(
    rows
      .flatMap((row) => Object.values(row))
      .map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)))),
  );
}

it('are returned at creation only, by no other field, and encrypted in the table', async () => {
  const { id, secret } = await webhooks.create('/secret', ['ORDER_STATUS']);
  await webhooks.attempted(await webhooks.sendTest(id));
  const rotated = await webhooks.call('rotateWebhookSecret', { webhookId: id });
  expect(rotated).toEqual({
    webhook: await webhooks.webhook(id),
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/) as string,
    userErrors: [],
  });
  await webhooks.attempted(await webhooks.sendTest(id));

  const [row] = await webhooks.sql<{ secret: Buffer; previous_secret: Buffer }>('select * from webhook where id = $1', [
    id,
  ]);
  // The text, a nonce of 12 bytes and a tag of 16 bytes.
  expect([row!.secret.length, row!.previous_secret.length]).toEqual([28 + 38, 28 + 38]);
  const shownLater = JSON.stringify([
    await webhooks.app.data(
      'northside',
      `query ($id: ID!) { webhook(id: $id) { ${WEBHOOK} deliveries { nodes { ${DELIVERY} } } } }`,
      { id },
    ),
    await webhooks.call('disableWebhook', { webhookId: id }),
  ]);
  const everywhere = Buffer.concat([await stored(), Buffer.from(shownLater), Buffer.from(webhooks.app.log)]);
  for (const one of [secret, rotated.secret!])
    expect(spellings(one).map((spelling) => everywhere.includes(spelling))).toEqual([false, false, false, false]);
});

it('are encrypted with a new nonce each time, so equal secrets differ in the table', async () => {
  const { id } = await webhooks.create('/sealed', ['ORDER_STATUS']);
  const ciphertexts = [];
  for (let time = 0; time < 3; time += 1) {
    await webhooks.call('rotateWebhookSecret', { webhookId: id });
    const [row] = await webhooks.sql<{ secret: Buffer }>('select secret from webhook where id = $1', [id]);
    ciphertexts.push(row!.secret.subarray(0, 12).toString('hex'));
  }
  expect(new Set(ciphertexts).size).toBe(3);
});

it('have a field in the schema only in the payloads that return a new one', async () => {
  const { __schema } = await webhooks.app.data<{
    __schema: { types: { name: string; fields: { name: string }[] | null }[] };
  }>('northside', '{ __schema { types { name fields { name } } } }');
  const holders = __schema.types.filter(({ fields }) => fields?.some(({ name }) => /secret/i.test(name)));
  expect(
    holders
      .map(({ name }) => name)
      .filter((name) => !/^(Query|Mutation)$/.test(name))
      .sort(),
  ).toEqual(['CreateApiKeyPayload', 'CreateWebhookPayload', 'RotateWebhookSecretPayload']);
});
