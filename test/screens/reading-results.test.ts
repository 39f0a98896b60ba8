import { globalId } from '../support/global-id';
import { groupBy } from '../support/group-by';
import { readScreen } from '../support/screen';
import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

/** The kinds by number, starting with 1: type, and column, name and unit of each quantity. */
const KINDS = [
  ['BLOOD_PRESSURE', 'BloodPressureReading', ['systolic SYSTOLIC MILLIMETER_OF_MERCURY', 'diastolic DIASTOLIC MILLIMETER_OF_MERCURY', 'heart_rate HEART_RATE BEAT_PER_MINUTE']],
  ['BLOOD_GLUCOSE', 'BloodGlucoseReading', ['glucose GLUCOSE MILLIGRAM_PER_DECILITER']],
  ['BLOOD_OXYGEN', 'BloodOxygenReading', ['blood_oxygen BLOOD_OXYGEN PERCENT', 'heart_rate HEART_RATE BEAT_PER_MINUTE']],
  ['WEIGHT', 'WeightReading', ['weight WEIGHT POUND']],
  ['HEART_RATE', 'HeartRateReading', ['heart_rate HEART_RATE BEAT_PER_MINUTE']],
  ['TEMPERATURE', 'TemperatureReading', ['temperature TEMPERATURE FAHRENHEIT']],
  ['PEAK_FLOW', 'PeakFlowReading', ['peak_expiratory_flow PEAK_EXPIRATORY_FLOW LITER_PER_MINUTE', 'forced_expiratory_volume_in_one_second FORCED_EXPIRATORY_VOLUME_IN_ONE_SECOND LITER']],
] as const; // prettier-ignore

type Row = Record<string, string | number | boolean | Date | null> & { id: string; kind: number; taken_at: Date; received_at: Date }; // prettier-ignore

/** Rows of readings, newest first, read as superuser, independently of the tested code. */
async function readingsOf(where: string, ...values: unknown[]): Promise<Row[]> {
  const order = 'order by taken_at desc, id desc';
  return (await app.admin.query<Row>(`select * from reading where ${where} ${order}`, values)).rows;
}

/** The part of a reading that a screen shows. */
function shown(row: Row) {
  const [kind, , quantities] = KINDS[row.kind - 1]!;
  const measurements = quantities
    .map((quantity) => quantity.split(' '))
    .flatMap(([column, name, unit]) => (row[column!] === null ? [] : [{ name, unit, value: row[column!] }]));
  return { id: globalId('Reading', row.id), kind, takenAt: row.taken_at.toISOString(), measurements };
}

/** The newest reading of each kind, in the order of kinds. */
function latestOf(rows: Row[]): Row[] {
  return KINDS.flatMap((_kind, index) => rows.find(({ kind }) => kind === index + 1) ?? []);
}

interface Summary {
  name: string;
  unit: string;
  min: number;
  max: number;
  mean: number;
}

/** The expected daily trend of the readings in a time zone. */
async function daysOf(kind: string, rows: Row[], zone: string): Promise<object[]> {
  const ofKind = rows.filter((row) => KINDS[row.kind - 1]![0] === kind);
  const { rows: starts } = await app.admin.query<{ at: Date }>(
    `select date_trunc('day', t at time zone $2) at time zone $2 as at from unnest($1::timestamptz[]) with ordinality u(t, n) order by n`,
    [ofKind.map(({ taken_at }) => taken_at), zone],
  );
  const days = groupBy(ofKind, (row) => starts[ofKind.indexOf(row)]!.at.toISOString());
  return [...days]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([startsAt, ofDay]) => ({ startsAt, count: ofDay.length, measurements: summariesOf(ofDay) }));
}

