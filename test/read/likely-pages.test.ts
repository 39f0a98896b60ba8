import type { RequestContext } from '../../src/platform/operation/request-context';
import { LikelyPages } from '../../src/platform/read/likely-pages';
import { ERROR_MARK } from '../../src/platform/read/values';
import { ComparedReads } from './compared-reads';

/** Pages of readings are read as if no reading were ahead, and again, exactly, where one is. */

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start();
});
afterAll(() => reads.app.stop());

const readings = (size: number) =>
  `readings(first: ${size}) { nodes { id takenAt receivedAt } pageInfo { hasNextPage startCursor endCursor } }`;
const OF_DEVICES = `{ devices(first: 50) { nodes { id ${readings(3)} } } }`;
const OF_PATIENTS = `{ patients(first: 50) { nodes { readings(first: 2) { edges { cursor node { id } } } } } }`;
const OF_ONE = `{ device(id: 1) { ${readings(2)} older: readings(first: 2, sort: { field: TAKEN_AT, direction: ASC }) { nodes { id } } } }`;

/** Compares, and returns the number of compiled statements. */
async function statementsOf(
  query: string,
  caller: 'northside' | 'lakeview' | 'operator' = 'northside',
): Promise<number> {
  const { expected, found, compiled } = await reads.both({ query }, caller);
  expect(found).toEqual(expected);
  return compiled.length;
}

/** Readings of a device, of two kinds in turn, each taken and received so many minutes before now. */
const record = (device: number, ...times: (readonly [taken: number, received: number])[]) =>
  reads.app.admin.query(
    `insert into reading (customer_id, id, taken_at, received_at, device_id, patient_id, kind, manual, weight, temperature)
      select d.customer_id, new_reading_id(t.taken), t.taken, t.received, d.id, (select min(id) from patient p where p.customer_id = d.customer_id), case when odd then 4 else 6 end, false,
        case when odd then 80 end, case when not odd then 37 end
      from device d, (select date_trunc('minute', now()) - n.taken * interval '1 minute' as taken, n.nth % 2 = 1 as odd,
        date_trunc('minute', now()) - n.received * interval '1 minute' as received
        from unnest($2::int[], $3::int[]) with ordinality n(taken, received, nth)) t where d.id = $1`,
    [device, times.map(([taken]) => taken), times.map(([, received]) => received)],
  );

test('pages without a reading that is ahead are read once, others twice, and for some time once', async () => {
  await reads.app.admin.query('update reading set received_at = taken_at where taken_at > received_at');
  for (const query of [OF_DEVICES, OF_PATIENTS, OF_ONE]) expect(await statementsOf(query)).toBe(1);
  await record(1, [5, 5], [5, 4], [6, 6]);
  for (const query of [OF_DEVICES, OF_PATIENTS, OF_ONE]) expect(await statementsOf(query)).toBe(1);
  // The newest by the clock of the device is older than another one, which a page of two would leave out.
  await record(1, [-30, 60], [-20, 7], [7, 7]);
  for (const query of [OF_DEVICES, OF_PATIENTS, OF_ONE]) expect(await statementsOf(query)).toBe(2);
  for (const query of [OF_DEVICES, OF_PATIENTS, OF_ONE]) expect(await statementsOf(query)).toBe(1);
  expect(await statementsOf(OF_DEVICES, 'lakeview')).toBe(1);
  expect(await statementsOf(OF_DEVICES, 'operator')).toBe(2);
  const { found } = await reads.compiled({
    query: '{ device(id: 1) { readings(first: 3) { nodes { takenAt receivedAt } } } }',
  });
  const { data } = JSON.parse(found.text) as {
    data: { device: { readings: { nodes: { takenAt: string; receivedAt: string }[] } } };
  };
  expect(data.device.readings.nodes.every(({ takenAt, receivedAt }) => takenAt <= receivedAt)).toBe(true);
});

test('readings after the months make every page one that is read exactly', async () => {
  await record(20, [-200_000, -200_000], [9, 9]);
  const query = `{ devices(first: 50) { nodes { databaseId ${readings(4)} } } }`;
  expect(await statementsOf(query)).toBe(2);
  expect(await statementsOf(query)).toBe(1);
});

test('the reads of a customer are exact for ten minutes', async () => {
  let now = 0;
  const pages = new LikelyPages(() => now);
  const readsOf = async (customerId: string) => {
    const run = { ctx: { session: { scope: { kind: 'customer', customerId } } } as RequestContext, isExact: false };
    const exact: boolean[] = [];
    const rows = await pages.read(run, () => {
      exact.push(run.isExact);
      return Promise.resolve([{ j: run.isExact ? 'exact' : ERROR_MARK }]);
    });
    expect(rows).toEqual([{ j: 'exact' }]);
    return exact;
  };
  expect(await readsOf('1')).toEqual([false, true]);
  now = 599_999;
  expect(await readsOf('1')).toEqual([true]);
  expect(await readsOf('2')).toEqual([false, true]);
  now = 600_000;
  expect(await readsOf('1')).toEqual([false, true]);
});
