import { GatewayClient } from '../../src/programs/import/gateway-client';
import { READINGS } from '../../src/programs/import/readings.kind';
import { GatewayBuild } from '../support/gateway-process';
import { TestApp } from '../support/test-app';
import { ImportProcess } from './import-process.harness';
import { ImportFixture } from './import.harness';
import { Relay } from './relay.harness';

let app: TestApp;
let build: GatewayBuild;
let fixture: ImportFixture;
let relay: Relay;
/** Identifiers of devices of Northside, which the ingest key may record for. */
let devices: string[];

beforeAll(async () => {
  [app, build, fixture] = await Promise.all([TestApp.start(), GatewayBuild.make(), ImportFixture.start()]);
  relay = await Relay.start(`${app.url}/graphql`);
  const { rows } = await app.admin.query<{ value: string }>(
    `select value from device join device_identifier on device_id = device.id
     where device.customer_id = 1 and current_status <> 'DECOMMISSIONED' and type = 'SERIAL' order by device.id limit 3`,
  );
  devices = rows.map(({ value }) => value);
});
afterAll(async () => {
  await relay.stop();
  await Promise.all([app.stop(), build.remove(), fixture.stop()]);
});

const HEADER =
  'deviceIdentifier,takenAt,deviceTimeZoneOffset,manual,systolic,diastolic,heartRate,glucose,mealTiming,weight,glucoseUnit,weightUnit';

interface Line {
  text: string;
  /** Row of the table. Undefined if the line is refused. */
  stored: unknown[] | undefined;
}

/** 400 minutes in 2022, when no device had a holder. Of 50 lines, four are refused. */
function lines(): Line[] {
  return Array.from({ length: 400 }, (_, index): Line => {
    const device = devices[index % devices.length]!;
    const takenAt = new Date(Date.UTC(2022, 2, 1, 0, index)).toISOString();
    const start = `${device},${takenAt}`;
    switch (index % 50) {
      case 10:
        return { text: `unknown,${takenAt},,,120,80,,,,,mg/dL,lb`, stored: undefined };
      case 20:
        return { text: `${start},,,80,120,,,,,mg/dL,lb`, stored: undefined };
      case 30:
        return { text: `${start},,,12O,80,,,,,mg/dL,lb`, stored: undefined };
      case 40:
        return { text: start, stored: undefined };
    }
    const values = { systolic: 100 + (index % 60), glucose: 80 + (index % 90), weight: 150 + index / 8 };
    if (index % 3 === 0)
      return {
        text: `${start},-18000,,${values.systolic},60,55,,,,mg/dL,lb`,
        stored: [device, takenAt, 1, -18000, false, values.systolic, 60, 55, null, null, null],
      };
    if (index % 3 === 1)
      return {
        text: `${start},,true,,,,${values.glucose},BEFORE_MEAL,,mg/dL,lb`,
        stored: [device, takenAt, 2, null, true, null, null, null, values.glucose, 'BEFORE_MEAL', null],
      };
    return {
      text: `"${device}" , ${takenAt},0,false,,,,,,${values.weight},mg/dL,lb`,
      stored: [device, takenAt, 4, 0, false, null, null, null, null, null, values.weight],
    };
  });
}

async function storedReadings(): Promise<unknown[][]> {
  const { rows } = await app.admin.query<unknown[]>({
    text: `select value, to_char(taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), kind, device_time_zone_offset, manual,
      systolic, diastolic, heart_rate, glucose, meal_timing, weight
    from reading join device_identifier using (device_id)
    where type = 'SERIAL' and taken_at < '2022-04-01' order by taken_at`,
    rowMode: 'array',
  });
  return rows;
}

