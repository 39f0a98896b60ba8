import type { ReadingRow } from '../../src/programs/demo/reading-rows';
import { DeviceStatus } from '../../src/features/device/device-status';
import { ReadingKind } from '../../src/features/kind/reading-kind';
import { definitionOfNumber } from '../../src/features/kind/reading-kind';
import { groupBy } from '../support/group-by';
import { ABC123, createWorld, DAY_MS, HOUR_MS, lookUp, ofKind } from './demo-readings';

const { BLOOD_GLUCOSE, BLOOD_PRESSURE, HEART_RATE, TEMPERATURE, WEIGHT } = ReadingKind;

/** What screens and examples rely on is the same on every day, see readings.test.ts. */
const { data, endMs } = createWorld('2026-11-22T11:54:00.000Z', '2026-11-21T00:00:00.000Z');
const { reading } = data;
const { patients, devices, historyOf, holderAt } = lookUp(data);

const mean = (values: readonly (number | null)[]) =>
  values.reduce<number>((sum, value) => sum + value!, 0) / values.length;

const localHour = ({ taken_at, patient_time_zone_offset }: ReadingRow) =>
  ((((taken_at.getTime() / 1000 + patient_time_zone_offset!) / 3600) % 24) + 24) % 24;

describe('readings of the demo data', () => {
  test('are as many as a first start can load in a moment, of every kind', () => {
    expect(reading.length).toBeGreaterThan(40_000);
    expect(reading.length).toBeLessThan(60_000);
    const counts = groupBy(reading, (row) => definitionOfNumber(row.kind).kind);
    expect([...counts.keys()].sort()).toEqual(Object.values(ReadingKind).sort());
    for (const [kind, rows] of counts) expect([kind, rows.length > 2_500]).toEqual([kind, true]);
    for (const customerId of [1, 2]) {
      expect(reading.filter((row) => row.customer_id === customerId).length).toBeGreaterThan(10_000);
    }
  });

  test('come from nearly all devices that were with patients in that time', () => {
    const inHand = data.device.filter(({ id }) =>
      historyOf(id).some(
        ({ status }, index, history) =>
          status === DeviceStatus.WITH_PATIENT &&
          (history[index + 1]?.changed_at.getTime() ?? endMs) > endMs - 90 * DAY_MS,
      ),
    );
    const sending = new Set(reading.map((row) => row.device_id));
    const neverSent = inHand.filter(({ id }) => !sending.has(id));
    expect(inHand.length).toBeGreaterThan(800);
    expect(neverSent.length).toBeGreaterThanOrEqual(20);
    expect(neverSent.length).toBeLessThan(80);
  });

  test('follow the rhythm of the day where the patient lives', () => {
    const known = reading.filter((row) => row.patient_time_zone_offset !== null);
    expect(known.filter((row) => localHour(row) < 4.5 || localHour(row) > 23.75)).toEqual([]);
    const scales = ofKind(known, WEIGHT).filter((row) => row.device_id !== null);
    expect(scales.filter((row) => localHour(row) > 10)).toEqual([]);
    const pressure = ofKind(known, BLOOD_PRESSURE).filter((row) => row.device_id !== null);
    expect(pressure.filter((row) => localHour(row) > 11 && localHour(row) < 18)).toEqual([]);
    const evening = pressure.filter((row) => localHour(row) >= 18);
    const twiceADay = new Set(evening.map((row) => row.patient_id));
    const morning = pressure.filter((row) => localHour(row) <= 11 && twiceADay.has(row.patient_id));
    expect(evening.length).toBeGreaterThan(2_000);
    expect(mean(morning.map((row) => row.systolic)) - mean(evening.map((row) => row.systolic))).toBeGreaterThan(3);
    const warmth = ofKind(known, TEMPERATURE);
    expect(
      mean(warmth.filter((row) => localHour(row) > 17).map((row) => row.temperature)) -
        mean(warmth.filter((row) => localHour(row) < 11).map((row) => row.temperature)),
    ).toBeGreaterThan(0.3);
  });

  test('know meals', () => {
    const glucose = ofKind(reading, BLOOD_GLUCOSE);
    const before = glucose.filter((row) => row.before_meal);
    const after = glucose.filter((row) => row.after_meal);
    expect(before.every((row) => row.after_meal === false) && after.every((row) => row.before_meal === false)).toBe(
      true,
    );
    expect(before.length).toBeGreaterThan(4_000);
    expect(after.length).toBeGreaterThan(1_500);
    expect(glucose.filter((row) => row.before_meal === null && row.after_meal === null).length).toBeGreaterThan(500);
    expect(mean(after.map((row) => row.glucose)) - mean(before.map((row) => row.glucose))).toBeGreaterThan(25);
  });

  test('say what is worth a look: values out of range, and a heart rate with some of the blood pressures', () => {
    const pressure = ofKind(reading, BLOOD_PRESSURE);
    expect(pressure.filter((row) => row.systolic! >= 160).length).toBeGreaterThan(800);
    expect(pressure.filter((row) => row.heart_rate === null).length).toBeGreaterThan(500);
    expect(pressure.filter((row) => row.heart_rate !== null).length).toBeGreaterThan(10_000);
    expect(reading.filter((row) => row.blood_oxygen !== null && row.blood_oxygen < 90).length).toBeGreaterThan(100);
    expect(reading.filter((row) => row.glucose !== null && row.glucose < 70).length).toBeGreaterThan(40);
    expect(reading.filter((row) => row.temperature !== null && row.temperature >= 100.4).length).toBeGreaterThan(20);
    expect(ofKind(reading, HEART_RATE).length).toBeGreaterThan(3_000);
  });

  test('arrive within minutes but for some', () => {
    const delaysMs = reading
      .filter((row) => !row.manual)
      .map((row) => row.received_at.getTime() - row.taken_at.getTime());
    const atOnce = delaysMs.filter((ms) => ms < 60_000).length;
    expect(atOnce / delaysMs.length).toBeGreaterThan(0.95);
    expect(delaysMs.filter((ms) => ms > HOUR_MS).length).toBeGreaterThan(800);
    expect(delaysMs.filter((ms) => ms > DAY_MS).length).toBeGreaterThan(400);
    expect(Math.max(...delaysMs)).toBeLessThan(17 * DAY_MS);
  });

  test('arrive at times when their patient has given the device back, or somebody else has it', () => {
    const holdersOnArrival = reading.flatMap(({ device_id: id, patient_id: patientId, received_at: at }) =>
      id !== null && patientId !== null && holderAt(id, at) !== patientId ? [holderAt(id, at)] : [],
    );
    expect(holdersOnArrival.filter((holder) => holder === null).length).toBeGreaterThan(20);
    expect(holdersOnArrival.filter((holder) => holder !== null).length).toBeGreaterThan(0);
  });

  test('are typed in at times, with the device or without one', () => {
    const manual = groupBy(
      reading.filter((row) => row.manual),
      (row) => row.device_id !== null,
    );
    expect(manual.get(true)!.length).toBeGreaterThan(400);
    expect(manual.get(false)!.length).toBeGreaterThan(300);
    expect(reading.filter((row) => row.manual && row.device_time_zone_offset !== null)).toEqual([]);
    expect(reading.filter((row) => row.device_id === null && !row.manual)).toEqual([]);
  });

  test('lack offsets where nobody knows them', () => {
    const withoutZone = reading.filter((row) => row.patient_id !== null && row.patient_time_zone_offset === null);
    expect(withoutZone.length).toBeGreaterThan(500);
    // The device knows what the gateway does not.
    expect(withoutZone.filter((row) => row.device_time_zone_offset !== null).length).toBeGreaterThan(50);
    const sent = reading.filter((row) => row.device_time_zone_offset !== null);
    expect(sent.length / reading.length).toBeGreaterThan(0.25);
    expect(sent.length / reading.length).toBeLessThan(0.5);
    const cellularItems = new Set(sent.map((row) => devices.get(row.device_id!)!.item_id));
    expect([...cellularItems].sort()).toEqual([1, 2, 3]);
    const astray = sent.filter(
      (row) => row.patient_time_zone_offset !== null && row.device_time_zone_offset !== row.patient_time_zone_offset,
    );
    expect(new Set(astray.map((row) => row.device_time_zone_offset))).toEqual(new Set([0]));
  });

  test('belong to nobody where somebody tries a device at the site', () => {
    const nobodys = reading.filter((row) => row.patient_id === null);
    expect(nobodys.length).toBeGreaterThan(50);
    expect(nobodys.length).toBeLessThan(300);
    expect(new Set(nobodys.map((row) => row.customer_id))).toEqual(new Set([1, 2]));
    expect(nobodys.every((row) => row.patient_time_zone_offset === null && !row.manual)).toBe(true);
  });

  test('have gaps, and some patients with devices fell silent three weeks ago or earlier', () => {
    const lastOf = new Map(reading.map((row) => [row.patient_id, 0]));
    for (const row of reading)
      lastOf.set(row.patient_id, Math.max(lastOf.get(row.patient_id)!, row.taken_at.getTime()));
    const holders = [
      ...new Set(
        data.device
          .filter((row) => row.current_status === DeviceStatus.WITH_PATIENT)
          .map((row) => patients.get(row.patient_id!)!),
      ),
    ];
    const silent = holders.filter(({ id }) => (lastOf.get(id) ?? 0) < endMs - 21 * DAY_MS);
    expect(silent).toHaveLength(26);
    expect(silent.filter(({ id }) => !lastOf.has(id))).toHaveLength(4);
    // Nobody is in between, so that the answer is the same on all days of the week after.
    expect(holders.filter(({ id }) => (lastOf.get(id) ?? 0) < endMs - 14 * DAY_MS)).toHaveLength(26);
  });

  test('have gaps of a few days, behind which they go on', () => {
    const series = [...groupBy(ofKind(reading, BLOOD_PRESSURE), (row) => row.device_id).values()];
    const interrupted = series.filter((rows) => {
      const times = rows.map((row) => row.taken_at.getTime()).sort((a, b) => a - b);
      return times.some((ms, index) => index > 0 && ms - times[index - 1]! > 4 * DAY_MS);
    });
    expect(interrupted.length).toBeGreaterThan(100);
    expect(interrupted.length).toBeLessThan(series.length);
  });
});

