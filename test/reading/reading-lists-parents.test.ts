import { readPage, walk } from '../support/connections';
import { namesOf } from '../support/statement-names';
import type { CallerName } from '../support/test-app';
import { newestFirst, readingsOf, recordAll, type ListedReading } from './reading-lists.harness';
import { hoursFromNow, ReadingProgramme, type Period } from './reading-programme.harness';

let programme: ReadingProgramme;
beforeAll(async () => {
  programme = await ReadingProgramme.start();
});
afterAll(() => programme.stop());

const SINCE = '2000-01-01T00:00:00Z';
const WEIGHT = { kind: 'WEIGHT', manual: false };

interface Parent {
  databaseId: string;
  readings: { nodes: { databaseId: string }[]; pageInfo: { hasNextPage: boolean } };
}

const PAGE = 'readings(first: 2) { nodes { databaseId } pageInfo { hasNextPage } }';

/** The first two of each parent's readings, by the parent's id. */
function pagesOf(parents: readonly string[], ofParent: (id: string) => ListedReading[]): Parent[] {
  return parents.map((databaseId) => {
    const ids = newestFirst(ofParent(databaseId));
    const nodes = ids.slice(0, 2).map((id) => ({ databaseId: id }));
    return { databaseId, readings: { nodes, pageInfo: { hasNextPage: ids.length > 2 } } };
  });
}

describe('the readings of many parents', () => {
  /** Fifty devices of fifty patients, with none to four readings each, in two customers. */
  const readings: Record<'northside' | 'lakeview', ListedReading[]> = { northside: [], lakeview: [] };
  const devices: Record<'northside' | 'lakeview', string[]> = { northside: [], lakeview: [] };
  const patients: string[] = [];

  beforeAll(async () => {
    for (const caller of ['northside', 'lakeview'] as const) {
      const customerId = programme.devices.customers[caller];
      const held: { deviceId: string; patientId: string }[] = [];
      for (let n = 0; n < (caller === 'northside' ? 50 : 5); n += 1) {
        const patientId = await programme.devices.patient({ customerId });
        const { id } = await programme.devices.device({ customerId, status: 'WITH_PATIENT', holderId: patientId });
        await programme.sql('update device_association set started_at = $2 where device_id = $1', [id, SINCE]);
        held.push({ deviceId: id, patientId });
      }
      const drafts = held.flatMap((one, n) =>
        Array.from({ length: n % 5 }, (_, turn) => ({ ...WEIGHT, ...one, takenAt: hoursFromNow(-n - 700 * turn) })),
      );
      readings[caller] = await recordAll(programme, drafts, caller);
      devices[caller] = held.map(({ deviceId }) => deviceId);
      if (caller === 'northside') patients.push(...held.map(({ patientId }) => patientId));
    }
  });

  it('are read in one statement, a page for each device', async () => {
    let answer: { devices: { nodes: Parent[] } };
    const sent = await programme.app.statementsOf(async () => {
      answer = await programme.app.data('northside', `{ devices(first: 50) { nodes { databaseId ${PAGE} } } }`);
    });
    expect(namesOf(sent)).toEqual(['devices', 'readings_by_device']);
    expect(answer!.devices.nodes).toEqual(
      pagesOf(devices.northside, (id) => readings.northside.filter(({ deviceId }) => deviceId === id)),
    );
  });

  it('are read in one statement, a page for each patient', async () => {
    let answer: { patients: { nodes: Parent[] } };
    const sent = await programme.app.statementsOf(async () => {
      answer = await programme.app.data('northside', `{ patients(last: 50) { nodes { databaseId ${PAGE} } } }`);
    });
    expect(namesOf(sent)).toEqual(['patients', 'readings_by_patient']);
    expect(answer!.patients.nodes).toEqual(
      pagesOf(patients, (id) => readings.northside.filter(({ patientId }) => patientId === id)),
    );
  });

  it('take one statement for each set of arguments, which two fields share', async () => {
    const query = `{ devices(first: 50) { nodes {
      a: readings(first: 2) { nodes { databaseId } } b: readings(first: 2) { pageInfo { endCursor } }
      c: readings(last: 1) { nodes { databaseId } } d: readings(first: 2, filter: { kinds: [WEIGHT] }) { nodes { databaseId } } } } }`;
    const sent = await programme.app.statementsOf(() => programme.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['devices', ...Array<string>(3).fill('readings_by_device')]);
  });

  it('with their devices and patients take one statement for each of the two', async () => {
    const query = `{ devices(first: 50) { nodes { readings(first: 5) { nodes { device { databaseId } patient { databaseId } } } } } }`;
    const sent = await programme.app.statementsOf(() => programme.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['device_by_id', 'devices', 'patient_by_id', 'readings_by_device']);
  });

  it('are not read when nothing of them is selected', async () => {
    const query = '{ devices(first: 50) { nodes { readings { __typename } } } }';
    const sent = await programme.app.statementsOf(() => programme.app.data('northside', query));
    expect(namesOf(sent)).toEqual(['devices']);
  });

  it('are those of their own customer for an operator, each parent its own', async () => {
    const parents = [...devices.northside.slice(-5), ...devices.lakeview];
    const fields = parents.map((id, index) => `d${index}: device(id: ${id}) { databaseId ${PAGE} }`);
    let answer: Record<string, Parent>;
    const sent = await programme.app.statementsOf(async () => {
      answer = await programme.app.data('operator', `{ ${fields.join(' ')} }`);
    });
    expect(namesOf(sent)).toEqual(['device_by_id', 'readings_by_device']);
    const all = [...readings.northside, ...readings.lakeview];
    expect(Object.values(answer!)).toEqual(pagesOf(parents, (id) => all.filter(({ deviceId }) => deviceId === id)));
  });

  it("never has another customer's readings", async () => {
    const [foreign] = readings.lakeview;
    const query = `query ($id: ID!, $device: ID!) { node(id: $id) { id } device(id: $device) { databaseId ${PAGE} } }`;
    const { reading } = await programme.app.data<{ reading: { readings: { nodes: { id: string }[] } } }>(
      'lakeview',
      `{ reading: device(id: ${foreign!.deviceId}) { readings { nodes { id } } } }`,
    );
    const variables = { id: reading.readings.nodes[0]!.id, device: foreign!.deviceId };
    expect(await programme.app.data('northside', query, variables)).toEqual({ node: null, device: null });
    const { patientId } = readings.northside.find((reading) => reading.patientId !== null)!;
    const asked = readingsOf('Patient', patientId!, { deviceIds: devices.lakeview });
    expect(await walk(programme.app, asked, 100)).toEqual([]);
    const seen = async (caller: CallerName) => {
      const { devices: answered } = await programme.app.data<{ devices: { nodes: Parent[] } }>(
        caller,
        '{ devices(first: 100) { nodes { databaseId readings(first: 10) { nodes { databaseId } } } } }',
      );
      return answered.nodes.flatMap(({ readings: { nodes } }) => nodes.map(({ databaseId }) => databaseId)).sort();
    };
    const idsOf = (one: readonly ListedReading[]) => one.map(({ id }) => id).sort();
    expect(await seen('northside')).toEqual(idsOf(readings.northside));
    expect(await seen('lakeview')).toEqual(idsOf(readings.lakeview));
    expect(await seen('operator')).toEqual(idsOf([...readings.northside, ...readings.lakeview]));
  });
});

