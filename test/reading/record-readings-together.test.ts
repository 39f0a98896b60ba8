import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { UseCaseTrace } from '../../src/platform/base/channels';
import { eventually } from '../support/eventually';
import { globalId } from '../support/global-id';
import { RestClient } from '../support/rest-client';
import { namesOf } from '../support/statement-names';
import { codesOf, hoursFromNow, ReadingFixture, type ReadingInput, type Recorded } from './reading-fixture.harness';
import { Rival } from './reading-rival.harness';

const START = 'tracing:gateway:use-case:start';

let fixture: ReadingFixture;
/** Calls of `recordReadings` that have begun. */
let begun = 0;
const count = (trace: unknown): void => void (begun += (trace as UseCaseTrace).name === 'recordReadings' ? 1 : 0);

beforeAll(async () => {
  // A group waits for the one before, however long that takes.
  fixture = await ReadingFixture.start({ slowGroupMs: 2 ** 31 - 1 });
  subscribe(START, count);
});
afterAll(async () => {
  unsubscribe(START, count);
  await fixture.stop();
});

const weightOf = (deviceId: string, hours: number, value = 180): ReadingInput => ({
  deviceId,
  takenAt: hoursFromNow(hours),
  weight: { value, unit: 'POUND' },
});

/**
 * Sends calls that arrive while another call of the customer waits for the lock of its device.
 *
 * @returns their results, and the names of the statements since that call began
 */
async function together<Result>(calls: readonly (() => Promise<Result>)[]) {
  const { id } = await fixture.heldDevice();
  const rival = await Rival.begin(fixture, `select from device where id = ${id} for update`);
  let results: Result[] = [];
  const statements = await fixture.app.statementsOf(async () => {
    const from = begun;
    const first = fixture.record([weightOf(id, -1)]);
    await fixture.untilWaiting(1);
    const others = Promise.all(calls.map((call) => call()));
    await eventually(() => begun === from + 1 + calls.length, 'all calls to begin');
    await rival.commit();
    expect(codesOf(await first)).toEqual(['RECORDED']);
    results = await others;
  });
  return { results, names: namesOf(statements), statements };
}

const times = (names: readonly string[], name: string) => names.filter((one) => one === name).length;

/** Whether the whole call was refused. */
const isRefused = ({ results }: { results: unknown }) => results === null;

/** What depends neither on ids nor on the devices. */
const essence = ({ results, ...counts }: Recorded) => ({
  ...counts,
  results: results.map(({ outcome, reading, userErrors }) => ({
    outcome,
    weight: reading?.weight,
    takenAt: reading?.takenAt,
    patient: reading?.patient,
    userErrors,
  })),
});

it('thirty calls of one customer are one transaction with one event, and each reading is recorded', async () => {
  const devices = [await fixture.heldDevice(), await fixture.device()];
  const eventId = await fixture.lastEventId();

  const { results, names } = await together(
    Array.from({ length: 30 }, (_, index) => () => fixture.record([weightOf(devices[index % 2]!.id, -2 - index)])),
  );

  expect(results.map(codesOf)).toEqual(new Array(30).fill(['RECORDED']));
  expect(results.map(({ results: [result] }) => result!.reading!.takenAt)).toEqual(
    results.map((_, index) => hoursFromNow(-2 - index)),
  );
  // One of the call that they waited for.
  for (const name of ['START TRANSACTION', 'insert_readings', 'COMMIT']) expect(times(names, name)).toBe(2);
  const events = await fixture.eventReadings(eventId);
  expect(events.map((readings) => readings.length)).toEqual([1, 30]);
  expect(events[1]!.map(({ id }) => id).sort()).toEqual(
    results.map(({ results: [result] }) => result!.reading!.databaseId).sort(),
  );
});

it('good, repeated, conflicting, wrong and refused calls have the same results together as one by one', async () => {
  const callsFor = (id: string, serial: string, blocked: string): ReadingInput[][] => [
    [weightOf(id, -1), weightOf('99999', -1)],
    [weightOf(id, -1)],
    [weightOf(id, -2), weightOf(id, -1, 190), weightOf(id, -3)],
    [{ ...weightOf(id, -4), deviceTimeZoneOffset: 64_801 }],
    [{ ...weightOf(id, -4), deviceId: undefined, deviceIdentifier: serial }],
    [weightOf(blocked, -1), weightOf(id, -5)],
    [{ ...weightOf(id, -6), patientId: fixture.devices.patients.bob }],
    [],
    [{ ...weightOf(id, -7), takenAt: 'yesterday' }, weightOf(id, -7)],
    [weightOf(id, -2)],
  ];
  const prepared = async () => {
    const [{ id, serial }, blocked] = [await fixture.heldDevice(), await fixture.heldDevice()];
    await fixture.devices.call('disableDeviceReadings', { deviceId: blocked.id });
    return callsFor(id, serial, blocked.id);
  };
  const send = async (readings: ReadingInput[]) => (await fixture.send(readings)).data!.recordReadings!;
  const alone: Recorded[] = [];
  for (const readings of await prepared()) alone.push(await send(readings));
  const calls = await prepared();

  const eventId = await fixture.lastEventId();
  const outcomesOf = (all: readonly Recorded[]) => all.map((one) => (isRefused(one) ? null : codesOf(one)));
  const { results, names } = await together(calls.map((readings) => () => send(readings)));

  expect(outcomesOf(alone)).toEqual([
    ['RECORDED', 'DEVICE_NOT_FOUND'],
    ['DUPLICATE'],
    ['RECORDED', 'READING_CONFLICT', 'RECORDED'],
    ['INVALID_READING'],
    ['RECORDED'],
    ['READINGS_DISABLED', 'RECORDED'],
    ['REFERENCE_MISMATCH'],
    null,
    ['INVALID_INPUT', 'RECORDED'],
    ['DUPLICATE'],
  ]);
  const whole = (all: readonly Recorded[]) => all.map((one) => (isRefused(one) ? one : essence(one)));
  expect(whole(results)).toEqual(whole(alone));
  expect(times(names, 'insert_readings')).toBe(2);
  expect((await fixture.eventReadings(eventId)).map(({ length }) => length)).toEqual([1, 6]);
});

