import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { Patients } from '../support/patients';
import { REPOSITORY } from '../support/tool';
import { TestApp } from '../support/test-app';

let app: TestApp;
let patients: Patients;
beforeAll(async () => {
  app = await TestApp.start();
  patients = new Patients(app);
});
afterAll(() => app.stop());

interface Address {
  zipCode?: string;
  country?: string | null;
}

const MAX_ENTRIES = 200;

/** Time zones of patients with these addresses. */
async function zonesAt(addresses: readonly Address[]): Promise<(string | null)[]> {
  const zones: (string | null)[] = [];
  for (let first = 0; first < addresses.length; first += MAX_ENTRIES) {
    const entries = addresses
      .slice(first, first + MAX_ENTRIES)
      .map((address) => ({ firstName: 'Ann', lastName: 'Lee', address }));
    const { payload } = await app.data<{ payload: { results: { patient: { timeZone: string | null } }[] } }>(
      'northside',
      'mutation ($input: CreatePatientsInput!) { payload: createPatients(input: $input) { results { patient { timeZone } } } }',
      { input: { patients: entries } },
    );
    zones.push(...payload.results.map(({ patient }) => patient.timeZone));
  }
  return zones;
}

/** Decided by hand: the place, and the clock that its people live by. */
const SAMPLE: Record<string, Record<string, string>> = {
  'America/New_York': {
    '00501': 'Holtsville, the lowest ZIP code',
    '10001': 'New York',
    '37402': 'Chattanooga',
    '37405': 'Chattanooga, north of the river',
    '37419': 'Chattanooga, at the border to Marion County',
    '37377': 'Signal Mountain, Tennessee',
    '37854': 'Rockwood, Tennessee',
    '36854': 'Valley, Alabama, with the time of Georgia',
    '36867': 'Phenix City, Alabama, with the time of Georgia',
    '31901': 'Columbus, Georgia',
    '32026': 'Raiford, Florida',
    '32072': 'Olustee, Florida',
    '32320': 'Apalachicola, Florida, east of the river',
    '32456': 'Port St. Joe, Gulf County, south of the Intracoastal Waterway',
    '32324': 'Chattahoochee, Gadsden County',
    '42701': 'Elizabethtown, Kentucky',
    '45202': 'Cincinnati',
  },
  'America/Detroit': { '48226': 'Detroit', '49855': 'Marquette', '49807': 'Bark River, Delta County' },
  'America/Menominee': {
    '49801': 'Iron Mountain, Dickinson County',
    '49858': 'Menominee',
    '49935': 'Iron River, Iron County',
    '49938': 'Ironwood, Gogebic County',
  },
  'America/Kentucky/Louisville': { '40202': 'Louisville', '47130': 'Jeffersonville, Indiana' },
  'America/Kentucky/Monticello': { '42633': 'Monticello, Eastern since 2000' },
  'America/Indiana/Indianapolis': { '46202': 'Indianapolis', '46601': 'South Bend', '47906': 'West Lafayette' },
  'America/Indiana/Vincennes': { '47591': 'Vincennes', '47532': 'Ferdinand' },
  'America/Indiana/Petersburg': { '47567': 'Petersburg' },
  'America/Indiana/Tell_City': { '47586': 'Tell City', '47588': 'Troy' },
  'America/Indiana/Knox': { '46534': 'Knox' },
  'America/Indiana/Winamac': { '46996': 'Winamac' },
  'America/Indiana/Vevay': { '47043': 'Vevay' },
  'America/Indiana/Marengo': { '47140': 'Marengo' },
  'America/Chicago': {
    '46402': 'Gary, Indiana',
    '47708': 'Evansville, Indiana',
    '46350': 'La Porte, Indiana',
    '37347': 'Jasper, Marion County, Tennessee',
    '37396': 'Whiteside, Marion County, Tennessee',
    '38555': 'Crossville, Cumberland County, Tennessee',
    '36801': 'Opelika, Alabama',
    '32401': 'Panama City, Florida',
    '32465': 'Wewahitchka, Gulf County, north of the Intracoastal Waterway',
    '32502': 'Pensacola',
    '42101': 'Bowling Green, Kentucky',
    '42754': 'Leitchfield, Grayson County, Kentucky',
    '57501': 'Pierre, South Dakota',
    '57532': 'Fort Pierre, with the time of Pierre',
    '57601': 'Mobridge, east of the Missouri',
    '57555': 'Mission, Todd County, Central since 2003',
    '58854': 'Watford City, North Dakota',
    '69201': 'Valentine, Nebraska',
    '69101': 'North Platte, Nebraska',
    '67701': 'Colby, Kansas',
    '79855': 'Van Horn, Culberson County, Texas',
    '79701': 'Midland, Texas',
  },
  'America/North_Dakota/New_Salem': { '58554': 'Mandan', '58535': 'Flasher' },
  'America/North_Dakota/Beulah': { '58523': 'Beulah' },
  'America/North_Dakota/Center': { '58530': 'Center' },
  'America/Denver': {
    '79901': 'El Paso',
    '79838': 'Fabens, El Paso County',
    '79851': 'Sierra Blanca, Hudspeth County',
    '67735': 'Goodland, Kansas',
    '69152': 'Mullen, Hooker County, Nebraska',
    '57701': 'Rapid City',
    '58601': 'Dickinson, North Dakota',
    '84034': 'Ibapah, Utah',
    '89883': 'West Wendover, Nevada, by law',
    '86515': 'Window Rock, Navajo Nation',
    '86045': 'Tuba City, Navajo Nation',
    '84536': 'Monument Valley',
  },
  'America/Boise': {
    '83702': 'Boise',
    '83549': 'Riggins, Idaho, south of the bridge',
    '97914': 'Ontario, Malheur County, Oregon',
  },
  'America/Phoenix': {
    '85004': 'Phoenix',
    '85144': 'San Tan Valley, a ZIP code of 2022',
    '86001': 'Flagstaff',
    '86004': 'Flagstaff, at the border of the Navajo Nation',
    '86034': 'Keams Canyon, Hopi Reservation',
    '86040': 'Page',
    '86047': 'Winslow',
  },
  'America/Los_Angeles': {
    '97258': 'Portland, a building of its own',
    '83501': 'Lewiston, Idaho',
    '83522': 'Cottonwood, Idaho',
    '89835': 'Wells, Nevada',
    '89024': 'Mesquite, Nevada',
    '97814': 'Baker City, Oregon',
    '92283': 'Winterhaven, California, at the border to Yuma',
  },
  'America/Anchorage': { '99501': 'Anchorage', '99701': 'Fairbanks' },
  'America/Nome': { '99762': 'Nome', '99685': 'Unalaska' },
  'America/Adak': { '99546': 'Adak', '99547': 'Atka' },
  'America/Juneau': { '99801': 'Juneau' },
  'America/Metlakatla': { '99926': 'Metlakatla' },
  'Pacific/Honolulu': { '96813': 'Honolulu', '96860': 'Pearl Harbor' },
  'America/Puerto_Rico': { '00901': 'San Juan' },
  'America/St_Thomas': { '00802': 'Charlotte Amalie', '00820': 'Christiansted' },
  'Pacific/Guam': { '96910': 'Hagåtña' },
  'Pacific/Saipan': { '96950': 'Saipan', '96951': 'Rota' },
  'Pacific/Pago_Pago': { '96799': 'Pago Pago' },
  'Pacific/Palau': { '96939': 'Koror' },
  'Pacific/Majuro': { '96960': 'Majuro' },
};

