import type { PatientRow } from '../../src/programs/demo/demo-rows';
import type { ReadingRow } from '../../src/programs/demo/reading-rows';
import { DeviceStatus } from '../../src/features/device/device-status';
import { ReadingKind } from '../../src/features/kind/reading-kind';
import { timeZoneOfPatient } from '../../src/features/patient/patient-time-zone';
import { definitionOfNumber, KINDS } from '../../src/features/kind/reading-kind';
import { checkReading } from '../../src/features/reading/reading-rules';
import { groupBy } from '../support/group-by';
import { ABC123, createWorld, DAY_MS, expectRecent, HOUR_MS, lookUp, textsOf, type World } from './demo-readings';

/**
 * In the middle of autumn's change of clocks, behind it, and in summer: made on a Sunday, on a leap day in the middle of working
 * hours, and in the first minute of a Monday.
 */
const WORLDS = [
  createWorld('2026-11-22T11:54:00.000Z', '2026-11-21T00:00:00.000Z'),
  createWorld('2028-02-29T16:00:00.123Z', '2028-02-26T00:00:00.000Z'),
  createWorld('2027-09-27T00:00:59.999Z', '2027-09-25T00:00:00.000Z'),
];
const [AUTUMN, ...OTHERS] = WORLDS as [World, ...World[]];

const zoneOf = (patient: PatientRow) =>
  timeZoneOfPatient({ timeZoneOverride: patient.time_zone, address: patient.address });

