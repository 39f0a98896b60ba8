import {
  BRIEF,
  hoursFromNow,
  outcomesOf,
  ReadingProgramme,
  type ReadingInput,
  type Recorded,
} from './reading-programme.harness';
import { Rival } from './reading-rival.harness';

let programme: ReadingProgramme;
beforeAll(async () => {
  programme = await ReadingProgramme.start();
});
afterAll(() => programme.stop());

/** Readings of a few devices and a patient, of three kinds. */
async function batch(size: number): Promise<ReadingInput[]> {
  const devices = [await programme.heldDevice(), await programme.device(), await programme.heldDevice()];
  const patientId = await programme.devices.patient();
  return Array.from({ length: size }, (_, index) => {
    const takenAt = hoursFromNow(-1, -Math.floor(index / 4) * 1_000);
    const device = devices[index % 4];
    if (!device)
      return { patientId, manual: true, takenAt, temperature: { value: 98 + (index % 10) / 10, unit: 'FAHRENHEIT' } };
    return index % 2 === 0
      ? { deviceId: device.id, takenAt, weight: { value: 150 + index / 10, unit: 'POUND' } }
      : { deviceIdentifier: device.serial, takenAt, bloodOxygen: { bloodOxygen: 90 + (index % 10) } };
  });
}

const idsOf = ({ results }: Recorded) => results.map(({ reading }) => reading?.databaseId);

const brief = { fields: BRIEF };

it('the same batch again is answered with the same readings, and nothing is written', async () => {
  const readings = await batch(500);
  const first = await programme.record(readings, brief);
  expect(first).toMatchObject({ recorded: 500, duplicates: 0, conflicts: 0, refused: 0 });

  const again = await programme.expectNothingWritten(() => programme.record(readings, brief));

  expect(again).toMatchObject({ recorded: 0, duplicates: 500, conflicts: 0, refused: 0 });
  expect(idsOf(again)).toEqual(idsOf(first));
});

it('so it is in another order', async () => {
  const readings = await batch(200);
  const first = await programme.record(readings, brief);

  const again = await programme.expectNothingWritten(() => programme.record([...readings].reverse(), brief));

  expect(again.duplicates).toBe(200);
  expect(idsOf(again)).toEqual(idsOf(first).reverse());
});

it('so it is split differently, with new ones between', async () => {
  const readings = await batch(300);
  const stored = new Map<string, string | undefined>();
  const send = async (part: ReadingInput[]) => {
    const answer = await programme.record(part, brief);
    part.forEach((reading, index) => stored.set(JSON.stringify(reading), idsOf(answer)[index]));
    return outcomesOf(answer);
  };
  expect(await send(readings.slice(0, 60))).toEqual(new Array(60).fill('RECORDED'));
  expect(await send(readings.slice(100, 200))).toEqual(new Array(100).fill('RECORDED'));

  const outcomes: string[] = [];
  for (let from = 0; from < 300; from += 70) outcomes.push(...(await send(readings.slice(from, from + 70))));

  const [recorded, duplicate] = ['RECORDED', 'DUPLICATE'];
  expect(outcomes).toEqual(
    readings.map((_, index) => (index < 60 || (index >= 100 && index < 200) ? duplicate : recorded)),
  );
  const [row] = await programme.sql<{ ids: string[] }>(
    `select array_agg(id::text) as ids from reading where id = any($1::bigint[])`,
    [[...stored.values()]],
  );
  expect(row!.ids).toHaveLength(300);
});

it('a batch whose answer was lost is sent again', async () => {
  const { id } = await programme.heldDevice();
  const readings = Array.from({ length: 50 }, (_, index) => ({
    deviceId: id,
    takenAt: hoursFromNow(-1, -index),
    weight: { value: 160, unit: 'POUND' },
  }));
  const body = JSON.stringify({
    query: 'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
    variables: { input: { readings } },
  });
  // The client is gone before the batch is stored: a lock on the device, which it waits for, sees to that.
  const rival = await Rival.begin(programme, `select from device where id = ${id} for update`);
  const gone = new AbortController();
  const request = fetch(`${programme.app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer demo-northside', 'content-type': 'application/json' },
    body,
    signal: gone.signal,
  });
  await programme.untilWaiting(1);
  gone.abort();
  await expect(request).rejects.toMatchObject({ name: 'AbortError' });
  await rival.commit();
  await programme.untilCount(50, 'select count(*)::int as count from reading where device_id = $1', [id]);

  const again = await programme.expectNothingWritten(() => programme.record(readings, brief));

  expect(again).toMatchObject({ recorded: 0, duplicates: 50 });
});
