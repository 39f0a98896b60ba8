import { CACHE_TTL_MS } from '../../src/platform/base/ttl-cache';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from '../access/issuer.harness';
import { createKey } from '../support/api-key';
import { eventually } from '../support/eventually';
import { OperatorWrites } from '../support/operator-writes';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';

const NORTHSIDE_ID = '1';
const CHANGES = 'subscription { deviceStatusChanged { change { status } } }';
const OVERRIDE = `mutation ($status: DeviceStatusOverride!) {
  updateDeviceStatus(input: { deviceId: 1, status: $status }) { device { currentStatus } userErrors { code } } }`;

let issuer: TestIssuer;
let app: TestApp;
let customers: OperatorWrites;
beforeAll(async () => {
  issuer = await startIssuer(() => new Date());
  app = await TestApp.start({
    env: { JWKS_URL: issuer.jwksUrl.toString(), JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
  customers = new OperatorWrites(app, 'customer', 'id databaseId version active', 'customer');
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await app.stop();
  await issuer.close();
});

const realNow = performance.now.bind(performance);
let aheadMs = 0;

/** Afterwards all cached rows are too old to be used. */
async function setActive(active: boolean): Promise<void> {
  await customers.done('updateCustomer', { customerId: NORTHSIDE_ID, active });
  aheadMs += CACHE_TTL_MS;
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + aheadMs);
}

it('takes no calls of a deactivated customer, closes its sockets, and keeps its data', async () => {
  const [key, token] = [await createKey(app), await issuer.sign({ customer_id: NORTHSIDE_ID, role: 'ADMIN' })];
  const lakeview = await createKey(app, { customerId: '2' });
  const subscribers = [key, token].map((secret) => new Subscriber(app.url, { key: secret }, CHANGES));
  const others = [lakeview, 'demo-operator'].map((secret) => new Subscriber(app.url, { key: secret }, CHANGES));
  await eventually(() => app.subscribers === 4);
  const devices = '{ devices(filter: { customerIds: ["1"] }) { totalCount } }';
  const before = await app.data('operator', devices);

  await setActive(false);
  for (const subscriber of subscribers) {
    await subscriber.until(({ closed }) => closed !== undefined);
    expect(subscriber.closed).toEqual({ code: 4403, reason: 'Credential no longer valid' });
  }
  for (const secret of [key, token, 'demo-northside', 'demo-ingest']) {
    const { status, errors } = await app.query({ key: secret }, '{ viewer { role } }');
    expect([status, errors![0]!.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(errors![0]!.message).toContain('deactivated');
  }
  const refused = new Subscriber(app.url, { key }, CHANGES);
  await refused.until(({ closed }) => closed !== undefined);
  expect(refused.closed!.code).toBe(4403);

  // Operators still see and change its data. Other callers notice nothing.
  expect(await app.data('operator', devices)).toEqual(before);
  const { updateDeviceStatus } = await app.data('operator', OVERRIDE, { status: 'LOST' });
  expect(updateDeviceStatus).toEqual({ device: { currentStatus: 'LOST' }, userErrors: [] });
  expect(await app.data({ key: lakeview }, '{ viewer { role } }')).toEqual({ viewer: { role: 'ADMIN' } });
  expect(others.map(({ closed }) => closed)).toEqual([undefined, undefined]);

  await setActive(true);
  for (const secret of [key, token, 'demo-northside'])
    expect(await app.data({ key: secret }, '{ viewer { role customer { active } } }')).toEqual({
      viewer: { role: 'ADMIN', customer: { active: true } },
    });
  await Promise.all([...subscribers, ...others, refused].map((subscriber) => subscriber.stop()));
});