it('a sample of ZIP codes, many at borders, has the zones that were decided by hand', async () => {
  const expected = Object.entries(SAMPLE).flatMap(([zone, places]) => Object.keys(places).map((zip) => [zip, zone]));
  const zones = await zonesAt(expected.map(([zipCode]) => ({ zipCode })));
  expect(expected.map(([zip], index) => [zip, zones[index]])).toEqual(expected);
});

it('ZIP codes of military mail and of returned parcels, and unknown ones, have no zone', async () => {
  const none = ['09001', '09898', '34001', '34099', '96201', '96349', '96699', '56901', '88888', '00000', '99999'];
  expect(await zonesAt(none.map((zipCode) => ({ zipCode })))).toEqual(none.map(() => null));
});

describe('a ZIP code counts in the United States and its territories', () => {
  it('however the country is written, and without one', async () => {
    const countries = [
      ...[
        null,
        undefined,
        '',
        '  ',
        'US',
        'us',
        'USA',
        'Usa',
        'U.S.',
        'U.S.A.',
        'U. S. A.',
        'U S A',
        ' usa ',
        'ＵＳＡ',
      ],
      ...['United States', 'UNITED STATES', 'united  states', 'United States of America', 'The United States'],
      ...['the United States of America', 'United-States', 'United States (USA)', 'USA - United States', 'US/USA'],
      ...['United States, the', 'America', 'Estados Unidos', 'Estados Unidos de América', 'EE. UU.', 'EE.UU.'],
      ...['États-Unis', 'Etats-Unis', 'Vereinigte Staaten', '美国', '미국', 'США', '840', 'US-CA', 'us-pr'],
      ...['PR', 'PRI', 'Puerto Rico', 'PUERTO RICO', 'Puerto Rico, USA', 'Commonwealth of Puerto Rico'],
      ...['GU', 'GUM', 'Guam', 'Guam (USA)', 'VI', 'VIR', 'U.S. Virgin Islands', 'US Virgin Islands', 'Virgin Islands'],
      ...['Virgin Islands, U.S.', 'Virgin Islands (U.S.)', 'United States Virgin Islands', 'AS', 'American Samoa'],
      ...['MP', 'MNP', 'Northern Mariana Islands', 'Commonwealth of the Northern Mariana Islands', 'CNMI'],
      ...['FM', 'Federated States of Micronesia', 'MH', 'Marshall Islands', 'PW', 'Republic of Palau'],
    ];
    const zones = await zonesAt(countries.map((country) => ({ zipCode: '10115', country })));
    expect(countries.filter((_, index) => zones[index] !== 'America/New_York')).toEqual([]);
  });

  it('and nowhere else', async () => {
    const countries = [
      ...['DE', 'DEU', 'Germany', 'Deutschland', 'Mexico', 'México', 'MX', 'Estados Unidos Mexicanos', 'FR', 'France'],
      ...[
        'United Kingdom',
        'United Arab Emirates',
        'UAE',
        'Canada',
        'CA',
        'UK',
        'GB',
        'AU',
        'Austria',
        'Spain',
        'Italia',
      ],
      ...[
        'British Virgin Islands',
        'Virgin Islands (British)',
        'Virgin Islands, British',
        'VG',
        'Samoa',
        'WS',
        'Georgia',
      ],
      ...['South America', 'Central America', 'Russia', 'Cyprus', 'Belarus', 'Guatemala', 'Guinea', 'Vietnam', 'ES'],
      ...['日本', '中国', '대한민국', 'Ελλάδα', 'Россия', 'Germany / USA', 'Mexico, USA?', 'x', '?', '-', '🇩🇪', '276'],
    ];
    const zones = await zonesAt(countries.map((country) => ({ zipCode: '10115', country })));
    expect(countries.filter((_, index) => zones[index] !== null)).toEqual([]);
  });

  it('the zone follows each change of the country, and an override counts everywhere', async () => {
    const { databaseId: patientId, timeZone } = await patients.made({
      address: { zipCode: '10115', country: 'Germany' },
    });
    expect(timeZone).toBeNull();
    const zone = async (change: object) => (await patients.update({ patientId, ...change })).patient!.timeZone;
    expect(await zone({ timeZoneOverride: 'Europe/Berlin' })).toBe('Europe/Berlin');
    expect(await zone({ timeZoneOverride: null })).toBeNull();
    expect(await zone({ address: { zipCode: '10115', country: 'U.S.A.' } })).toBe('America/New_York');
    expect(await zone({ address: { zipCode: '10115', country: 'Mexico' } })).toBeNull();
    expect(await zone({ address: { zipCode: '10115' } })).toBe('America/New_York');
  });

  it('also for patients that were stored before', async () => {
    const { databaseId } = await patients.made({ address: { zipCode: '10115' } });
    const stored = JSON.stringify({ zipCode: '10115', country: 'Germany' });
    await app.admin.query(`update patient set address = $1 where id = $2`, [stored, databaseId]);
    expect(
      await app.data('northside', `query ($id: ID!) { patient(id: $id) { timeZone } }`, { id: databaseId }),
    ).toEqual({
      patient: { timeZone: null },
    });
  });
});

