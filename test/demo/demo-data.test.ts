import { timeZoneOfAddress, timeZoneOfPatient } from '../../src/features/patient/patient-time-zone';
import { zonesOfZipCodes } from '../reading/zones';
import { openDemoDatabase, type DemoDatabase } from './demo-database';

/** Data that the tour, the explorer's tabs and demo screens need. For consistency see domain-rules.test.ts. */
let database: DemoDatabase;
beforeAll(async () => {
  database = await openDemoDatabase();
});
afterAll(() => database.close());

describe('the demo data', () => {
  test('have the expected numbers of rows', async () => {
    expect(await database.select(`select id::integer, name from customer where id <> 0 order by id`)).toEqual([
      { id: 1, name: 'Northside Health' },
      { id: 2, name: 'Lakeview Care' },
    ]);
    expect(
      await database.selectOne(`
        select (select count(*)::integer from item) as items,
          (select array_agg(distinct kind order by kind) from item, unnest(reading_kinds) kind) as kinds,
          (select array_agg(count order by customer_id) from
            (select customer_id, count(*)::integer from site group by customer_id) s) as sites,
          (select count(*)::integer from site where deactivated_at is not null) as closed_sites,
          (select array_agg(count order by customer_id) from
            (select customer_id, count(*)::integer from patient group by customer_id) p) as patients,
          (select count(*)::integer from device) as devices`),
    ).toEqual({
      items: 6,
      kinds: ['BLOOD_GLUCOSE', 'BLOOD_OXYGEN', 'BLOOD_PRESSURE', 'HEART_RATE', 'PEAK_FLOW', 'TEMPERATURE', 'WEIGHT'],
      sites: [2, 7, 4],
      closed_sites: 1,
      patients: [306, 152],
      devices: 2010,
    });
  });

  test('have at least 20 devices in each status, some of each customer, and every reason of a change', async () => {
    const statuses = await database.select(`
      select current_status as status, count(*) >= 20 as enough, array_agg(distinct customer_id::integer) as customers
      from device group by current_status order by current_status collate "C"`);
    const expected = [
      'AVAILABLE',
      'AVAILABLE_AT_SITE',
      'DECOMMISSIONED',
      'IN_TRANSIT',
      'LOST',
      'RETURNING',
      'WITH_PATIENT',
    ];
    expect(statuses).toEqual(expected.map((status) => ({ status, enough: true, customers: [1, 2] })));
    const reasons = await database.select<{ reason: string }>(
      `select reason from device_status_change group by reason order by reason collate "C"`,
    );
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'ASSOCIATED',
      'ASSOCIATED_WITH_SITE',
      'DISASSOCIATED',
      'ORDER_CANCELLED',
      'ORDER_DELIVERED',
      'ORDER_PROCESSED',
      'READINGS_DISABLED',
      'READINGS_ENABLED',
      'REGISTERED',
      'REPLACED',
      'RETURN_RECEIVED',
      'STATUS_OVERRIDE',
    ]);
  });

  test('have the device and the patient of the tour', async () => {
    const devices = await database.select(`
      select d.id::integer, d.customer_id::integer, current_status, patient_id, s.customer_id::integer as site_of, deactivated_at is null as active
      from device d join device_identifier i on i.device_id = d.id and type = 'SERIAL' and value = 'ABC123'
        join site s on s.id = d.site_id`);
    expect(devices).toEqual([
      { id: 1, customer_id: 1, current_status: 'AVAILABLE_AT_SITE', patient_id: null, site_of: 1, active: true },
    ]);
    const patients = await database.select(`
      select id::integer, customer_id::integer, archived_at is not null as archived,
        exists (select from device_association a where a.patient_id = p.id and device_id = 1) as had_it
      from patient p where external_identifier = 'external-identifier'`);
    expect(patients).toEqual([{ id: 1, customer_id: 1, archived: false, had_it: false }]);
  });

  test('have devices that moved without a change of status', async () => {
    expect(
      await database.select(
        `select distinct current_status from device where status_changed_at < updated_at order by current_status`,
      ),
    ).toEqual([
      { current_status: 'AVAILABLE_AT_SITE' },
      { current_status: 'DECOMMISSIONED' },
      { current_status: 'LOST' },
    ]);
  });

  test('have ended associations, archived patients, returns, and orders in every status', async () => {
    const found = await database.selectOne(`
      select (select count(*) > 150 from device_association where ended_at is not null) as ended,
        exists (select from patient where archived_at is not null) as archived,
        (select count(*) > 20 from device where num_nonnulls(order_id, return_order_id) > 0) as in_progress,
        exists (select from device where return_order_id is not null) as returning,
        (select count(*) > 20 from order_device where leg = 'RETURN') as returned,
        (select array_agg(distinct current_status order by current_status) from device_order) as statuses,
        (select count(*) >= 2 from device_order where current_status = 'CREATED') as waiting,
        (select count(*) > 100 from device_order where parcels <> '[]') as shipped,
        exists (select from device_order where kind = 'REPLACEMENT' and current_status in ('PROCESSED', 'SHIPPED')) as replacing`);
    expect(found).toEqual({
      ended: true,
      archived: true,
      in_progress: true,
      returning: true,
      returned: true,
      statuses: ['AVAILABLE_FOR_PICKUP', 'CANCELLED', 'CREATED', 'DELIVERED', 'PROCESSED', 'SHIPPED'],
      waiting: true,
      shipped: true,
      replacing: true,
    });
  });
});