it('records all valid lines of a file, also when it is killed in the middle', async () => {
  const file = lines();
  await fixture.write('r.csv', `\ufeff${[HEADER, ...file.map(({ text }) => text)].join('\r\n')}`);
  const env = { API_KEY: 'demo-ingest', GATEWAY_URL: relay.url };
  const args = [fixture.path('r.csv'), '--batch-size', '20', '--concurrency', '2'];
  const killed = new ImportProcess(build, args, env);
  relay.dropsResponse = (call) => {
    if (call === 8) killed.end('SIGKILL');
    return call >= 8;
  };
  expect(await killed.exited).toMatchObject({ signal: 'SIGKILL' });
  const checkpoint = JSON.parse(await fixture.read('r.csv.progress.json')) as {
    counts: { lines: number; duplicates: number };
  };
  // With two calls in flight, the eighth response can belong to either batch, and the seventh may not have been read.
  expect([100, 120, 140]).toContain(checkpoint.counts.lines);
  expect(checkpoint.counts.duplicates).toBe(0);
  // The gateway has recorded the lines of all eight calls.
  const recorded = file.slice(0, 160).flatMap(({ stored }) => (stored ? [stored] : []));
  expect((await storedReadings()).slice(0, recorded.length)).toEqual(recorded);

  relay.dropsResponse = () => false;
  const { exitCode, out, err } = await new ImportProcess(build, args, env).exited;
  expect({ exitCode, err }).toEqual({ exitCode: 2, err: '' });
  expect(out).toContain(`Resuming r.csv at line ${checkpoint.counts.lines + 2}: `);
  expect(out).toContain('conflicts  0\n  refused    32\n');

  const expected = file.flatMap(({ stored }) => (stored ? [stored] : []));
  expect(await storedReadings()).toEqual(expected);
  const refused = await fixture.refused('r.csv.refused.csv');
  expect(refused.map(({ line }) => Number(line))).toEqual(
    file.flatMap(({ stored }, index) => (stored ? [] : [index + 2])),
  );
  expect(refused.slice(0, 4).map(({ codes, reasons }) => [codes, reasons])).toEqual([
    ['DEVICE_NOT_FOUND', 'There is no such device. Check deviceIdentifier.'],
    ['INVALID_READING', 'bloodPressure.systolic must be above diastolic.'],
    ['BAD_USER_INPUT', 'bloodPressure.systolic must be a whole number in mmHg, not "12O".'],
    ['INVALID_LINE', expect.stringMatching(/^The line has 2 cells but the header has 12: /)],
  ]);

  const again = await new ImportProcess(build, args, env).exited;
  expect(again.out).toContain(`recorded   0\n  duplicates ${expected.length}\n  conflicts  0\n  refused    32\n`);
  expect(await storedReadings()).toEqual(expected);
});

it('lists a reading that is already stored with other values', async () => {
  const start = `${HEADER}\n${devices[0]},2021-05-01T00:00:00Z,,,`;
  const env = { API_KEY: 'demo-ingest', GATEWAY_URL: relay.url };
  await fixture.write('first.csv', `${start}120,80,,,,,,\n`);
  expect((await new ImportProcess(build, [fixture.path('first.csv')], env).exited).exitCode).toBe(0);
  await fixture.write('second.csv', `${start}121,80,,,,,,\n`);
  const { exitCode, out } = await new ImportProcess(build, [fixture.path('second.csv')], env).exited;
  expect(exitCode).toBe(2);
  expect(out).toContain('recorded   0\n  duplicates 0\n  conflicts  1\n  refused    0\n');
  expect(await fixture.refused('second.csv.refused.csv')).toMatchObject([{ line: '2', codes: 'READING_CONFLICT' }]);
});

it.each([
  ['demo-northside-readonly', 'The key in API_KEY is not allowed to record readings. It returned: '],
  ['dgk_unknown', 'The gateway rejected the key in API_KEY. It returned: '],
])('stops at once with the key %s and records nothing', async (key, message) => {
  const before = (await storedReadings()).length;
  await fixture.write('refused.csv', `${HEADER}\n${devices[0]},2021-06-01T00:00:00Z,,,120,80,,,,,,\n`);
  const env = { API_KEY: key, GATEWAY_URL: relay.url };
  const { exitCode, err } = await new ImportProcess(build, [fixture.path('refused.csv'), '--restart'], env).exited;
  expect(exitCode).toBe(1);
  expect(err).toContain(`error: ${message}`);
  expect((await storedReadings()).length).toBe(before);
});

