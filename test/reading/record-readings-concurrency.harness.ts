import { namesOf } from '../support/statement-names';
import { SAMPLES } from './reading-samples.harness';
import {
  hoursFromNow,
  NOW,
  outcomesOf,
  ReadingFixture,
  type ReadingInput,
  type Recorded,
} from './reading-fixture.harness';
import { Rival } from './reading-rival.harness';

let fixture: ReadingFixture;
let devices: { id: string; serial: string }[];

/** Makes the times of batches in this file unique. */
let batches = 0;

/** Readings of all devices and kinds, and some manual readings of patients. */
function batch(size: number): ReadingInput[] {
  batches += 1;
  return Array.from({ length: size }, (_, index) => {
    const takenAt = hoursFromNow(-batches, -Math.floor(index / 10) * 1_000);
    const { input } = SAMPLES[index % SAMPLES.length]!;
    if (index % 10 === 9) return { patientId: fixture.devices.patients.bob, manual: true, takenAt, ...input };
    return { deviceId: devices[index % devices.length]!.id, takenAt, ...input };
  });
}

const send = (readings: ReadingInput[], instance: number): Promise<Recorded> => fixture.record(readings, { instance });

/** Sorted outcomes of each reading over all calls, with the ids of the readings. */
function outcomesByReading(responses: Recorded[]): Map<string, string[]> {
  const outcomes = new Map<string, string[]>();
  for (const { outcome, reading } of responses.flatMap(({ results }) => results))
    outcomes.set(reading!.databaseId, [...(outcomes.get(reading!.databaseId) ?? []), outcome].sort());
  return outcomes;
}

/** Asserts that exactly these readings were stored since then, and that each is in one event. */
async function expectRecordedOnce(ids: string[], since: { eventId: string; readings: number }): Promise<void> {
  const emittedIds = (await fixture.eventReadings(since.eventId)).flat().map(({ id }) => id as string);
  expect(emittedIds.sort()).toEqual([...ids].sort());
  expect(await countReadings()).toBe(since.readings + ids.length);
}

const countReadings = async () =>
  (await fixture.sql<{ count: number }>('select count(*)::int as count from reading'))[0]!.count;

const situation = async () => ({ eventId: await fixture.lastEventId(), readings: await countReadings() });

/**
 * Number of transactions with readings, none of which was repeated: PostgreSQL had to abort no deadlock. Calls of one instance may
 * share one.
 */
async function insertsOf(work: () => Promise<unknown>): Promise<number> {
  const names = namesOf(await fixture.app.statementsOf(work));
  const count = (wanted: string) => names.filter((name) => name === wanted).length;
  expect(count('COMMIT')).toBe(count('START TRANSACTION'));
  expect(count('insert_readings')).toBe(count('COMMIT'));
  return count('insert_readings');
}

