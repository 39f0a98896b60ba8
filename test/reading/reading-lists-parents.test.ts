import { readPage, walk } from '../support/connections';
import { namesOf } from '../support/statement-names';
import type { CallerName } from '../support/test-app';
import { newestFirst, readingsOf, recordAll, type ListedReading } from './reading-lists.harness';
import { hoursFromNow, ReadingFixture, type Period } from './reading-fixture.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

const SINCE = '2000-01-01T00:00:00Z';
const WEIGHT = { kind: 'WEIGHT', manual: false };

interface Parent {
  databaseId: string;
  readings: { nodes: { databaseId: string }[]; pageInfo: { hasNextPage: boolean } };
}

const PAGE = 'readings(first: 2) { nodes { databaseId } pageInfo { hasNextPage } }';

/** First two readings of each parent, by the parent's id. */
function pagesOf(parents: readonly string[], ofParent: (id: string) => ListedReading[]): Parent[] {
  return parents.map((databaseId) => {
    const ids = newestFirst(ofParent(databaseId));
    const nodes = ids.slice(0, 2).map((id) => ({ databaseId: id }));
    return { databaseId, readings: { nodes, pageInfo: { hasNextPage: ids.length > 2 } } };
  });
}

describe('the readings of many parents', () => {
  /** Fifty devices of fifty patients of two customers, with zero to four readings each. */
  const readings: Record<'northside' | 'lakeview', ListedReading[]> = { northside: [], lakeview: [] };
  const devices: Record<'northside' | 'lakeview', string[]> = { northside: [], lakeview: [] };
  const patients: string[] = [];

  beforeAll(async () => {
    for (const caller of ['northside', 'lakeview'] as const) {
      const customerId = fixture.devices.customers[caller];
      const held: { deviceId: string; patientId: string }[] = [];
      for (let n = 0; n < (caller === 'northside' ? 50 : 5); n += 1) {
        const patientId = await fixture.devices.patient({ customerId });
        const { id } = await fixture.devices.device({ customerId, status: 'WITH_PATIENT', holderId: patientId });
        await fixture.sql('update device_association set started_at = $2 where device_id = $1', [id, SINCE]);
        held.push({ deviceId: id, patientId });
      }
      const drafts = held.flatMap((one, n) =>
        Array.from({ length: n % 5 }, (_, turn) => ({ ...WEIGHT, ...one, takenAt: hoursFromNow(-n - 700 * turn) })),
      );
      readings[caller] = await recordAll(fixture, drafts, caller);
      devices[caller] = held.map(({ deviceId }) => deviceId);
      if (caller === 'northside') patients.push(...held.map(({ patientId }) => patientId));
    }
  });

  it('are read in one statement, a page for each device', async () => {
    let response: { devices: { nodes: Parent[] } };
    const sent = await fixture.app.statementsOf(async () => {
      response = await fixture.app.data('northside', `{ devices(first: 50) { nodes { databaseId ${PAGE} } } }`);
    });
    expect(namesOf(sent)).toEqual(['devices', 'readings_by_device']);
    expect(response!.devices.nodes).toEqual(
      pagesOf(devices.northside, (id) => readings.northside.filter(({ deviceId }) => deviceId === id)),
    );
  });

  it('are read in one statement, a page for each patient', async () => {
    let response: { patients: { nodes: Parent[] } };
    const sent = await fixture.app.statementsOf(async () => {
      response = await fixture.app.data('northside', `{ patients(last: 50) { nodes { databaseId ${PAGE} } } }`);
    });
    expect(namesOf(sent)).toEqual(['patients', 'readings_by_patient']);
    expect(response!.patients.nodes).toEqual(
      pagesOf(patients, (id) => readings.northside.filter(({ patientId }) => patientId === id)),
    );
  });

  it('take one statement per set of arguments, shared by two fields', async () => {
    const query = `{ devices(first: 50) { nodes {
      a: readings(first: 2) { nodes { databaseId } } b: readings(first: 2) { pageInfo { endCursor } }
      c: readings(last: 1) { nodes { databaseId } } d: readings(first: 2, filter: { kinds: [WEIGHT] }) { nodes { databaseId } } } } }`;
    const sent = await fixture.app.statementsOf(() => fixture.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['devices', ...Array<string>(3).fill('readings_by_device')]);
  });

  it('with their devices and patients take one more statement for each', async () => {
    const query = `{ devices(first: 50) { nodes { readings(first: 5) { nodes { device { databaseId } patient { databaseId } } } } } }`;
    const sent = await fixture.app.statementsOf(() => fixture.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['device_by_id', 'devices', 'patient_by_id', 'readings_by_device']);
  });

  it('are not read when nothing of them is selected', async () => {
    const query = '{ devices(first: 50) { nodes { readings { __typename } } } }';
    const sent = await fixture.app.statementsOf(() => fixture.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['devices']);
  });

  it('are separate for each parent and customer, also for an operator', async () => {
    const parents = [...devices.northside.slice(-5), ...devices.lakeview];
    const fields = parents.map((id, index) => `d${index}: device(id: ${id}) { databaseId ${PAGE} }`);
    let response: Record<string, Parent>;
    const sent = await fixture.app.statementsOf(async () => {
      response = await fixture.app.data('operator', `{ ${fields.join(' ')} }`);
    });
    expect(namesOf(sent)).toEqual(['device_by_id', 'readings_by_device']);
    const all = [...readings.northside, ...readings.lakeview];
    expect(Object.values(response!)).toEqual(pagesOf(parents, (id) => all.filter(({ deviceId }) => deviceId === id)));
  });

  it('never include readings of another customer', async () => {
    const [foreign] = readings.lakeview;
    const query = `query ($id: ID!, $device: ID!) { node(id: $id) { id } device(id: $device) { databaseId ${PAGE} } }`;
    const { reading } = await fixture.app.data<{ reading: { readings: { nodes: { id: string }[] } } }>(
      'lakeview',
      `{ reading: device(id: ${foreign!.deviceId}) { readings { nodes { id } } } }`,
    );
    const variables = { id: reading.readings.nodes[0]!.id, device: foreign!.deviceId };
    expect(await fixture.app.data('northside', query, variables)).toEqual({ node: null, device: null });
    const { patientId } = readings.northside.find((reading) => reading.patientId !== null)!;
    const list = readingsOf('Patient', patientId!, { deviceIds: devices.lakeview });
    expect(await walk(fixture.app, list, 100)).toEqual([]);
    const seen = async (caller: CallerName) => {
      const { devices: returned } = await fixture.app.data<{ devices: { nodes: Parent[] } }>(
        caller,
        '{ devices(first: 100) { nodes { databaseId readings(first: 10) { nodes { databaseId } } } } }',
      );
      return returned.nodes.flatMap(({ readings: { nodes } }) => nodes.map(({ databaseId }) => databaseId)).sort();
    };
    const idsOf = (one: readonly ListedReading[]) => one.map(({ id }) => id).sort();
    expect(await seen('northside')).toEqual(idsOf(readings.northside));
    expect(await seen('lakeview')).toEqual(idsOf(readings.lakeview));
    expect(await seen('operator')).toEqual(idsOf([...readings.northside, ...readings.lakeview]));
  });
});