/** Seconds east of UTC by what a wall clock shows there: not the way in which the gateway finds them. */
function createOffsetReader(): (zone: string, instant: Date) => number {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const known = new Map<string, number>();
  return (zone, instant) => {
    const hour = Math.floor(instant.getTime() / HOUR_MS);
    const key = `${zone} ${hour}`;
    if (!known.has(key)) {
      const options = { timeZone: zone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' } as const;
      const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', options);
      formats.set(zone, format);
      const [, month, day, year, ...time] = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/
        .exec(format.format(hour * HOUR_MS))!
        .map(Number) as [number, number, number, number, number, number, number];
      known.set(key, Date.UTC(2000 + year, month - 1, day, ...time) / 1000 - hour * 3600);
    }
    return known.get(key)!;
  };
}

test('are the same on whatever day they are made, but for their times, which daylight saving moves by an hour', () => {
  const identity = ({ customer_id, device_id, patient_id, kind }: ReadingRow) =>
    [customer_id, device_id, patient_id, kind].join();
  const columns = Object.keys(AUTUMN.data.reading[0]!).filter(
    (column) => !/_at$|_offset$/.test(column),
  ) as (keyof ReadingRow)[];
  const measured = (row: ReadingRow) =>
    [
      ...columns.map((column) => row[column]),
      row.received_at.getTime() - row.taken_at.getTime(),
      row.device_time_zone_offset !== null,
      row.patient_time_zone_offset !== null,
    ].join();
  const [autumn, ...others] = [AUTUMN, ...OTHERS].map(({ data, endMs }) => ({
    groups: groupBy(
      [...data.reading].sort((a, b) => a.taken_at.getTime() - b.taken_at.getTime()),
      identity,
    ),
    endMs,
  }));
  for (const { groups, endMs } of others) {
    expect([...groups.keys()].sort()).toEqual([...autumn!.groups.keys()].sort());
    const differing = [...groups].filter(([key, rows]) => {
      const reference = autumn!.groups.get(key)!;
      return (
        rows.length !== reference.length ||
        rows.some((row, index) => measured(row) !== measured(reference[index]!)) ||
        rows.some((row, index) => {
          const sinceEnd = row.taken_at.getTime() - endMs;
          const movedMs = sinceEnd - (reference[index]!.taken_at.getTime() - autumn!.endMs);
          return ![0, HOUR_MS, -HOUR_MS].includes(movedMs);
        })
      );
    });
    expect(differing).toEqual([]);
  }
});

describe.each(OTHERS)('the rest of the demo data as of $now', ({ data, endMs, now }) => {
  // So what demo-data.test.ts finds on one day holds on all.
  test('is the same, but for its times', () => {
    expect(textsOf(data, endMs)).toEqual(textsOf(AUTUMN.data, AUTUMN.endMs));
  });

  test('lies in the past fourteen months, up to now', () => expectRecent(data, now));
});

describe.each(WORLDS)('readings of the demo data as of $now', ({ data, endMs, now }) => {
  const { reading } = data;
  const { patients, devices, items, holderAt, stateAt } = lookUp(data);
  const broken = (holds: (row: ReadingRow) => boolean) => reading.filter((row) => !holds(row)).slice(0, 3);

  test('lie in the last 90 days, and arrive after they were taken, one after another', () => {
    const from = new Date(endMs - 90 * DAY_MS);
    const earlierHolder = data.device_association.find((row) => row.device_id === ABC123)!;
    expect(broken((row) => row.taken_at >= from || row.device_id === ABC123)).toEqual([]);
    const ofTour = reading.filter((row) => row.device_id === ABC123);
    expect(new Set(ofTour.map((row) => row.patient_id))).toEqual(new Set([earlierHolder.patient_id]));
    expect(broken((row) => row.taken_at < row.received_at && row.received_at.getTime() < endMs)).toEqual([]);
    expect(broken((row) => row.taken_at.getTime() % 1000 === 0)).toEqual([]);
    const arrivals = reading.map((row) => row.received_at.getTime());
    expect(arrivals.every((ms, index) => index === 0 || arrivals[index - 1]! <= ms)).toBe(true);
    expect(
      Math.min(...reading.filter((row) => row.device_id !== ABC123).map((row) => row.taken_at.getTime())),
    ).toBeLessThan(endMs - 89 * DAY_MS);
    expect(Math.max(...arrivals)).toBeGreaterThan(endMs - HOUR_MS);
  });

  test('belong to whoever held the device when they were taken', () => {
    expect(
      broken(
        ({ device_id, patient_id, taken_at }) => device_id === null || holderAt(device_id, taken_at) === patient_id,
      ),
    ).toEqual([]);
    expect(
      broken(({ customer_id, device_id, patient_id }) => {
        const owners = [
          device_id === null ? customer_id : devices.get(device_id)!.customer_id,
          patient_id === null ? customer_id : patients.get(patient_id)!.customer_id,
        ];
        return owners.every((owner) => owner === customer_id) && (device_id !== null || patient_id !== null);
      }),
    ).toEqual([]);
  });

  test('are taken with devices that somebody has in hand, and never arrive while these are refused', () => {
    const { AVAILABLE_AT_SITE, DECOMMISSIONED, WITH_PATIENT } = DeviceStatus;
    expect(
      broken(({ device_id, patient_id, taken_at, received_at }) => {
        if (device_id === null) return true;
        const { status } = stateAt(device_id, taken_at);
        return (
          status === (patient_id === null ? AVAILABLE_AT_SITE : WITH_PATIENT) &&
          stateAt(device_id, received_at).status !== DECOMMISSIONED
        );
      }),
    ).toEqual([]);
    expect(reading.some(({ device_id: id }) => id !== null && devices.get(id)!.current_status === DECOMMISSIONED)).toBe(
      true,
    );
  });

  test('are of the kinds that the item of the device records', () => {
    expect(
      broken(({ device_id, kind }) => {
        if (device_id === null) return true;
        const item = items.get(devices.get(device_id)!.item_id)!;
        return item.reading_kinds.includes(definitionOfNumber(kind).kind);
      }),
    ).toEqual([]);
  });

  test('would have been recorded by the gateway: no bound is broken, and no other kind has a value', () => {
    const columns = [...new Set(KINDS.flatMap(({ quantities }) => quantities.map(({ column }) => column)))];
    const refused = reading.flatMap((row) => {
      const { kind, member, quantities } = definitionOfNumber(row.kind);
      const values = Object.fromEntries(
        quantities.map((quantity) => [quantity.member, row[quantity.column as keyof ReadingRow] as number | null]),
      );
      const meals =
        kind === ReadingKind.BLOOD_GLUCOSE ? { beforeMeal: row.before_meal, afterMeal: row.after_meal } : {};
      const checked = checkReading(
        {
          deviceId: row.device_id === null ? null : String(row.device_id),
          patientId: row.patient_id === null ? null : String(row.patient_id),
          takenAt: row.taken_at,
          deviceTimeZoneOffset: row.device_time_zone_offset,
          manual: row.manual,
          [member]: { ...values, ...meals },
        },
        now,
        [],
      );
      const foreign = columns.filter(
        (column) =>
          !quantities.some((quantity) => quantity.column === column) && row[column as keyof ReadingRow] !== null,
      );
      const [required] = quantities;
      const complete = row[required!.column as keyof ReadingRow] !== null;
      return 'problems' in checked || foreign.length > 0 || !complete ? [{ row, checked, foreign }] : [];
    });
    expect(refused.slice(0, 3)).toEqual([]);
  });

  test('are each another reading', () => {
    const keys = reading.map(({ device_id, patient_id, kind, taken_at }) =>
      [device_id ?? `patient ${patient_id}`, kind, taken_at.getTime()].join(),
    );
    expect(new Set(keys).size).toBe(reading.length);
  });

  test('have the offset of the patient at that instant, and none when the zone is unknown', () => {
    const offsetAt = createOffsetReader();
    expect(
      broken(({ patient_id, patient_time_zone_offset, taken_at }) => {
        const zone = patient_id === null ? null : zoneOf(patients.get(patient_id)!);
        return patient_time_zone_offset === (zone === null ? null : offsetAt(zone, taken_at));
      }),
    ).toEqual([]);
    const offsets = new Set(reading.map((row) => row.patient_time_zone_offset));
    expect(offsets.size).toBeGreaterThanOrEqual(9);
  });
});
