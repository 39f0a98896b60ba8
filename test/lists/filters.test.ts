import { ReadingKind } from '../../src/features/kind/reading-kind';
import { definitionOf } from '../../src/features/kind/reading-kind';
import { walk, type List } from '../support/connections';
import { globalId } from '../support/global-id';
import { TestApp, type CallerName } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
  await app.admin.query(`update device set updated_at = '2026-06-01T12:00:00Z' where id = 1`);
  await app.admin.query(`insert into patient (customer_id, first_name, last_name, email, address) values
    (1, '100%', 'Under_score', 'A_B%C@Example.com', '{"zipCode": "02134-1234"}'),
    (1, 'Quo''te', 'Back\\slash', null, '{"zipCode": " 02 134"}'),
    (1, 'Zoë 🙂', 'ÅNGSTRÖM', null, '{"zipCode": "APO"}'),
    (1, 'İpek', 'ΣΊΣΥΦΟΣ', null, null)`);
});
afterAll(() => app.stop());

/** The argument `search` is given as a member of the filter. */
type Case = [filter: Record<string, unknown>, where: string];

/** Compares the filtered list with the rows of an independent SQL condition. Returns their number. */
async function check(
  field: string,
  table: string,
  [filter, where]: Case,
  caller: CallerName = 'northside',
  own = 'customer_id = 1',
): Promise<number> {
  const { search, ...members } = filter;
  const list: List = {
    caller,
    parent: 'Query',
    field,
    filter: members,
    ...('search' in filter && { search: search as string }),
  };
  const { rows } = await app.admin.query<{ key: string }>(
    `select id::text as key from ${table} where ${own} and (${where}) order by id`,
  );
  expect(await walk(app, list, 100)).toEqual(rows.map(({ key }) => key));
  return rows.length;
}

/** As `check`. The filter must match some rows, but not all. */
async function checkSelective(
  field: string,
  table: string,
  one: Case,
  caller?: CallerName,
  own?: string,
): Promise<void> {
  const { rows } = await app.admin.query<{ count: number }>(
    `select count(*)::int as count from ${table} where ${own ?? 'customer_id = 1'}`,
  );
  const found = await check(field, table, one, caller, own);
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(rows[0]!.count);
}

const identifierStarts = (prefix: string) =>
  `exists (select from device_identifier i where i.device_id = device.id and i.normalized like '${prefix}%')`;

/** SQL condition for no reading since a time. True for rows that never had a reading. */
const unheardSince = (owner: 'device' | 'patient', instant: string) =>
  `not exists (select from reading r where r.${owner}_id = ${owner}.id and r.taken_at >= '${instant}')`;

/** The time of the median of the newest readings: about half of the owners have no later reading. */
async function medianReading(owner: 'device' | 'patient'): Promise<string> {
  const { rows } = await app.admin.query<{ at: Date }>(
    `select percentile_disc(0.5) within group (order by at) as at from (
       select max(taken_at) as at from reading where customer_id = 1 and ${owner}_id is not null group by ${owner}_id) last`,
  );
  return rows[0]!.at.toISOString();
}

/** The latest DateTime value. */
const FAR = '9999-12-31T23:59:59.999Z';

