import { Patients } from '../support/patients';
import { ReadingFixture, type ReturnedReading } from './reading-fixture.harness';

let fixture: ReadingFixture;
let patients: Patients;
beforeAll(async () => {
  fixture = await ReadingFixture.start({ clock: { now: () => new Date('2026-12-01T00:00:00Z') } });
  patients = new Patients(fixture.app);
});
afterAll(() => fixture.stop());

type Recorded = ReturnedReading & {
  attribution: string;
  deviceTimeZoneOffset: number | null;
  patientTimeZoneOffset: number | null;
  patient: { databaseId: string } | null;
};

const READING =
  '__typename id databaseId takenAt attribution deviceTimeZoneOffset patientTimeZoneOffset patient { databaseId }';

/** Records readings, which must all have this outcome. @returns the stored readings */
async function record(readings: { takenAt: string }[], outcome = 'RECORDED'): Promise<Recorded[]> {
  const { results } = await fixture.record(readings, { fields: READING });
  expect(results.map((result) => result.outcome)).toEqual(readings.map(() => outcome));
  return results.map(({ reading }) => reading as Recorded);
}

/** Stored offsets of a patient's manual readings at these times. */
async function offsetsOf(patientId: string, instants: readonly string[]): Promise<(number | null)[]> {
  const readings = await record(
    instants.map((takenAt) => ({ patientId, takenAt, manual: true, weight: { value: 180, unit: 'POUND' } })),
  );
  expect(readings.map(({ takenAt }) => takenAt)).toEqual(instants.map((instant) => new Date(instant).toISOString()));
  return readings.map(({ patientTimeZoneOffset }) => patientTimeZoneOffset);
}

type Clock = Record<string, number>;

const clock = (standard: number, [forth, back]: [string, string]): Clock => {
  const before = (instant: string) => new Date(Date.parse(instant) - 1).toISOString();
  return { [before(forth)]: standard, [forth]: standard + 1, [before(back)]: standard + 1, [back]: standard };
};

/** Both sides of both clock changes of 2026: 2:00 local time on the second Sunday of March and the first Sunday of November. */
const EASTERN = clock(-5, ['2026-03-08T07:00:00.000Z', '2026-11-01T06:00:00.000Z']);
const CENTRAL = clock(-6, ['2026-03-08T08:00:00.000Z', '2026-11-01T07:00:00.000Z']);
const MOUNTAIN = clock(-7, ['2026-03-08T09:00:00.000Z', '2026-11-01T08:00:00.000Z']);
const PACIFIC = clock(-8, ['2026-03-08T10:00:00.000Z', '2026-11-01T09:00:00.000Z']);
const ALASKA = clock(-9, ['2026-03-08T11:00:00.000Z', '2026-11-01T10:00:00.000Z']);
const ALEUTIAN = clock(-10, ['2026-03-08T12:00:00.000Z', '2026-11-01T11:00:00.000Z']);
/** The same offset in hours at the clock changes of other zones. */
const always = (hours: number): Clock =>
  Object.fromEntries(
    [EASTERN, CENTRAL, MOUNTAIN, PACIFIC, ALASKA, ALEUTIAN].flatMap(Object.keys).map((instant) => [instant, hours]),
  );