/** Concurrent batches with the same readings, in several rounds. Whichever is first, each reading is recorded once. */
export function testBatchesAtOnce(rounds: number): void {
  beforeAll(async () => {
    fixture = await ReadingFixture.start({ instances: 2 });
    devices = [];
    while (devices.length < 6) {
      const patientId = await fixture.devices.patient();
      devices.push(await fixture.device({ patientId, from: '2020-01-01T00:00:00Z' }));
    }
  });
  afterAll(() => fixture.stop());

  it('the same batch sent concurrently to two instances is recorded once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const readings = batch(60);
      const since = await situation();
      let responses: Recorded[] = [];

      const inserts = await insertsOf(
        async () => (responses = await Promise.all([send(readings, 0), send(readings, 1)])),
      );

      expect(inserts).toBe(2);
      const outcomes = outcomesByReading(responses);
      expect([...outcomes.values()]).toEqual(new Array(60).fill(['DUPLICATE', 'RECORDED']));
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('the same batch sent over eight connections in different orders is recorded once', async () => {
    for (let round = 0; round < Math.ceil(rounds / 4); round += 1) {
      const readings = batch(60);
      const since = await situation();
      const turned = Array.from({ length: 8 }, (_, turn) => {
        const parts = [...readings.slice(turn * 7), ...readings.slice(0, turn * 7)];
        return turn % 2 === 0 ? parts : parts.reverse();
      });
      let responses: Recorded[] = [];

      const inserts = await insertsOf(
        async () => (responses = await Promise.all(turned.map((part, turn) => send(part, turn % 2)))),
      );

      expect(inserts).toBeGreaterThanOrEqual(2);
      expect(inserts).toBeLessThanOrEqual(8);
      const outcomes = outcomesByReading(responses);
      expect([...outcomes.values()].map((list) => list.join())).toEqual(
        new Array(60).fill(`${'DUPLICATE,'.repeat(7)}RECORDED`),
      );
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('two overlapping concurrent batches in opposite orders are recorded once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const readings = batch(120);
      const [one, other] = [readings.slice(0, 80), readings.slice(40).reverse()];
      const since = await situation();
      let responses: Recorded[] = [];

      const inserts = await insertsOf(async () => (responses = await Promise.all([send(one, 0), send(other, 1)])));

      expect(inserts).toBe(2);
      const outcomes = outcomesByReading(responses);
      expect([...outcomes.values()].filter((list) => list.join() === 'RECORDED')).toHaveLength(80);
      expect([...outcomes.values()].filter((list) => list.join() === 'DUPLICATE,RECORDED')).toHaveLength(40);
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('of concurrent readings with different values, one is recorded and the others are conflicts', async () => {
    const { id } = devices[0]!;
    for (let round = 0; round < rounds; round += 1) {
      const takenAt = new Date(NOW.getTime() - 500 * 3_600_000 - round).toISOString();
      const since = await situation();

      const responses = await Promise.all(
        [101, 102, 103, 104].map((weight, index) =>
          send([{ deviceId: id, takenAt, weight: { value: weight, unit: 'POUND' } }], index % 2),
        ),
      );

      const results = responses.flatMap((response) => response.results);
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'RECORDED']);
      const winner = results.findIndex(({ outcome }) => outcome === 'RECORDED');
      expect(results[winner]!.reading!.weight).toBe(101 + winner);
      for (const { outcome, reading, userErrors } of results) {
        expect(reading).toEqual(results[winner]!.reading);
        expect(userErrors.map(({ code }) => code)).toEqual(outcome === 'RECORDED' ? [] : ['READING_CONFLICT']);
      }
      await expectRecordedOnce([results[winner]!.reading!.databaseId], since);
    }
  });

  describe('a batch that waits for another with the same readings', () => {
    /** The first batch has inserted its readings and waits for the rival. The second waits for the first. */
    async function oneBehindTheOther(first: ReadingInput[], second: ReadingInput[]) {
      const { bob } = fixture.devices.patients;
      const rival = await Rival.begin(fixture, `select from patient_activity where patient_id = ${bob} for update`);
      const one = fixture.send(first, { instance: 0 });
      await fixture.untilWaiting(1);
      const other = fixture.send(second, { instance: 1 });
      await fixture.untilWaiting(2);
      return { rival, one, other };
    }

    it('returns the readings of the other when that one commits', async () => {
      const readings = batch(20);
      const since = await situation();
      const { rival, one, other } = await oneBehindTheOther(readings, readings);

      await rival.commit();

      const [first, second] = [(await one).data!.recordReadings!, (await other).data!.recordReadings!];
      expect(outcomesOf(first)).toEqual(new Array(20).fill('RECORDED'));
      expect(outcomesOf(second)).toEqual(new Array(20).fill('DUPLICATE'));
      expect(second.results.map(({ reading }) => reading)).toEqual(first.results.map(({ reading }) => reading));
      await expectRecordedOnce(
        first.results.map(({ reading }) => reading!.databaseId),
        since,
      );
    });

    it('returns a conflict with the values of the other', async () => {
      const [reading] = batch(10).slice(9) as [ReadingInput];
      const { input } = SAMPLES[9 % SAMPLES.length]!;
      expect(input).toEqual({ bloodPressure: { systolic: 128, diastolic: 81, heartRate: 67 } });
      const { rival, one, other } = await oneBehindTheOther(
        [reading],
        [{ ...reading, bloodPressure: { systolic: 130, diastolic: 81 } }],
      );

      await rival.commit();

      const [first, second] = [(await one).data!.recordReadings!, (await other).data!.recordReadings!];
      expect(outcomesOf(first)).toEqual(['RECORDED']);
      expect(second.results).toMatchObject([{ outcome: 'CONFLICT', reading: { systolic: 128, heartRate: 67 } }]);
      expect(second.results[0]!.reading).toEqual(first.results[0]!.reading);
    });

    it('records the readings when the other one fails', async () => {
      const readings = batch(20);
      const since = await situation();
      const { rival, one, other } = await oneBehindTheOther(readings, readings);

      // The backend that waits for the rival's row: the other one waits for this one, and then for the rival, too.
      await fixture.sql(`with waiting as (select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '/* insert_readings */%')
        select pg_terminate_backend(pid) from waiting where not pg_blocking_pids(pid) && array(select pid from waiting) limit 1`);
      const failed = await one;
      await rival.commit();

      expect(failed).toMatchObject({
        data: { recordReadings: null },
        errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      });
      const second = (await other).data!.recordReadings!;
      expect(outcomesOf(second)).toEqual(new Array(20).fill('RECORDED'));
      await expectRecordedOnce(
        second.results.map(({ reading }) => reading!.databaseId),
        since,
      );
      expect(outcomesOf(await send(readings, 0))).toEqual(new Array(20).fill('DUPLICATE'));
    });
  });
}