describe('a device with several holders', () => {
  it('has all its readings, and each of its patients those of their own time', async () => {
    const { ann, bob } = fixture.devices.patients;
    const periods: Period[] = [
      { patientId: ann, from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' },
      { patientId: bob, from: '2025-03-01T00:00:00Z', to: '2025-04-01T00:00:00Z' },
      { patientId: ann, from: '2025-04-01T00:00:00Z' },
    ];
    const { id: deviceId } = await fixture.device(...periods);
    const held: [takenAt: string, patientId: string | null][] = [
      ['2024-12-31T23:59:59.999Z', null],
      ['2025-01-01T00:00:00.000Z', ann],
      ['2025-01-31T23:59:59.999Z', ann],
      ['2025-02-01T00:00:00.000Z', null],
      ['2025-03-01T00:00:00.000Z', bob],
      ['2025-03-31T23:59:59.999Z', bob],
      ['2025-04-01T00:00:00.000Z', ann],
    ];
    const readings = await recordAll(
      fixture,
      held.map(([takenAt, patientId]) => ({ ...WEIGHT, deviceId, takenAt, patientId })),
    );
    expect(await walk(fixture.app, readingsOf('Device', deviceId), 2)).toEqual(newestFirst(readings));
    for (const patientId of [ann, bob]) {
      const own = readings.filter((reading) => reading.patientId === patientId);
      expect(await walk(fixture.app, readingsOf('Patient', patientId), 2)).toEqual(newestFirst(own));
    }
  });
});

describe('readings that arrive between two pages', () => {
  it.each(['first', 'last'] as const)('neither repeat nor hide other readings (%s)', async (side) => {
    const { id: deviceId } = await fixture.heldDevice();
    const one = { ...WEIGHT, deviceId, patientId: fixture.devices.patients.ann };
    const months = ['2024-11', '2024-12', '2025-01', '2026-04', '2026-05', '2026-06'];
    const times = months.flatMap((month) => [`${month}-01T00:00:00.000Z`, `${month}-14T12:00:00.000Z`]);
    const list = readingsOf('Device', deviceId);
    const known = await recordAll(
      fixture,
      times.map((takenAt) => ({ ...one, takenAt })),
    );
    /** Readings that the next pages must include: newer and older than the last page. */
    const ahead = { first: [] as ListedReading[], last: [] as ListedReading[] };
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const page = await readPage(fixture.app, list, { [side]: 3, [side === 'first' ? 'after' : 'before']: cursor });
      const ids = page.nodes.map(({ databaseId }) => databaseId);
      if (side === 'first') seen.push(...ids);
      else seen.unshift(...ids);
      cursor = side === 'first' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
      if (!(side === 'first' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) break;
      if (pages > 3) continue;
      const at = known.find(({ id }) => id === (side === 'first' ? ids.at(-1) : ids[0]))!;
      const beside = (ms: number) => ({ ...one, takenAt: new Date(Date.parse(at.takenAt) + ms).toISOString() });
      // On both sides of the cursor. One has the same time but was recorded later, so it precedes the cursor.
      const kind = ['TEMPERATURE', 'HEART_RATE', 'PEAK_FLOW'][pages - 1]!;
      ahead.last.push(...(await recordAll(fixture, [beside(1), { ...beside(0), kind }])));
      ahead.first.push(...(await recordAll(fixture, [beside(-1)])));
      known.push(...ahead.first.slice(-1), ...ahead.last.slice(-2));
    }
    const passed = side === 'first' ? ahead.last : ahead.first;
    expect(passed.length).toBeGreaterThanOrEqual(3);
    expect(seen).toEqual(newestFirst(known.filter((reading) => !passed.includes(reading))));
    expect(await walk(fixture.app, list, 100)).toEqual(newestFirst(known));
  });
});