describe('the UTC offset of a ZIP code', () => {
  it.each<[string, string, Clock]>([
    ['New York', '10001', EASTERN],
    ['Agawam, Massachusetts, with its leading zero', '01001', EASTERN],
    // Since 2007 as today (Energy Policy Act of 2005). Before, from the first Sunday of April to the last Sunday of October.
    ['New York in 2007', '10001', clock(-5, ['2007-03-11T07:00:00.000Z', '2007-11-04T06:00:00.000Z'])],
    ['New York in 2006', '10001', clock(-5, ['2006-04-02T07:00:00.000Z', '2006-10-29T06:00:00.000Z'])],
    ['New York in the first second of readings', '10001', { '2000-01-01T00:00:00.000Z': -5 }],
    ['Chicago', '60614', CENTRAL],
    ['Denver', '80205', MOUNTAIN],
    ['Los Angeles', '90012', PACIFIC],
    ['Anchorage', '99501', ALASKA],
    ['Adak, on the Aleutians', '99546', ALEUTIAN],
    ['Phoenix, which has no daylight saving', '85004', always(-7)],
    ['Window Rock, Arizona, as the Navajo Nation has it', '86515', MOUNTAIN],
    ['Keams Canyon, Hopi land amid the Navajo Nation, which has not', '86034', always(-7)],
    ['Honolulu', '96813', always(-10)],
    ['West Wendover, Nevada, on Mountain time by law', '89883', MOUNTAIN],
    ['Wells, Nevada, an hour earlier', '89835', PACIFIC],
    ['Indianapolis', '46204', EASTERN],
    [
      'Indianapolis, without daylight saving until 2006',
      '46204',
      {
        '2005-07-01T12:00:00.000Z': -5,
        '2006-04-02T06:59:59.999Z': -5,
        '2006-04-02T07:00:00.000Z': -4,
        '2006-12-01T12:00:00.000Z': -5,
      },
    ],
    ['Gary, in a county of Indiana on Central time', '46402', CENTRAL],
    [
      'Gary, with daylight saving all along',
      '46402',
      { '2005-01-01T12:00:00.000Z': -6, '2005-07-01T12:00:00.000Z': -5 },
    ],
    [
      'Knox, Indiana, which went from Eastern to Central time in 2006',
      '46534',
      {
        '2006-01-01T12:00:00.000Z': -5,
        '2006-07-01T12:00:00.000Z': -5,
        '2007-01-01T12:00:00.000Z': -6,
        '2007-07-01T12:00:00.000Z': -5,
      },
    ],
    ['San Juan, Puerto Rico', '00901', always(-4)],
    ['Charlotte Amalie, Virgin Islands', '00802', always(-4)],
    ['Hagåtña, Guam', '96910', always(10)],
    ['Saipan, Northern Mariana Islands', '96950', always(10)],
    ['Pago Pago, American Samoa', '96799', always(-11)],
    ['Koror, Palau', '96939', always(9)],
    ['Majuro, Marshall Islands', '96960', always(12)],
    ['a ZIP+4 code', '46402-1234', CENTRAL],
    ['a ZIP+4 code without its hyphen', '850041234', always(-7)],
    ['a ZIP code with stray spaces', ' 0 1001 ', EASTERN],
    ['a ZIP+4 code with stray spaces', ' 10001 - 4321', EASTERN],
  ])('%s: %s', async (_, zipCode, hours) => {
    const { databaseId } = await patients.made({ address: { zipCode } });
    const instants = Object.keys(hours);
    const offsets = await offsetsOf(databaseId, instants);
    expect(Object.fromEntries(instants.map((instant, index) => [instant, offsets[index]]))).toEqual(
      Object.fromEntries(instants.map((instant) => [instant, hours[instant]! * 3600])),
    );
  });

  it.each<[string, string | null]>([
    ['military mail in Europe', '09012'],
    ['military mail in Asia', '96201'],
    ['military mail in the Americas', '34001'],
    ['nowhere', '00000'],
    ['returned parcels', '56902'],
    ['one that lost its leading zero', '1001'],
    ['something else', 'K1A 0B1'],
    ['nothing', ''],
    ['none', null],
  ])('%s: %j has none, regardless of the state', async (_, zipCode) => {
    const { databaseId } = await patients.made({ address: { zipCode, city: 'New York', state: 'NY', country: 'US' } });
    expect(await offsetsOf(databaseId, Object.keys(EASTERN))).toEqual([null, null, null, null]);
  });

  it('a patient in another country has none, one in a territory that of the ZIP code', async () => {
    for (const [zipCode, country, hours] of [
      ['10115', 'Germany', null],
      ['06600', 'México', null],
      ['00901', 'Puerto Rico', -4],
      ['10001', 'U.S.A.', -5],
    ] as const) {
      const { databaseId } = await patients.made({ address: { zipCode, country } });
      expect(await offsetsOf(databaseId, ['2026-01-01T00:00:00Z'])).toEqual([hours && hours * 3600]);
    }
  });

  it('a patient without an address has none', async () => {
    const { databaseId } = await patients.made();
    expect(await offsetsOf(databaseId, Object.keys(EASTERN))).toEqual([null, null, null, null]);
  });
});

