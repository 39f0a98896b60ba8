import { DELIVERY_POINTS } from '../../src/features/webhook/delivery-points';
import { eventually } from '../support/eventually';
import { LimitNotices } from '../support/limit-notices';
import { WebhookFixture } from './webhook-fixture.harness';

/** A quota of 40,000 points in ten seconds: a hundred deliveries. */
const ENV = { RATE_LIMIT_COST_PER_SECOND: '4000', RATE_LIMIT_CREDENTIAL_COST_PER_SECOND: '0' };
const LIMIT = 'cost of a customer per second';

let webhooks: WebhookFixture;
const notices = new LimitNotices();
beforeAll(async () => {
  webhooks = await WebhookFixture.start({ env: ENV });
});
afterAll(() => webhooks.stop());
beforeEach(() => notices.begin());
afterEach(() => notices.end());

const ask = (caller: 'northside' | 'lakeview') => webhooks.app.query(caller, '{ viewer { role } }');
const codeOf = async (caller: 'northside' | 'lakeview') => (await ask(caller)).errors?.[0]?.extensions.code;

it('the deliveries of its events are charged to a customer, are all sent, and do not concern others', async () => {
  expect(10 * Number(ENV.RATE_LIMIT_COST_PER_SECOND)).toBe(100 * DELIVERY_POINTS);
  const paths: string[] = [];
  for (let n = 0; n < 30; n += 1) paths.push((await webhooks.endpoint()).path);

  // The operator changes the devices, so that nothing else is charged to the customer.
  for (let event = 1; event <= 6; event += 1) await webhooks.changeDevice();
  await eventually(async () => (await codeOf('northside')) === 'RATE_LIMITED');
  expect(notices.names).toContain(LIMIT);
  expect(await codeOf('lakeview')).toBeUndefined();
  for (const path of paths) await webhooks.receiver.count(path, 6);

  // At most a window of debt.
  const { errors } = await ask('northside');
  expect(errors![0]!.extensions.retryAfter).toBeLessThanOrEqual(11);
});
