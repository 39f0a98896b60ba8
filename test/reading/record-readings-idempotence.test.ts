import {
  BRIEF,
  hoursFromNow,
  outcomesOf,
  ReadingFixture,
  type ReadingInput,
  type Recorded,
} from './reading-fixture.harness';
import { Rival } from './reading-rival.harness';

let fixture: ReadingFixture;
beforeAll(async () => {
  fixture = await ReadingFixture.start();
});
afterAll(() => fixture.stop());

/** Readings of three kinds, of a few devices and a patient. */
async function batch(size: number): Promise<ReadingInput[]> {
  const devices = [await fixture.heldDevice(), await fixture.device(), await fixture.heldDevice()];
  const patientId = await fixture.devices.patient();
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

it('a batch that was sent twice is stored once, and the second call returns the same readings', async () => {
  const readings = await batch(500);
  const first = await fixture.record(readings, brief);
  expect(first).toMatchObject({ recorded: 500, duplicates: 0, conflicts: 0, refused: 0 });

  const again = await fixture.expectNothingWritten(() => fixture.record(readings, brief));

  expect(again).toMatchObject({ recorded: 0, duplicates: 500, conflicts: 0, refused: 0 });
  expect(idsOf(again)).toEqual(idsOf(first));
});

it('a batch that was sent again in another order is stored once', async () => {
  const readings = await batch(200);
  const first = await fixture.record(readings, brief);

  const again = await fixture.expectNothingWritten(() => fixture.record([...readings].reverse(), brief));

  expect(again.duplicates).toBe(200);
  expect(idsOf(again)).toEqual(idsOf(first).reverse());
});

it('readings that were sent again in other batches, mixed with new readings, are stored once', async () => {
  const readings = await batch(300);
  const stored = new Map<string, string | undefined>();
  const send = async (part: ReadingInput[]) => {
    const response = await fixture.record(part, brief);
    part.forEach((reading, index) => stored.set(JSON.stringify(reading), idsOf(response)[index]));
    return outcomesOf(response);
  };
  expect(await send(readings.slice(0, 60))).toEqual(new Array(60).fill('RECORDED'));
  expect(await send(readings.slice(100, 200))).toEqual(new Array(100).fill('RECORDED'));

  const outcomes: string[] = [];
  for (let from = 0; from < 300; from += 70) outcomes.push(...(await send(readings.slice(from, from + 70))));

  const [recorded, duplicate] = ['RECORDED', 'DUPLICATE'];
  expect(outcomes).toEqual(
    readings.map((_, index) => (index < 60 || (index >= 100 && index < 200) ? duplicate : recorded)),
  );
  const [row] = await fixture.sql<{ ids: string[] }>(
    `select array_agg(id::text) as ids from reading where id = any($1::bigint[])`,
    [[...stored.values()]],
  );
  expect(row!.ids).toHaveLength(300);
});

it('a batch with a lost response can be sent again', async () => {
  const { id } = await fixture.heldDevice();
  const readings = Array.from({ length: 50 }, (_, index) => ({
    deviceId: id,
    takenAt: hoursFromNow(-1, -index),
    weight: { value: 160, unit: 'POUND' },
  }));
  const body = JSON.stringify({
    query: 'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }',
    variables: { input: { readings } },
  });
  // The batch waits for a lock on the device, so the client disconnects before the batch is stored.
  const rival = await Rival.begin(fixture, `select from device where id = ${id} for update`);
  const gone = new AbortController();
  const request = fetch(`${fixture.app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer demo-northside', 'content-type': 'application/json' },
    body,
    signal: gone.signal,
  });
  await fixture.untilWaiting(1);
  gone.abort();
  await expect(request).rejects.toMatchObject({ name: 'AbortError' });
  await rival.commit();
  await fixture.untilCount(50, 'select count(*)::int as count from reading where device_id = $1', [id]);

  const again = await fixture.expectNothingWritten(() => fixture.record(readings, brief));

  expect(again).toMatchObject({ recorded: 0, duplicates: 50 });
});