it('a call that makes the transaction fail fails alone; the others are recorded once', async () => {
  await fixture.sql(`create function refuse_666() returns trigger language plpgsql as $$
    begin if new.heart_rate = 199 then raise exception 'a fault of one reading'; end if; return new; end $$`);
  await fixture.sql('create trigger refuse_666 before insert on reading for each row execute function refuse_666()');
  const { id } = await fixture.heldDevice();
  const poisoned = { deviceId: id, takenAt: hoursFromNow(-1), heartRate: { value: 199 } };

  const { results } = await together(
    [weightOf(id, -1), poisoned, weightOf(id, -2), weightOf(id, -3)].map(
      (reading) => async () => (await fixture.send([reading])).errors?.[0]!.extensions.code ?? 'OK',
    ),
  );

  await fixture.sql('drop trigger refuse_666 on reading');
  expect(results).toEqual(['OK', 'INTERNAL_SERVER_ERROR', 'OK', 'OK']);
  expect((await fixture.stored(id)).map(({ taken_at }) => (taken_at as Date).toISOString())).toEqual([
    hoursFromNow(-3),
    hoursFromNow(-2),
    hoursFromNow(-1),
  ]);
});

it('calls of two customers never share a transaction', async () => {
  const ours = await fixture.heldDevice();
  const theirs = await fixture.devices.device({ status: 'LOST', customerId: fixture.devices.customers.lakeview });
  const all = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0
      ? () => fixture.record([weightOf(ours.id, -2 - index)])
      : () => fixture.record([weightOf(theirs.id, -2 - index)], { caller: 'lakeview' }),
  );

  const { results, statements } = await together(all);

  expect(results.map(codesOf)).toEqual(new Array(20).fill(['RECORDED']));
  const inserts = statements.filter(({ text }) => text.startsWith('/* insert_readings */'));
  for (const { scope, values } of inserts) {
    const customers = new Set(String(values[0]).match(/\d+/g));
    expect(scope).toEqual({ kind: 'customer', customerId: [...customers].join() });
  }
  expect(new Set(inserts.map(({ scope }) => JSON.stringify(scope))).size).toBe(2);
});

it('REST records with the same transaction; a call with an idempotencyKey has its own and does not wait', async () => {
  const { id } = await fixture.heldDevice();
  const rest = new RestClient(fixture.app);
  const keyed = async () => {
    const input = { readings: [weightOf(id, -9)], idempotencyKey: 'a key' };
    const { data } = await fixture.app.query('northside', RECORD, { input });
    return (data.recordReadings as { recorded: number }).recorded;
  };
  const weight = { deviceId: Number(id), readingTimestamp: hoursFromNow(-4), weight: 180, weightUnit: 'lbs' };

  const { results, names } = await together<unknown>([
    async () => (await rest.post('/weight-reading', weight)).status,
    async () => codesOf(await fixture.record([weightOf(id, -4)])),
    async () => (await rest.post('/weight-reading', { ...weight, readingTimestamp: hoursFromNow(-5) })).status,
    async () => (await rest.post('/weight-reading', { ...weight, deviceId: 99999 })).body.code as string,
  ]);
  expect([
    [201, ['DUPLICATE'], 201, 'DEVICE_NOT_FOUND'],
    [200, ['RECORDED'], 201, 'DEVICE_NOT_FOUND'],
  ]).toContainEqual(results);
  expect(times(names, 'insert_readings')).toBe(2);

  const other = await fixture.heldDevice();
  const rival = await Rival.begin(fixture, `select from device where id = ${other.id} for update`);
  const waiting = fixture.record([weightOf(other.id, -1)]);
  await fixture.untilWaiting(1);
  expect(await keyed()).toBe(1);
  await rival.commit();
  expect(codesOf(await waiting)).toEqual(['RECORDED']);
});

const RECORD = 'mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { recorded } }';

it('a call of an operator is not joined with those of the customer', async () => {
  const { id } = await fixture.heldDevice();
  const { results, names } = await together([
    () => fixture.record([weightOf(id, -2)]),
    () => fixture.record([{ ...weightOf(id, -3), deviceId: globalId('Device', id) }], { caller: 'operator' }),
  ]);
  expect(results.map(codesOf)).toEqual([['RECORDED'], ['RECORDED']]);
  expect(times(names, 'insert_readings')).toBe(3);
});
