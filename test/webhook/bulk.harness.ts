import { EVERY_TYPE } from './listener.harness';
import type { WebhookFixture } from './webhook-fixture.harness';

/**
 * Records `count` readings in one call. Asserts that each is delivered once to every webhook that receives its type.
 *
 * @param count a multiple of ten. One reading in ten is a weight
 */
export async function expectBulkDelivered(webhooks: WebhookFixture, count: number): Promise<void> {
  const everything = await webhooks.create('/readings', EVERY_TYPE);
  const weights = await webhooks.create('/weights', ['READING_WEIGHT', 'READING_PEAK_FLOW']);
  const { id: deviceId } = await webhooks.fixture.freeDevice();
  const readings = Array.from({ length: count }, (_, index) => ({
    deviceId,
    takenAt: new Date(Date.UTC(2026, 0, 2, 0, 0, index)).toISOString(),
    ...(index % 10 === 3 ? { weight: { value: 100 + index / 10, unit: 'POUND' } } : { heartRate: { value: 60 } }),
  }));
  const record = `mutation ($readings: [ReadingInput!]!) { recordReadings(input: { readings: $readings }) { recorded results { reading { databaseId } } } }`;
  const { recordReadings } = await webhooks.app.data<{
    recordReadings: { recorded: number; results: { reading: { databaseId: string } }[] };
  }>('northside', record, { readings });
  expect(recordReadings.recorded).toBe(count);
  await webhooks.planned();
  await webhooks.done();

  const deliveredTo = (path: string) =>
    webhooks.receiver.at(path).map(({ body }) => (JSON.parse(body) as { payload: { id: string } }).payload.id);
  const ids = recordReadings.results.map(({ reading }) => reading.databaseId);
  expect(deliveredTo('/readings').sort()).toEqual([...ids].sort());
  expect(deliveredTo('/weights').sort()).toEqual(ids.filter((_, index) => index % 10 === 3).sort());
  const counts = await webhooks.sql(
    `select webhook_id, status, count(*)::int from webhook_delivery where webhook_id in ($1, $2) group by 1, 2 order by 1`,
    [everything.id, weights.id],
  );
  expect(counts).toEqual([
    { webhook_id: everything.id, status: 'SUCCEEDED', count },
    { webhook_id: weights.id, status: 'SUCCEEDED', count: count / 10 },
  ]);
}