describe('the override on the patient', () => {
  it.each<[string, Record<string, number>]>([
    ['Asia/Kolkata', { '2026-03-08T07:00:00.000Z': 19_800, '2026-07-01T00:00:00.000Z': 19_800 }],
    ['Asia/Kathmandu', { '2026-07-01T00:00:00.000Z': 20_700 }],
    ['America/St_Johns', { '2026-03-08T05:29:59.999Z': -12_600, '2026-03-08T05:30:00.000Z': -9_000 }],
    // A change by half an hour, in the middle of a UTC hour.
    [
      'Australia/Lord_Howe',
      {
        '2026-04-04T14:59:59.999Z': 39_600,
        '2026-04-04T15:00:00.000Z': 37_800,
        '2026-10-03T15:00:00.000Z': 37_800,
        '2026-10-03T15:29:59.999Z': 37_800,
        '2026-10-03T15:30:00.000Z': 39_600,
        '2026-10-03T15:59:59.999Z': 39_600,
      },
    ],
    ['UTC', { '2026-07-01T00:00:00.000Z': 0 }],
    ['Etc/GMT+5', { '2026-07-01T00:00:00.000Z': -18_000 }],
    ['america/new_york', { '2026-03-08T06:59:59.999Z': -18_000, '2026-03-08T07:00:00.000Z': -14_400 }],
  ])('%s takes precedence over the ZIP code', async (timeZoneOverride, seconds) => {
    const { databaseId } = await patients.made({ address: { zipCode: '85004' }, timeZoneOverride });
    expect(await offsetsOf(databaseId, Object.keys(seconds))).toEqual(Object.values(seconds));
  });

  it('applies if the ZIP code has no time zone', async () => {
    const { databaseId } = await patients.made({ address: { zipCode: '09012' }, timeZoneOverride: 'Europe/Berlin' });
    expect(await offsetsOf(databaseId, ['2026-07-01T00:00:00.000Z'])).toEqual([7_200]);
  });
});

it.each([
  ['CET', 7_200, '2026-06-30T22:00:00.000Z'],
  ['EST5EDT', -14_400, '2026-07-01T04:00:00.000Z'],
  ['GB', 3_600, '2026-06-30T23:00:00.000Z'],
])('a trend splits days in %s by the same offset as its readings', async (timeZone, offset, startsAt) => {
  const { databaseId } = await patients.made({ timeZoneOverride: timeZone });
  expect(await offsetsOf(databaseId, ['2026-07-01T12:00:00.000Z'])).toEqual([offset]);
  const chart = `query ($id: ID!) { patient(id: $id) {
    readingTrend(kind: WEIGHT, period: { from: "2026-06-01T00:00:00Z", to: "2026-08-01T00:00:00Z" }, bucket: DAY) { startsAt count } } }`;
  expect(await fixture.app.data('northside', chart, { id: databaseId })).toEqual({
    patient: { readingTrend: [{ startsAt, count: 1 }] },
  });
});