describe('filters of devices', () => {
  it.each<Case>([
    [{ statuses: ['LOST'] }, `current_status = 'LOST'`],
    [{ statuses: ['LOST', 'RETURNING', 'LOST'] }, `current_status in ('LOST', 'RETURNING')`],
    [{ statuses: 'IN_TRANSIT' }, `current_status = 'IN_TRANSIT'`],
    [{ placements: ['OUTBOUND'] }, `placement = 'OUTBOUND'`],
    [{ placements: ['WAREHOUSE', 'LOST', 'WAREHOUSE'] }, `placement in ('WAREHOUSE', 'LOST')`],
    [{ placements: ['PATIENT'], statuses: ['DECOMMISSIONED'] }, `patient_id is not null and order_id is null and current_status = 'DECOMMISSIONED'`],
    [{ siteIds: ['3'] }, 'site_id = 3'],
    [{ siteIds: [globalId('Site', 3), 4] }, 'site_id in (3, 4)'],
    [{ siteIds: ['1'] }, 'site_id = 1'],
    [{ itemIds: [2] }, 'item_id = 2'],
    [{ itemIds: ['2', globalId('Item', 5)] }, 'item_id in (2, 5)'],
    [{ identifiers: ['abc 1-2:3'] }, 'id = 1'],
    [{ identifiers: ['ABC123', 'ABC12', 'abc-123'] }, 'id = 1'],
    [{ search: 'abc 1-2:3' }, 'id = 1'],
    [{ search: ' a:bC-12' }, identifierStarts('ABC12')],
    [{ search: '8' }, identifierStarts('8')],
    [{ search: '8', statuses: ['WITH_PATIENT'] }, `${identifierStarts('8')} and current_status = 'WITH_PATIENT'`],
    [{ associated: true }, 'patient_id is not null'],
    [{ associated: false }, 'patient_id is null'],
    [{ updatedAt: { from: '2026-06-01T12:00:00Z' } }, `updated_at >= '2026-06-01T12:00:00Z'`],
    [{ updatedAt: { to: '2026-06-01T12:00:00Z' } }, `updated_at < '2026-06-01T12:00:00Z'`],
    [{ updatedAt: { from: '2026-06-01T12:00:00Z', to: '2026-06-01T12:00:00.001Z' } }, 'id = 1'],
    [{ createdAt: { from: '2026-03-01T12:00:00Z' } }, `created_at >= '2026-03-01T12:00:00Z'`],
    [{ createdAt: { from: null, to: '2026-03-01T12:00:00Z' } }, `created_at < '2026-03-01T12:00:00Z'`],
    [{ updatedAt: { from: '2026-06-01T14:00:00.001+02:00' } }, `updated_at >= '2026-06-01T12:00:00.001Z'`],
    [{ statuses: ['WITH_PATIENT'], itemIds: [1], associated: true }, `current_status = 'WITH_PATIENT' and item_id = 1`],
    [{ statuses: ['AVAILABLE_AT_SITE'], siteIds: [3, 4], itemIds: [1, 2, 3] }, `current_status = 'AVAILABLE_AT_SITE' and site_id in (3, 4) and item_id in (1, 2, 3)`],
    [{ statuses: null, siteIds: null, associated: true, identifiers: null }, 'patient_id is not null'],
  ])('%j', (filter, where) => checkSelective('devices', 'device', [filter, where])); // prettier-ignore

  it('latestReadingAt matches only devices with a reading', async () => {
    const instant = await medianReading('device');
    const last = '(select max(taken_at) from reading r where r.device_id = device.id)';
    await checkSelective('devices', 'device', [{ latestReadingAt: { from: instant } }, `${last} >= '${instant}'`]);
    await checkSelective('devices', 'device', [{ latestReadingAt: { to: instant } }, `${last} < '${instant}'`]);
    await checkSelective('devices', 'device', [{ latestReadingAt: {} }, `${last} is not null`]);
    const moment = { from: instant, to: new Date(Date.parse(instant) + 1).toISOString() };
    await checkSelective('devices', 'device', [{ latestReadingAt: moment }, `${last} = '${instant}'`]);
  });

  it('patientIds matches the devices that these patients hold', async () => {
    const { rows } = await app.admin.query<{ id: number }>(
      'select distinct patient_id::int as id from device where customer_id = 1 and patient_id is not null order by 1 limit 2',
    );
    const [one, two] = [rows[0]!.id, rows[1]!.id];
    await checkSelective('devices', 'device', [
      { patientIds: [one, globalId('Patient', two)] },
      `patient_id in (${one}, ${two})`,
    ]);
  });

  it('silentSince excludes devices with a reading at that time', async () => {
    const instant = await medianReading('device');
    const later = new Date(Date.parse(instant) + 1).toISOString();
    for (const silentSince of [instant, later])
      await checkSelective('devices', 'device', [{ silentSince }, unheardSince('device', silentSince)]);
    expect(await check('devices', 'device', [{ silentSince: later }, unheardSince('device', later)])).toBeGreaterThan(
      await check('devices', 'device', [{ silentSince: instant }, unheardSince('device', instant)]),
    );
    await checkSelective('devices', 'device', [
      { silentSince: instant, associated: true, itemIds: [1, 2] },
      `${unheardSince('device', instant)} and patient_id is not null and item_id in (1, 2)`,
    ]);
    const never = `not exists (select from reading r where r.device_id = device.id)`;
    await checkSelective('devices', 'device', [{ silentSince: '0001-01-01T00:00:00Z' }, never]);
  });

  it.each<Case>([
    [{}, 'true'],
    [
      {
        statuses: null,
        siteIds: null,
        patientIds: null,
        itemIds: null,
        identifiers: null,
        associated: null,
        updatedAt: null,
        silentSince: null,
        customerIds: null,
      },
      'true',
    ],
    [{ silentSince: FAR }, 'true'],
    [{ search: null }, 'true'],
    [{ search: ' ' }, 'true'],
    [{ search: ' :- ' }, 'true'],
    [{ search: '%' }, 'false'],
    [{ search: 'BC123' }, 'false'],
    [{ search: 'abc123', associated: false, customerIds: ['2'] }, 'false'],
    [{ search: 'x'.repeat(5_000) }, 'false'],
    [{ updatedAt: {} }, 'true'],
    [{ updatedAt: { from: null, to: null } }, 'true'],
    [{ updatedAt: { from: '2026-06-01T00:00:00Z', to: '2026-06-01T00:00:00Z' } }, 'false'],
    [{ createdAt: { from: FAR } }, 'false'],
    [{ identifiers: [] }, 'false'],
    [{ customerIds: ['1'] }, 'true'],
    [{ customerIds: ['1', '2'] }, 'true'],
    [{ customerIds: ['2'] }, 'false'],
    [{ statuses: [] }, 'false'],
    [{ placements: [] }, 'false'],
    [{ siteIds: [] }, 'false'],
    [{ patientIds: [] }, 'false'],
    [{ itemIds: [] }, 'false'],
    [{ customerIds: [] }, 'false'],
    [{ identifiers: [''] }, 'false'],
    [{ identifiers: [' :- '] }, 'false'],
    [{ identifiers: ['ABC12'] }, 'false'],
    [{ siteIds: [globalId('Patient', 3)] }, 'false'],
    [{ siteIds: ['3', globalId('Patient', 4)] }, 'site_id = 3'],
    [{ siteIds: ['9223372036854775807'] }, 'false'],
    [{ siteIds: ['10'] }, 'false'],
    [{ updatedAt: { from: FAR } }, 'false'],
    [{ updatedAt: { from: '0001-01-01T00:00:00Z' } }, 'true'],
  ])('%j', async (filter, where) => {
    await check('devices', 'device', [filter, where]);
  });

  it('customerIds works for operators', async () => {
    await checkSelective(
      'devices',
      'device',
      [{ customerIds: [2], statuses: ['LOST'] }, `customer_id = 2 and current_status = 'LOST'`],
      'operator',
      'true',
    );
    await check(
      'devices',
      'device',
      [{ customerIds: [globalId('Customer', 2), 1], statuses: ['LOST'] }, `current_status = 'LOST'`],
      'operator',
      'true',
    );
    await check('devices', 'device', [{ customerIds: ['0'] }, 'false'], 'operator', 'true');
    await check(
      'devices',
      'device',
      [{ siteIds: ['1', '3'], statuses: ['AVAILABLE'] }, `site_id in (1, 3) and current_status = 'AVAILABLE'`],
      'operator',
      'true',
    );
  });
});