describe('charts to show', () => {
  const ofPatient = (externalIdentifier: string) => {
    const { id } = data.patient.find((row) => row.external_identifier === externalIdentifier)!;
    return data.reading.filter((row) => row.patient_id === id);
  };
  const days = (rows: readonly ReadingRow[], fromDaysAgo: number, toDaysAgo: number) =>
    rows.filter(
      ({ taken_at }) =>
        taken_at.getTime() >= endMs - fromDaysAgo * DAY_MS && taken_at.getTime() < endMs - toDaysAgo * DAY_MS,
    );

  test('of the tour: weight and temperature of its patient, blood pressure of the earlier holder of its device', () => {
    const example = days(ofPatient('external-identifier'), 30, 0);
    expect(ofKind(example, WEIGHT).length).toBeGreaterThan(24);
    expect(ofKind(example, TEMPERATURE).length).toBeGreaterThan(24);
    const earlierHolder = ofPatient('NSH-100014');
    expect(earlierHolder.filter((row) => row.device_id === ABC123).length).toBeGreaterThan(150);
    expect(ofKind(days(earlierHolder, 30, 0), BLOOD_PRESSURE).length).toBeGreaterThan(40);
  });

  test('of a treatment that works: blood pressure and weight', () => {
    const rows = ofPatient('NSH-101022');
    const pressure = ofKind(rows, BLOOD_PRESSURE).filter((row) => row.device_id !== null);
    expect(days(pressure, 30, 0).length).toBeGreaterThan(40);
    const systolic = (from: number, to: number) => mean(days(pressure, from, to).map((row) => row.systolic));
    expect(systolic(90, 76) - systolic(14, 0)).toBeGreaterThan(20);
    expect(systolic(30, 16) - systolic(14, 0)).toBeGreaterThan(3);
    const weight = (from: number, to: number) => mean(days(ofKind(rows, WEIGHT), from, to).map((row) => row.weight));
    expect(weight(90, 76) - weight(14, 0)).toBeGreaterThan(5);
  });

  test('of glucose before and after meals', () => {
    const rows = days(ofKind(ofPatient('NSH-101127'), BLOOD_GLUCOSE), 30, 0);
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => row.after_meal).length).toBeGreaterThan(15);
  });

  test('of somebody who fell silent with three devices', () => {
    const rows = ofPatient('NSH-101589');
    expect(new Set(rows.map((row) => row.device_id)).size).toBeGreaterThanOrEqual(3);
    expect(days(rows, 90, 45).length).toBeGreaterThan(80);
    expect(days(rows, 33, 0)).toEqual([]);
  });
});