it('maps errors of the gateway to readings, also when a malformed reading makes the whole call fail', async () => {
  const client = new GatewayClient(READINGS, {
    url: new URL(relay.url),
    apiKey: 'demo-ingest',
    signal: new AbortController().signal,
    onWait: () => undefined,
  });
  const reading = (minute: number, more: object) =>
    JSON.stringify({
      deviceIdentifier: devices[0],
      takenAt: `2021-07-01T00:0${minute}:00Z`,
      weight: { value: 100, unit: 'POUND' },
      ...more,
    });
  const results = await client.send([
    reading(0, {}),
    reading(1, { takenAt: '2021-07-01T00:01:00' }),
    reading(2, { deviceId: 'abc' }),
    reading(3, { weight: { value: 'heavy', unit: 'POUND' } }),
    reading(4, { unknown: 1 }),
    reading(5, {}),
  ]);
  expect(results.map(({ outcome, problems: [problem] }) => [outcome, problem?.code, problem?.path])).toEqual([
    ['RECORDED', undefined, undefined],
    ['REFUSED', 'INVALID_INPUT', ['takenAt']],
    ['REFUSED', 'INVALID_INPUT', ['deviceId']],
    ['REFUSED', 'INVALID_INPUT', ['weight', 'value']],
    ['REFUSED', 'BAD_USER_INPUT', []],
    ['RECORDED', undefined, undefined],
  ]);
});

it('counts readings by attribution, also over a resumed import, and says what to do with those without a patient', async () => {
  const { rows } = await app.admin.query<{ value: string; at: string }>(
    `select value, to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') at from device_association a
     join device_identifier using (device_id) where type = 'SERIAL' and a.customer_id = 1 and ended_at is null and started_at < now() - interval '2 days'
       and not exists (select from device d where d.id = device_id and current_status = 'DECOMMISSIONED')
       and not exists (select from device_association b where b.device_id = a.device_id and b.started_at < a.started_at)
     order by a.id limit 1`,
  );
  const { value, at } = rows[0]!;
  const time = (seconds: number) => new Date(Date.parse(at) + seconds * 1_000).toISOString();
  const line = (seconds: number) => `${value},,,${time(seconds)},97.${seconds < 0 ? 1 : 2},F`;
  const header = 'deviceIdentifier,patientExternalIdentifier,manual,takenAt,temperature,temperatureUnit';
  const named = `,external-identifier,true,${time(0)},97.3,F`;
  const content = [header, line(-60), line(-120), line(-180), line(60), line(120), named, line(600), 'half'].join('\n');
  await fixture.write('attribution.csv', content);
  const env = { API_KEY: 'demo-northside', GATEWAY_URL: relay.url };
  const args = [fixture.path('attribution.csv'), '--batch-size', '2', '--concurrency', '1'];
  const killed = new ImportProcess(build, args, env);
  const from = relay.calls;
  relay.dropsResponse = (call) => {
    if (call - from === 3) killed.end('SIGKILL');
    return call - from >= 3;
  };
  await killed.exited;
  relay.dropsResponse = () => false;
  const { out } = await new ImportProcess(build, args, env).exited;
  expect(out).toContain(
    'Patients: 3 by association, 1 by name, 3 without a patient.\nWarning: 3 of 7 readings belong to no patient,',
  );
  expect(out).toContain('with --set patientExternalIdentifier=<identifier> --set manual=true.\n');

  await fixture.write('held.csv', [header, line(60), line(700)].join('\n'));
  const held = await new ImportProcess(build, [fixture.path('held.csv')], { ...env, API_KEY: 'demo-ingest' }).exited;
  expect(held.out).toMatch(
    /recorded {3}1\n {2}duplicates 1\n.*\n.*\nPatients: 2 by association, 0 by name, 0 without a patient\.\n$/,
  );
});

it('records 1,000 readings in one call, within the limits of the gateway', async () => {
  const lines = Array.from({ length: 1_000 }, (_, second) => {
    const takenAt = new Date(Date.UTC(2021, 8, 1, 0, 0, second)).toISOString();
    return `${devices[0]},${takenAt},,,${100 + (second % 50)},60,,,,,,`;
  });
  await fixture.write('full.csv', [HEADER, ...lines].join('\n'));
  const env = { API_KEY: 'demo-ingest', GATEWAY_URL: relay.url };
  const { exitCode, out } = await new ImportProcess(build, [fixture.path('full.csv')], env).exited;
  expect(exitCode).toBe(0);
  expect(out).toContain('recorded   1,000\n');
  expect(out).toContain('1,000 without a patient.\nWarning: 1,000 of 1,000 readings belong to no patient,');
});