describe('filters of patients', () => {
  const holds = 'exists (select from device d where d.patient_id = patient.id)';
  it.each<Case>([
    [{ siteIds: [3] }, 'site_id = 3'],
    [{ siteIds: [globalId('Site', 3), 4] }, 'site_id in (3, 4)'],
    [{ externalIdentifiers: ['external-identifier', 'NSH-100014', 'unknown'] }, `external_identifier in ('external-identifier', 'NSH-100014')`],
    [{ search: 'EXTERNAL-ident' }, `external_identifier = 'external-identifier'`],
    [{ search: ' nsh-10001' }, `external_identifier like 'NSH-10001%'`],
    [{ holdsDevice: true }, holds],
    [{ holdsDevice: false }, `not ${holds}`],
    [{ holdsDevice: false, archived: false, search: 'm' }, `not ${holds} and archived_at is null and (first_name like 'M%' or last_name like 'M%')`],
    [{ createdAt: { from: '2026-03-01T12:00:00Z' } }, `created_at >= '2026-03-01T12:00:00Z'`],
    [{ updatedAt: { to: '2026-11-01T12:00:00Z' } }, `updated_at < '2026-11-01T12:00:00Z'`],
    [{ search: 'ru' }, `first_name like 'Ru%' or last_name like 'Ru%'`],
    [{ search: ' BROOKS r' }, `last_name = 'Brooks' and first_name like 'R%'`],
    [{ search: 'ruth brooks' }, `first_name = 'Ruth' and last_name = 'Brooks'`],
    [{ search: '100%' }, `first_name = '100%'`],
    [{ search: 'under_' }, `last_name = 'Under_score'`],
    [{ search: `quo'` }, `first_name = 'Quo''te'`],
    [{ search: 'back\\' }, `last_name = 'Back\\slash'`],
    [{ search: 'ZOË 🙂' }, `first_name = 'Zoë 🙂'`],
    [{ search: 'ångström z' }, `last_name = 'ÅNGSTRÖM'`],
    [{ search: 'İpek' }, `first_name = 'İpek'`],
    [{ search: 'ΣΊΣΥΦΟΣ' }, `last_name = 'ΣΊΣΥΦΟΣ'`],
    [{ email: ' a_b%c@EXAMPLE.com' }, `first_name = '100%'`],
    [{ zipCode: '02134' }, `first_name in ('100%', 'Quo''te')`],
    [{ zipCode: '02134-9999' }, `first_name in ('100%', 'Quo''te')`],
    [{ name: 'ru' }, `first_name like 'Ru%' or last_name like 'Ru%'`],
    [{ name: ' BROOKS r' }, `last_name = 'Brooks' and first_name like 'R%'`],
    [{ name: 'ÅNGSTROM zoe' }, `last_name = 'ÅNGSTRÖM'`],
    [{ name: '100%' }, `first_name = '100%'`],
    [{ dateOfBirth: { from: '1950-03-27' } }, `date_of_birth >= '1950-03-27'`],
    [{ dateOfBirth: { through: '1950-03-27' } }, `date_of_birth <= '1950-03-27'`],
    [{ dateOfBirth: { from: '1940-01-01', through: '1949-12-31' } }, `date_of_birth between '1940-01-01' and '1949-12-31'`],
    [{ archived: true }, 'archived_at is not null'],
    [{ archived: false }, 'archived_at is null'],
    [{ enrolled: true }, 'enrolled'],
    [{ enrolled: false }, 'not enrolled'],
    [{ archived: false, enrolled: false, siteIds: [3, 4, 5] }, 'archived_at is null and not enrolled and site_id in (3, 4, 5)'],
  ])('%j', (filter, where) => checkSelective('patients', 'patient', [filter, where])); // prettier-ignore

  it('silentSince can be combined with holdsDevice', async () => {
    const instant = await medianReading('patient');
    await checkSelective('patients', 'patient', [
      { silentSince: instant, holdsDevice: true },
      `${unheardSince('patient', instant)} and ${holds}`,
    ]);
  });

  it('latestReadingAt has an inclusive start and an exclusive end', async () => {
    const instant = await medianReading('patient');
    const last = '(select max(taken_at) from reading r where r.patient_id = patient.id)';
    await checkSelective('patients', 'patient', [{ latestReadingAt: { from: instant } }, `${last} >= '${instant}'`]);
    await checkSelective('patients', 'patient', [{ latestReadingAt: { to: instant } }, `${last} < '${instant}'`]);
  });

  it('silentSince includes patients who never had a reading', async () => {
    const instant = await medianReading('patient');
    await checkSelective('patients', 'patient', [{ silentSince: instant }, unheardSince('patient', instant)]);
    await checkSelective('patients', 'patient', [
      { silentSince: instant, enrolled: true, siteIds: [3, 4] },
      `${unheardSince('patient', instant)} and enrolled and site_id in (3, 4)`,
    ]);
    const never = `not exists (select from reading r where r.patient_id = patient.id)`;
    await checkSelective('patients', 'patient', [{ silentSince: '0001-01-01T00:00:00Z' }, never]);
  });

  it.each<Case>([
    [{}, 'true'],
    [
      {
        siteIds: null,
        externalIdentifiers: null,
        search: null,
        email: null,
        zipCode: null,
        archived: null,
        enrolled: null,
        silentSince: null,
        customerIds: null,
      },
      'true',
    ],
    [{ silentSince: FAR }, 'true'],
    [{ search: '' }, 'true'],
    [{ search: '  ' }, 'true'],
    [{ search: '%' }, 'false'],
    [{ search: '_' }, 'false'],
    [{ search: '🙂' }, 'false'],
    [{ search: "' or true --" }, 'false'],
    [{ search: 'x'.repeat(5_000) }, 'false'],
    [{ externalIdentifiers: [] }, 'false'],
    [{ externalIdentifiers: ['EXTERNAL-IDENTIFIER', ''] }, 'false'],
    [{ siteIds: [] }, 'false'],
    [{ siteIds: ['1'] }, 'false'],
    [{ email: '' }, 'false'],
    [{ email: '%' }, 'false'],
    [{ zipCode: '' }, 'false'],
    [{ zipCode: 'APO' }, 'false'],
    [{ zipCode: '0213' }, 'false'],
    [{ customerIds: ['2'] }, 'false'],
  ])('%j', async (filter, where) => {
    await check('patients', 'patient', [filter, where]);
  });

  it('customerIds works for operators', async () => {
    await checkSelective(
      'patients',
      'patient',
      [{ customerIds: [2], search: 'm' }, `customer_id = 2 and (first_name like 'M%' or last_name like 'M%')`],
      'operator',
      'true',
    );
    await check('patients', 'patient', [{ customerIds: [] }, 'false'], 'operator', 'true');
  });
});