describe('the table', () => {
  const read = (name: string) => readFileSync(join(REPOSITORY, name), 'utf8');
  const table = JSON.parse(read('src/features/patient/data/zip-zones.json')) as {
    madeOn: string;
    sources: object;
    zones: string[];
  };

  it('names its date and the versions of its sources', () => {
    expect(table.madeOn).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(table.sources).toEqual(
      (JSON.parse(read('.config/zip-zones/package.json')) as { dependencies: object }).dependencies,
    );
  });

  it('has each ZIP code once, and zones that PostgreSQL and Node know', async () => {
    const zips = table.zones.flatMap((line) => {
      const [prefix, , ...runs] = line.split(' ') as [string, string, ...string[]];
      return runs.flatMap((run) => {
        const [from, to = from] = run.split('-') as [string, string | undefined];
        return Array.from({ length: Number(to) - Number(from) + 1 }, (_, n) => Number(prefix) * 100 + Number(from) + n);
      });
    });
    expect(zips.length).toBeGreaterThan(41_000);
    expect(new Set(zips).size).toBe(zips.length);
    const names = [...new Set(table.zones.map((line) => line.split(' ')[1]!))];
    for (const timeZone of names) expect(() => new Intl.DateTimeFormat('en-US', { timeZone })).not.toThrow();
    const { rows } = await app.admin.query<{ name: string }>(
      `select name from unnest($1::text[]) name except select name from pg_timezone_names`,
      [names],
    );
    expect(rows).toEqual([]);
  });

  it('follows each decision about a ZIP code on which its sources differ', async () => {
    const decisions = parse(read('.config/zip-zones/decisions.csv'), { columns: true }) as unknown as Record<
      string,
      string
    >[];
    expect(decisions.length).toBeGreaterThan(50);
    expect(decisions.filter(({ reason }) => !/^[A-Z].{10,}\.$/.test(reason!))).toEqual([]);
    const zones = await zonesAt(decisions.map(({ zip }) => ({ zipCode: zip! })));
    expect(zones).toEqual(decisions.map(({ zone }) => zone));
  });
});