describe('the stored offset', () => {
  const instants = ['2026-01-01T12:00:00.000Z', '2026-07-01T12:00:00.000Z'];

  it('stays when the patient moves; readings recorded later have the new time zone, whenever they were taken', async () => {
    const { databaseId: patientId } = await patients.made({ address: { zipCode: '10001' } });
    const readings = instants.map((takenAt) => ({
      patientId,
      takenAt,
      manual: true,
      weight: { value: 180, unit: 'POUND' },
    }));
    const stored = await record(readings);
    expect(stored.map(({ patientTimeZoneOffset }) => patientTimeZoneOffset)).toEqual([-18_000, -14_400]);

    const changes = [
      { address: { zipCode: '85004' } },
      { timeZoneOverride: 'Asia/Kolkata' },
      { address: null, timeZoneOverride: null },
    ];
    for (const [index, change] of changes.entries()) {
      expect(await patients.update({ patientId, ...change })).toMatchObject({ userErrors: [] });
      const { nodes } = await fixture.app.data<{ nodes: unknown }>(
        'northside',
        `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Reading { ${READING} } } }`,
        { ids: stored.map(({ id }) => id) },
      );
      expect(nodes).toEqual(stored);
      expect(await record(readings, 'DUPLICATE')).toEqual(stored);
      const takenAt = `2026-07-01T12:00:0${index + 1}.000Z`;
      expect(await offsetsOf(patientId, [takenAt])).toEqual([[-25_200, 19_800, null][index]]);
    }
  });

  it('is that of the holder at takenAt, not of the current holder; null without a holder', async () => {
    const eastern = (await patients.made({ address: { zipCode: '10001' } })).databaseId;
    const indian = (await patients.made({ timeZoneOverride: 'Asia/Kolkata' })).databaseId;
    const unknown = (await patients.made()).databaseId;
    const { id: deviceId } = await fixture.device(
      { patientId: eastern, from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' },
      { patientId: indian, from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' },
      { patientId: unknown, from: '2026-06-01T00:00:00Z' },
    );
    const instants = {
      '2026-02-28T12:00:00Z': ['UNATTRIBUTED', undefined, null],
      '2026-03-08T06:59:59.999Z': ['ASSOCIATION', eastern, -18_000],
      '2026-03-08T07:00:00Z': ['ASSOCIATION', eastern, -14_400],
      '2026-04-15T12:00:00Z': ['UNATTRIBUTED', undefined, null],
      '2026-05-15T12:00:00Z': ['ASSOCIATION', indian, 19_800],
      '2026-06-15T12:00:00Z': ['ASSOCIATION', unknown, null],
    };
    const readings = await record(
      Object.keys(instants).map((takenAt) => ({ deviceId, takenAt, weight: { value: 180, unit: 'POUND' } })),
    );
    expect(
      readings.map(({ attribution, patient, patientTimeZoneOffset }) => [
        attribution,
        patient?.databaseId,
        patientTimeZoneOffset,
      ]),
    ).toEqual(Object.values(instants));
  });

  it("of the device is stored as sent, even if it differs from the patient's", async () => {
    const { databaseId: patientId } = await patients.made({ address: { zipCode: '10001' } });
    const { id: deviceId } = await fixture.device({ patientId, from: '2026-01-01T00:00:00Z' });
    const sent = [-18_000, -14_400, 0, 19_800, 1, -64_800, 64_800, null, undefined];
    const readings = await record(
      sent.map((deviceTimeZoneOffset, second) => ({
        deviceId,
        takenAt: `2026-07-01T12:00:0${second}Z`,
        deviceTimeZoneOffset,
        heartRate: { value: 70 },
      })),
    );
    expect(readings.map((reading) => [reading.deviceTimeZoneOffset, reading.patientTimeZoneOffset])).toEqual(
      sent.map((offset) => [offset ?? null, -14_400]),
    );
  });

  it('does not depend on the UTC offset in `takenAt`', async () => {
    const { databaseId } = await patients.made({ address: { zipCode: '10001' } });
    const written = ['2026-03-08T02:59:59.999-04:00', '2026-03-08T12:30:00.000+05:30', '2026-03-08T07:00:00.001Z'];
    expect(await offsetsOf(databaseId, written)).toEqual([-18_000, -14_400, -14_400]);
  });
});

it('a thousand readings of one hour need two offsets from Node', async () => {
  const { databaseId: patientId } = await patients.made({ address: { zipCode: '58601' } });
  const readings = Array.from({ length: 1_000 }, (_, n) => ({
    patientId,
    takenAt: new Date(Date.UTC(2026, 4, 5, 6) + n * 3_600).toISOString(),
    manual: true,
    weight: { value: 180, unit: 'POUND' },
  }));
  const spy = jest.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  try {
    const stored = await record(readings);
    expect(new Set(stored.map(({ patientTimeZoneOffset }) => patientTimeZoneOffset))).toEqual(new Set([-21_600]));
    expect(spy).toHaveBeenCalledTimes(2);
  } finally {
    spy.mockRestore();
  }
});