describe('patients and devices', () => {
  interface Patient {
    customer_id: number;
    address: { zipCode?: string } | null;
    zone_override: string | null;
  }
  let patients: Patient[];
  beforeAll(async () => {
    patients = await database.select(`select customer_id::integer, address, time_zone as zone_override from patient`);
  });
  const zoneOf = (row: Patient) => timeZoneOfPatient({ timeZoneOverride: row.zone_override, address: row.address });

  test('live in every time zone of the United States and their territories', () => {
    // Independent states in free association, and an uninhabited island.
    const foreign = [
      'Pacific/Palau',
      'Pacific/Pohnpei',
      'Pacific/Chuuk',
      'Pacific/Kosrae',
      'Pacific/Majuro',
      'Pacific/Kwajalein',
      'Pacific/Wake',
    ];
    const lived = new Set(
      patients
        .filter((row) => row.customer_id === 1)
        .map((row) => row.address && timeZoneOfAddress(row.address))
        .filter((zone) => zone !== null),
    );
    expect([...lived].sort()).toEqual(zonesOfZipCodes().filter((zone) => !foreign.includes(zone)));
    for (const zone of [
      'America/Phoenix',
      'Pacific/Honolulu',
      'America/Anchorage',
      'America/Puerto_Rico',
      'Pacific/Guam',
    ]) {
      expect(lived).toContain(zone);
    }
  });

  test('have ZIP codes in every form, and time zones that differ from the ZIP code', () => {
    const zipCodes = patients.map((row) => row.address?.zipCode);
    expect(zipCodes.filter((zip) => /^\d{5}-\d{4}$/.test(zip ?? '')).length).toBeGreaterThan(20);
    expect(zipCodes.filter((zip) => zip === ' 85004 ')).toHaveLength(1);
    expect(zipCodes.filter((zip) => zip === undefined).length).toBeGreaterThan(0);
    const zonesAt = (zipCode: string) => patients.filter((row) => row.address?.zipCode === zipCode).map(zoneOf);
    expect(zonesAt('09096')).toEqual([null]);
    expect(zonesAt('00000')).toEqual([null]);
    expect(zonesAt('96271')).toEqual(['Asia/Seoul']);
    expect(zonesAt(' 85004 ')).toEqual(['America/Phoenix']);
    expect(zonesAt('89883')).toEqual(['America/Denver']);
    expect(zonesAt('02118')).toContain('Europe/London');
    const unknown = patients.filter((row) => row.address && zoneOf(row) === null).map((row) => row.address?.zipCode);
    expect(unknown.sort()).toEqual(['00000', '09096']);
  });

  test('have only fictitious phone numbers and email addresses', async () => {
    const { emails, phones, ...found } = await database.selectOne<Record<string, number>>(`
      with phone (number) as (
        select phone_number from patient where phone_number is not null union all select phone_number from site)
      select (select count(email)::integer from patient) as emails, (select count(*)::integer from phone) as phones,
        (select count(*)::integer from patient where email !~ '^[a-z0-9.]+@example\\.(com|org)$') as real_emails,
        (select count(*)::integer from phone where (number ~ '^\\+1 \\d{3}-555-01\\d\\d$') is not true) as real_phones`);
    expect(Math.min(emails!, phones!)).toBeGreaterThan(300);
    expect(found).toEqual({ real_emails: 0, real_phones: 0 });
  });

  test('have identifiers of every type, and a serial number for each device', async () => {
    expect(
      await database.selectOne(`
        select array_agg(distinct type order by type) as types,
          (select count(*)::integer from device d where not exists
            (select from device_identifier i where i.device_id = d.id and type = 'SERIAL')) as without_serial
        from device_identifier`),
    ).toEqual({ types: ['ICCID', 'IMEI', 'MAC_ADDRESS', 'SERIAL', 'SIM_CARD_NUMBER'], without_serial: 0 });
  });
});