describe('a device that moved', () => {
  it('keeps its readings, and each of its patients has those of the own time', async () => {
    const { ann, bob } = programme.devices.patients;
    const periods: Period[] = [
      { patientId: ann, from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' },
      { patientId: bob, from: '2025-03-01T00:00:00Z', to: '2025-04-01T00:00:00Z' },
      { patientId: ann, from: '2025-04-01T00:00:00Z' },
    ];
    const { id: deviceId } = await programme.device(...periods);
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
      programme,
      held.map(([takenAt, patientId]) => ({ ...WEIGHT, deviceId, takenAt, patientId })),
    );
    expect(await walk(programme.app, readingsOf('Device', deviceId), 2)).toEqual(newestFirst(readings));
    for (const patientId of [ann, bob]) {
      const own = readings.filter((reading) => reading.patientId === patientId);
      expect(await walk(programme.app, readingsOf('Patient', patientId), 2)).toEqual(newestFirst(own));
    }
  });
});

describe('readings that arrive between two pages', () => {
  it.each(['first', 'last'] as const)('neither repeat nor hide others (%s)', async (side) => {
    const { id: deviceId } = await programme.heldDevice();
    const one = { ...WEIGHT, deviceId, patientId: programme.devices.patients.ann };
    const months = ['2024-11', '2024-12', '2025-01', '2026-04', '2026-05', '2026-06'];
    const times = months.flatMap((month) => [`${month}-01T00:00:00.000Z`, `${month}-14T12:00:00.000Z`]);
    const list = readingsOf('Device', deviceId);
    const known = await recordAll(
      programme,
      times.map((takenAt) => ({ ...one, takenAt })),
    );
    /** Those that a reader should meet: newer and older ones than the page that was read last. */
    const ahead = { first: [] as ListedReading[], last: [] as ListedReading[] };
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const page = await readPage(programme.app, list, { [side]: 3, [side === 'first' ? 'after' : 'before']: cursor });
      const ids = page.nodes.map(({ databaseId }) => databaseId);
      if (side === 'first') seen.push(...ids);
      else seen.unshift(...ids);
      cursor = side === 'first' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
      if (!(side === 'first' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) break;
      if (pages > 3) continue;
      const at = known.find(({ id }) => id === (side === 'first' ? ids.at(-1) : ids[0]))!;
      const beside = (ms: number) => ({ ...one, takenAt: new Date(Date.parse(at.takenAt) + ms).toISOString() });
      // On both sides of the cursor; one of its very instant was recorded later, so that it stands before it.
      const kind = ['TEMPERATURE', 'HEART_RATE', 'PEAK_FLOW'][pages - 1]!;
      ahead.last.push(...(await recordAll(programme, [beside(1), { ...beside(0), kind }])));
      ahead.first.push(...(await recordAll(programme, [beside(-1)])));
      known.push(...ahead.first.slice(-1), ...ahead.last.slice(-2));
    }
    const passed = side === 'first' ? ahead.last : ahead.first;
    expect(passed.length).toBeGreaterThanOrEqual(3);
    expect(seen).toEqual(newestFirst(known.filter((reading) => !passed.includes(reading))));
    expect(await walk(programme.app, list, 100)).toEqual(newestFirst(known));
  });
});
