import { tracingChannel } from 'node:diagnostics_channel';
import type { StatementTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { TestApp } from '../support/test-app';

const CHART = `readingTrend(kind: BLOOD_PRESSURE, period: { from: "2025-01-01T00:00:00Z", to: "2025-01-08T00:00:00Z" }, bucket: DAY) { count }`;
/** Fifty charts: of each of ten patients, five. */
const CHARTS = `{ patients(first: 10) { nodes { ${[0, 1, 2, 3, 4].map((nth) => `c${nth}: ${CHART.replace('08T', `0${nth + 4}T`)}`).join(' ')} } } }`;
const LIGHT = '{ devices(first: 5) { nodes { id currentStatus site { name } } } }';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ env: { METRICS_PORT: '0' } });
});
afterAll(() => app.stop());

async function gauge(pattern: RegExp): Promise<number> {
  const text = await (await fetch(app.metricsUrls[0]!)).text();
  return Number(pattern.exec(text)![1]);
}
const pending = () =>
  gauge(/^db_client_connection_pending_requests\{db_client_connection_pool_name="customer"\} (\d+)$/m);

it('a light caller does not wait behind fifty operations with fifty charts each', async () => {
  await app.admin.query('begin; lock table reading in access exclusive mode');
  const flood = Array.from({ length: 50 }, () => app.query('readOnly', CHARTS));
  await eventually(async () => (await pending()) > 20, 'statements of the flood that wait for a connection');
  // 12 operations of the credential run.
  await eventually(async () => (await gauge(/^gateway_operations_waiting (\d+)$/m)) === 38, '38 operations that wait');
  for (let nth = 0; nth < 5; nth += 1) await app.data('lakeview', LIGHT);
  expect(await pending()).toBeGreaterThan(20);
  await app.admin.query('rollback');
  for (const result of await Promise.all(flood)) expect(result).toMatchObject({ status: 200, data: {} });
});

it('while statements of a flood wait, the next free connection is for the light caller', async () => {
  const order: string[] = [];
  const channel = tracingChannel<'gateway:statement', StatementTrace>('gateway:statement');
  const note = {
    start: ({ customerId }: StatementTrace): void => {
      if (customerId !== null) order.push(customerId);
    },
  };
  channel.subscribe(note as never);
  try {
    const flood = Array.from({ length: 30 }, () => app.query('readOnly', CHARTS));
    await eventually(() => order.length >= 10, 'the flood to begin');
    const before = order.length;
    await app.data('lakeview', LIGHT);
    const light = order.flatMap((customerId, index) => (customerId === '2' && index >= before ? [index] : []));
    await Promise.all(flood);
    // The flood has waited longer than the light caller.
    expect(light.length).toBeGreaterThanOrEqual(2);
    expect(order.slice(light.at(-1)! + 1).filter((customerId) => customerId === '1').length).toBeGreaterThan(0);
  } finally {
    channel.unsubscribe(note as never);
  }
});