describe('filters of sites', () => {
  const seen = 'customer_id in (0, 1)';
  it.each<Case>([
    [{ search: 'NORTHSIDE c' }, 'id = 4'],
    [{ search: 'impilo' }, 'customer_id = 0'],
    [{ active: false }, 'deactivated_at is not null'],
    [{ active: true }, 'deactivated_at is null'],
    [{ operatedBy: 'IMPILO' }, 'customer_id = 0'],
    [{ operatedBy: 'CUSTOMER' }, 'customer_id = 1'],
    [{ customerIds: ['1'] }, 'customer_id = 1'],
    [{ operatedBy: 'CUSTOMER', active: true, search: 'north' }, 'customer_id = 1 and deactivated_at is null'],
  ])('%j', (filter, where) => checkSelective('sites', 'site', [filter, where], 'northside', seen));

  it.each<Case>([
    [{ search: null, active: null, operatedBy: null, customerIds: null }, 'true'],
    [{ customerIds: [] }, 'false'],
    [{ customerIds: ['2'] }, 'false'],
    [{ search: '%' }, 'false'],
  ])('%j', async (filter, where) => {
    await check('sites', 'site', [filter, where], 'northside', seen);
  });

  it('customerIds works for operators', () =>
    checkSelective('sites', 'site', [{ customerIds: [2] }, 'customer_id = 2'], 'operator', 'true'));
});

