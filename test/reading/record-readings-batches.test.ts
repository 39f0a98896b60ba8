import { namesOf } from '../support/statement-names';
import type { LoggedStatement } from '../support/test-app';
import { altered, SAMPLES } from './reading-samples.harness';
import { BRIEF, hoursFromNow, ReadingFixture, type ReadingInput } from './reading-fixture.harness';

let fixture: ReadingFixture;
let devices: { id: string; serial: string }[];
beforeAll(async () => {
  fixture = await ReadingFixture.start();
  devices = [];
  while (devices.length < 20) devices.push(await fixture.heldDevice());
});
afterAll(() => fixture.stop());

let batches = 0;

/** Readings of all kinds, with all ways to name devices and patients. Each batch has different times. */
function batch(size: number): ReadingInput[] {
  batches += 1;
  return Array.from({ length: size }, (_, index) => {
    const { input } = SAMPLES[index % SAMPLES.length]!;
    const { id, serial } = devices[index % devices.length]!;
    const reading = { takenAt: hoursFromNow(-batches, -Math.floor(index / 20) * 1_000), ...input };
    if (index % 10 === 2) return { ...reading, deviceIdentifier: serial };
    if (index % 10 === 5) return { ...reading, patientExternalIdentifier: 'bob', manual: true };
    return { ...reading, deviceId: id, ...(index % 10 === 0 && { patientId: fixture.devices.patients.ann }) };
  });
}

const brief = { fields: BRIEF };

async function statementsOf(readings: ReadingInput[], outcome: Record<string, number>): Promise<LoggedStatement[]> {
  return fixture.app.statementsOf(async () => {
    expect(await fixture.record(readings, brief)).toMatchObject(outcome);
  });
}

const textsOf = (statements: LoggedStatement[]) => statements.map(({ text }) => text);

/** Statements of a batch. Each is sent only when there is something for it to do. */
const FRAME = ['START TRANSACTION', 'COMMIT'];
const FINDING = ['next_reading_numbers', 'lock_devices_for_readings', 'holders_for_readings', 'patients_for_readings'];
const STORING = ['insert_readings'];
const COMPARING = ['stored_readings'];

describe('the number of statements', () => {
  it('is the same for 1, 10 and 1,000 new readings, and so are their texts', async () => {
    const [one, ten, thousand] = [
      await statementsOf(batch(1), { recorded: 1 }),
      await statementsOf(batch(10), { recorded: 10 }),
      await statementsOf(batch(1_000), { recorded: 1_000 }),
    ];

    expect(namesOf(one)).toEqual([...FRAME, ...FINDING, ...STORING].sort());
    expect(textsOf(ten)).toEqual(textsOf(one));
    expect(textsOf(thousand)).toEqual(textsOf(one));
  });

  it('is the same for 1, 10 and 1,000 duplicates', async () => {
    const texts: string[][] = [];
    for (const size of [1, 10, 1_000]) {
      const readings = batch(size);
      await fixture.record(readings, brief);
      const statements = await statementsOf(readings, { duplicates: size });
      expect(namesOf(statements)).toEqual([...FRAME, ...FINDING, ...STORING, ...COMPARING].sort());
      // One that is alone is looked up after the commit.
      texts.push(textsOf(statements).sort());
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
  });

  it('is the same for 4, 40 and 1,000 readings with mixed outcomes', async () => {
    const texts: string[][] = [];
    for (const size of [4, 40, 1_000]) {
      const stored = batch(size / 2);
      await fixture.record(stored, brief);
      const half = stored.length / 2;
      const readings = [
        ...stored.slice(0, half),
        ...stored.slice(half).map((reading) => ({ ...reading, ...alteredKind(reading) })),
        ...batch(half),
        ...batch(half).map((reading) => ({ ...reading, deviceId: '99999' })),
      ];
      const statements = await statementsOf(readings, {
        recorded: half,
        duplicates: half,
        conflicts: half,
        refused: half,
      });
      expect(namesOf(statements)).toEqual([...FRAME, ...FINDING, ...STORING, 'append_events', ...COMPARING].sort());
      texts.push(textsOf(statements));
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
  });

  it('is zero when every reading is invalid', async () => {
    const readings = batch(50).map((reading) => ({ ...reading, deviceTimeZoneOffset: 64_801 }));
    expect(await statementsOf(readings, { refused: 50 })).toEqual([]);
  });
});

/** The same reading with another value. */
function alteredKind(reading: ReadingInput): Record<string, unknown> {
  const { input } = SAMPLES.find((sample) => Object.keys(sample.input)[0]! in reading)!;
  const [[member, values]] = Object.entries(input) as [[string, Record<string, unknown>]];
  const [quantity, value] = Object.entries(values)[0]!;
  return { [member]: { ...values, [quantity]: altered(value) } };
}

describe('a batch', () => {
  const counts = { recorded: null, duplicates: null, conflicts: null, refused: null };
  const refusal = (rule: string) => {
    const userErrors = [{ code: 'INVALID_INPUT', message: `readings ${rule}.`, path: ['input', 'readings'] }];
    return { status: 200, data: { recordReadings: { results: null, ...counts, userErrors } } };
  };

  it('of no readings is refused', async () => {
    const response = await fixture.expectNothingWritten(() => fixture.send([]));
    expect(response).toEqual(refusal('must have 1 to 1,000 readings'));
  });

  it('of 1,001 valid readings is refused', async () => {
    const readings = batch(1_001);

    const response = await fixture.expectNothingWritten(() => fixture.send(readings, brief));

    expect(response).toEqual(refusal('must have at most 1,000 items, but has 1,001'));
    expect(await fixture.record(readings.slice(0, 1_000), brief)).toMatchObject({ recorded: 1_000 });
  });

  it('can be a single reading instead of a list', async () => {
    const [reading] = batch(1);
    const { data } = await fixture.send(reading);
    expect(data!.recordReadings).toMatchObject({ recorded: 1, results: [{ outcome: 'RECORDED' }] });
  });

  it('has its results in the order of the input', async () => {
    const readings = batch(1_000).reverse();

    const { results } = await fixture.record(readings, brief);

    expect(results.map(({ reading }) => reading!.takenAt)).toEqual(readings.map(({ takenAt }) => takenAt));
  });
});
