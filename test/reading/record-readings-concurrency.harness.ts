import { SAMPLES } from './reading-samples.harness';
import {
  hoursFromNow,
  NOW,
  outcomesOf,
  ReadingProgramme,
  type ReadingInput,
  type Recorded,
} from './reading-programme.harness';
import { Rival } from './reading-rival.harness';

let programme: ReadingProgramme;
let devices: { id: string; serial: string }[];

/** So that no two batches of this file are about the same instants. */
let batches = 0;

/** Readings of all devices and kinds, and some of patients without a device. */
function batch(size: number): ReadingInput[] {
  batches += 1;
  return Array.from({ length: size }, (_, index) => {
    const takenAt = hoursFromNow(-batches, -Math.floor(index / 10) * 1_000);
    const { input } = SAMPLES[index % SAMPLES.length]!;
    if (index % 10 === 9) return { patientId: programme.devices.patients.bob, manual: true, takenAt, ...input };
    return { deviceId: devices[index % devices.length]!.id, takenAt, ...input };
  });
}

const send = (readings: ReadingInput[], instance: number): Promise<Recorded> =>
  programme.record(readings, { instance });

/** What became of each reading in each of the calls, sorted; readings by their ids. */
function outcomesByReading(answers: Recorded[]): Map<string, string[]> {
  const outcomes = new Map<string, string[]>();
  for (const { outcome, reading } of answers.flatMap(({ results }) => results))
    outcomes.set(reading!.databaseId, [...(outcomes.get(reading!.databaseId) ?? []), outcome].sort());
  return outcomes;
}

/** Asserts that each of these readings, and nothing else, is stored since then and was told once. */
async function expectRecordedOnce(ids: string[], since: { eventId: string; readings: number }): Promise<void> {
  const told = (await programme.told(since.eventId)).flat().map(({ id }) => id as string);
  expect(told.sort()).toEqual([...ids].sort());
  expect(await countReadings()).toBe(since.readings + ids.length);
}

const countReadings = async () =>
  (await programme.sql<{ count: number }>('select count(*)::int as count from reading'))[0]!.count;

const situation = async () => ({ eventId: await programme.lastEventId(), readings: await countReadings() });

/** How often batches were inserted: more often than calls were made if PostgreSQL had to end a deadlock. */
async function insertsOf(work: () => Promise<unknown>): Promise<number> {
  const statements = await programme.app.statementsOf(work);
  return statements.filter(({ text }) => text.startsWith('/* insert_readings */')).length;
}

/** Batches with the same readings at once, in several rounds: whichever comes first, each reading is recorded once. */
export function testBatchesAtOnce(rounds: number): void {
  beforeAll(async () => {
    programme = await ReadingProgramme.start({ instances: 2 });
    devices = [];
    while (devices.length < 6) {
      const patientId = await programme.devices.patient();
      devices.push(await programme.device({ patientId, from: '2020-01-01T00:00:00Z' }));
    }
  });
  afterAll(() => programme.stop());

  it('the same batch at once from two instances is recorded once, each reading by one of them', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const readings = batch(60);
      const since = await situation();
      let answers: Recorded[] = [];

      const inserts = await insertsOf(
        async () => (answers = await Promise.all([send(readings, 0), send(readings, 1)])),
      );

      expect(inserts).toBe(2);
      const outcomes = outcomesByReading(answers);
      expect([...outcomes.values()]).toEqual(new Array(60).fill(['DUPLICATE', 'RECORDED']));
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('so it is from eight connections, each in another order', async () => {
    for (let round = 0; round < Math.ceil(rounds / 4); round += 1) {
      const readings = batch(60);
      const since = await situation();
      const turned = Array.from({ length: 8 }, (_, turn) => {
        const parts = [...readings.slice(turn * 7), ...readings.slice(0, turn * 7)];
        return turn % 2 === 0 ? parts : parts.reverse();
      });
      let answers: Recorded[] = [];

      const inserts = await insertsOf(
        async () => (answers = await Promise.all(turned.map((part, turn) => send(part, turn % 2)))),
      );

      expect(inserts).toBe(8);
      const outcomes = outcomesByReading(answers);
      expect([...outcomes.values()].map((list) => list.join())).toEqual(
        new Array(60).fill(`${'DUPLICATE,'.repeat(7)}RECORDED`),
      );
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('two batches that overlap, in opposite orders at once, are recorded as one', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const readings = batch(120);
      const [one, other] = [readings.slice(0, 80), readings.slice(40).reverse()];
      const since = await situation();
      let answers: Recorded[] = [];

      const inserts = await insertsOf(async () => (answers = await Promise.all([send(one, 0), send(other, 1)])));

      expect(inserts).toBe(2);
      const outcomes = outcomesByReading(answers);
      expect([...outcomes.values()].filter((list) => list.join() === 'RECORDED')).toHaveLength(80);
      expect([...outcomes.values()].filter((list) => list.join() === 'DUPLICATE,RECORDED')).toHaveLength(40);
      await expectRecordedOnce([...outcomes.keys()], since);
    }
  });

  it('of readings that differ in their values at once, one wins and the others get it as a conflict', async () => {
    const { id } = devices[0]!;
    for (let round = 0; round < rounds; round += 1) {
      const takenAt = new Date(NOW.getTime() - 500 * 3_600_000 - round).toISOString();
      const since = await situation();

      const answers = await Promise.all(
        [101, 102, 103, 104].map((weight, index) =>
          send([{ deviceId: id, takenAt, weight: { value: weight, unit: 'POUND' } }], index % 2),
        ),
      );

      const results = answers.flatMap((answer) => answer.results);
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
    /** The first has stored its readings and waits for the rival, the second waits for the first. */
    async function oneBehindTheOther(first: ReadingInput[], second: ReadingInput[]) {
      const { bob } = programme.devices.patients;
      const rival = await Rival.begin(programme, `select from patient_activity where patient_id = ${bob} for update`);
      const one = programme.send(first, { instance: 0 });
      await programme.untilWaiting(1);
      const other = programme.send(second, { instance: 1 });
      await programme.untilWaiting(2);
      return { rival, one, other };
    }

    it('answers those of the other when that one commits', async () => {
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

    it('answers a conflict with the values of the other', async () => {
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

    it('records them when that one fails', async () => {
      const readings = batch(20);
      const since = await situation();
      const { rival, one, other } = await oneBehindTheOther(readings, readings);

      // Whoever waits for the row that the rival holds.
      await programme.sql(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '/* note_patient_activity */%'`);
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