describe('filters of readings', () => {
  let devices: string[];
  let patient: string;
  /** The time of one of the patient's readings. */
  let instant: string;
  /** Number of the patient's readings. */
  let all: number;

  /** Finds a patient with readings of several kinds from two devices, and with readings entered by hand. */
  beforeAll(async () => {
    const { rows } = await app.admin.query<{ patient: string; devices: string[]; at: Date }>(
      `select patient_id as patient, array_agg(distinct device_id order by device_id) filter (where device_id is not null) as devices,
         percentile_disc(0.5) within group (order by taken_at) as at
       from reading where customer_id = 1 and patient_id is not null group by 1
       having count(distinct device_id) > 1 and count(distinct kind) > 2 and bool_or(manual) and bool_or(device_id is null)
       order by count(*) desc, 1 limit 1`,
    );
    [patient, devices, instant] = [rows[0]!.patient, rows[0]!.devices, rows[0]!.at.toISOString()];
    all = await found({}, 'true');
  });

  const kindOf = (...kinds: ReadingKind[]) => `kind in (${kinds.map((kind) => definitionOf(kind).number).join(', ')})`;

  /** Compares the filtered readings of the patient with the rows of an independent SQL condition. Returns their number. */
  async function found(filter: Record<string, unknown>, where: string): Promise<number> {
    const list: List = {
      caller: 'northside',
      parent: 'Patient',
      field: 'readings',
      parentId: patient,
      isCounted: false,
    };
    const { rows } = await app.admin.query<{ id: string }>(
      `select id from reading where patient_id = $1 and (${where}) order by taken_at desc, id desc`,
      [patient],
    );
    const ids = rows.map(({ id }) => id);
    expect(await walk(app, { ...list, filter }, 100)).toEqual(ids);
    expect(await walk(app, { ...list, filter }, 7, true)).toEqual(ids);
    return ids.length;
  }

  it.each<[string, () => Case]>([
    ['one kind', () => [{ kinds: ['WEIGHT'] }, kindOf(ReadingKind.WEIGHT)]],
    ['several kinds', () => [{ kinds: ['WEIGHT', 'BLOOD_PRESSURE', 'WEIGHT'] }, kindOf(ReadingKind.WEIGHT, ReadingKind.BLOOD_PRESSURE)]],
    ['takenAt.from, inclusive', () => [{ takenAt: { from: instant } }, `taken_at >= '${instant}'`]],
    ['takenAt.to, exclusive', () => [{ takenAt: { to: instant } }, `taken_at < '${instant}'`]],
    ['both, around one instant', () => [{ takenAt: { from: instant, to: new Date(Date.parse(instant) + 1).toISOString() } }, `taken_at = '${instant}'`]],
    ['readings entered by hand', () => [{ manual: true }, 'manual']],
    ['readings sent by devices', () => [{ manual: false }, 'not manual']],
    ['one device', () => [{ deviceIds: [devices[0]] }, `device_id = ${devices[0]}`]],
    ['devices by global id', () => [{ deviceIds: devices.slice(0, 2).map((id) => globalId('Device', Number(id))) }, `device_id in (${devices.slice(0, 2).join()})`]],
    ['all together', () => [{ kinds: ['WEIGHT', 'BLOOD_PRESSURE', 'HEART_RATE', 'BLOOD_GLUCOSE', 'BLOOD_OXYGEN'], takenAt: { from: instant }, manual: false, deviceIds: devices }, `kind <= 5 and taken_at >= '${instant}' and not manual and device_id is not null`]],
  ])('%s', async (_what, one) => {
    const some = await found(...one());
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(all);
  }); // prettier-ignore

  it.each<Case>([
    [{ kinds: null, takenAt: null, manual: null, deviceIds: null }, 'true'],
    [{ kinds: [] }, 'false'],
    [{ deviceIds: [] }, 'false'],
    [{ deviceIds: ['9223372036854775807', globalId('Patient', 1)] }, 'false'],
    [{ takenAt: { from: FAR } }, 'false'],
    [{ takenAt: { to: FAR } }, 'true'],
    [{ takenAt: { to: '0001-01-01T00:00:00Z' } }, 'false'],
    [{ takenAt: { from: '2026-06-01T00:00:00Z', to: '2026-05-01T00:00:00Z' } }, 'false'],
  ])('%j', async (filter, where) => {
    await found(filter, where);
  });
});