function summariesOf(rows: Row[]): Summary[] {
  const all = rows.flatMap((row) => shown(row).measurements);
  return [...groupBy(all, ({ name }) => name!)].map(([name, of]) => {
    const values = of.map(({ value }) => value as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { name, unit: of[0]!.unit!, min: Math.min(...values), max: Math.max(...values), mean: expect.closeTo(mean, 1) as number };
  }); // prettier-ignore
}

/** The first Northside patient with a device, in the given order of their readings. */
async function patientBy(order: string): Promise<string> {
  const { rows } = await app.admin.query<{ id: string }>(
    `select patient_id as id from reading where customer_id = 1 and patient_id in (select patient_id from device)
       and taken_at >= $1 group by 1 order by ${order}, count(*) desc, 1 limit 1`,
    [MONTH.from],
  );
  return rows[0]!.id;
}

const daysFromNow = (days: number): string => new Date(Date.now() + days * 24 * 3_600_000).toISOString();
const MONTH = { from: daysFromNow(-30), to: daysFromNow(0) };
const isIn = ({ from, to }: typeof MONTH, { taken_at }: Row) => taken_at >= new Date(from) && taken_at < new Date(to);

interface PatientOnScreen extends Record<string, unknown> {
  timeZone: string;
  readings: { nodes: object[]; pageInfo: { hasNextPage: boolean } };
}

const patientOn = async (screen: string, variables: object): Promise<PatientOnScreen> =>
  (await app.data<{ patient: PatientOnScreen }>('northside', readScreen(screen), { ...variables })).patient;

it('patient page: latest readings, trends, and a page of readings', async () => {
  const id = await patientBy('least(count(*) filter (where kind = 1), count(*) filter (where kind = 4)) desc');
  const rows = await readingsOf('patient_id = $1', id);
  const ofMonth = rows.filter((row) => isIn(MONTH, row));
  const patient = await patientOn('patient-page', { id, first: 30, ...MONTH });

  expect(patient.latestReadingAt).toBe(rows[0]!.taken_at.toISOString());
  expect(patient.latestReadings).toMatchObject(latestOf(rows).map(shown));
  expect(patient.pressure).toEqual(await daysOf('BLOOD_PRESSURE', ofMonth, patient.timeZone));
  expect(patient.weight).toEqual(await daysOf('WEIGHT', ofMonth, patient.timeZone));
  for (const trend of [patient.pressure, patient.weight]) expect((trend as object[]).length).toBeGreaterThan(3);
  expect(patient.readings.pageInfo.hasNextPage).toBe(true);
  expect(patient.readings.nodes).toMatchObject(
    rows.slice(0, 30).map((row) => ({
      ...shown(row),
      receivedAt: row.received_at.toISOString(),
      patientTimeZoneOffset: row.patient_time_zone_offset,
      manual: row.manual,
      attribution: row.device_id === null ? 'NAMED' : 'ASSOCIATION',
      device: row.device_id === null ? null : { databaseId: row.device_id },
    })),
  );
});

it('chart: trends of all kinds over a month', async () => {
  const id = await patientBy('count(distinct kind) desc');
  const rows = (await readingsOf('patient_id = $1', id)).filter((row) => isIn(MONTH, row));
  const patient = await patientOn('chart', { id, ...MONTH });

  expect(patient.readings.nodes).toMatchObject(rows.slice(0, 100).map(shown));
  expect(patient.readings.pageInfo.hasNextPage).toBe(rows.length > 100);
  const names = ['bloodPressure', 'bloodGlucose', 'bloodOxygen', 'weight', 'heartRate', 'temperature', 'peakFlow'];
  for (const [index, name] of names.entries())
    expect({ [name]: patient[name] }).toMatchObject({ [name]: await daysOf(KINDS[index]![0], rows, patient.timeZone) });
  expect(names.filter((name) => (patient[name] as object[]).length > 0).length).toBeGreaterThan(2);
});

it('device page: readings of all holders', async () => {
  const { rows: devices } = await app.admin.query<{ id: string }>(
    `select device_id as id from reading where customer_id = 1 and device_id is not null
     group by 1 order by count(distinct patient_id) desc, count(*) desc, 1 limit 1`,
  );
  const rows = await readingsOf('device_id = $1', devices[0]!.id);
  expect(new Set(rows.map((row) => row.patient_id)).size).toBeGreaterThan(1);
  const { device } = await app.data<{ device: { readings: { nodes: object[] } } & Record<string, unknown> }>(
    'northside',
    readScreen('device-page'),
    { id: devices[0]!.id, first: 100 },
  );
  expect(device.latestReadingAt).toBe(rows[0]!.taken_at.toISOString());
  expect(device.latestReading).toMatchObject(shown(rows[0]!));
  expect(device.readings.nodes).toMatchObject(
    rows.slice(0, 100).map((row) => ({
      ...shown(row),
      receivedAt: row.received_at.toISOString(),
      deviceTimeZoneOffset: row.device_time_zone_offset,
      attribution: row.patient_id === null ? 'UNATTRIBUTED' : 'ASSOCIATION',
      patient: row.patient_id === null ? null : { databaseId: row.patient_id },
    })),
  );
});

it('silent patients: patients without a reading first, then by their newest reading, oldest first', async () => {
  const since = daysFromNow(-12);
  const first = 60;
  const { rows: silent } = await app.admin.query<{ id: string; last: Date | null; devices: string[] }>(
    `select p.id, l.last, array(select d.id from device d where d.patient_id = p.id order by d.id limit 3) as devices
     from patient p, lateral (select max(taken_at) as last from reading r where r.patient_id = p.id) l
     where p.customer_id = 1 and p.enrolled and p.archived_at is null and (l.last < $1 or l.last is null)
       and exists (select from device d where d.patient_id = p.id)
     order by l.last nulls first, p.id`,
    [since],
  );
  const { patients } = await app.data<{ patients: { totalCount: number; nodes: object[] } }>(
    'northside',
    readScreen('silent-patients'),
    { since, first },
  );
  expect(patients.totalCount).toBe(silent.length);
  const onPage = silent.slice(0, first);
  // The page has patients without and with readings.
  expect(new Set(onPage.map(({ last }) => last === null))).toEqual(new Set([true, false]));
  const expected: object[] = [];
  for (const { id, last, devices } of onPage) {
    const ofDevices: object[] = [];
    for (const device of devices) {
      const [newest] = await readingsOf('device_id = $1', device);
      ofDevices.push({ databaseId: device, latestReadingAt: newest?.taken_at.toISOString() ?? null });
    }
    expected.push({
      databaseId: id,
      latestReadingAt: last?.toISOString() ?? null,
      latestReadings: latestOf(await readingsOf('patient_id = $1', id)).map(shown),
      devices: { nodes: ofDevices },
    });
  }
  expect(patients.nodes).toMatchObject(expected);
});
