import fc from 'fast-check';
import type { Period, Sent } from './readings-model';
import { KIND_VALUES, KINDS } from './readings-model.kinds';

/** ZIP codes and overrides of patients, and the resulting time zone. */
export const WHEREABOUTS = {
  newYork: { zipCode: '10001-1234', timeZone: null, zone: 'America/New_York' },
  indianapolis: { zipCode: ' 46204', timeZone: null, zone: 'America/Indiana/Indianapolis' },
  phoenix: { zipCode: '85004', timeZone: null, zone: 'America/Phoenix' },
  lordHowe: { zipCode: '10001', timeZone: 'Australia/Lord_Howe', zone: 'Australia/Lord_Howe' },
  military: { zipCode: '09012', timeZone: null, zone: null },
  nowhere: { zipCode: null, timeZone: null, zone: null },
} as const;

/** State before the first reading arrives. */
export interface History {
  patients: Record<string, keyof typeof WHEREABOUTS>;
  devices: Record<string, readonly Period[]>;
}

export const PATIENTS = ['ann', 'bob', 'cat'];
export const DEVICES = ['cuff', 'scale', 'meter'];

/** Times of handovers and readings, including clock changes and ends of months. */
const MARKS = [
  '2019-06-15T12:00:00.000Z', // long before the first partition by month
  '2025-01-01T00:00:00.000Z', // start of the first partition
  '2025-11-02T06:00:00.000Z', // clocks go back in New York
  '2026-03-08T07:00:00.000Z', // and forward
  '2026-04-04T15:00:00.000Z', // clocks go back by half an hour on Lord Howe Island
  '2026-07-01T00:00:00.000Z',
  '2026-10-03T15:30:00.000Z', // and forward, within a UTC hour
  '2026-11-20T12:34:56.789Z',
].map((mark) => Date.parse(mark));
const HOUR_MS = 3_600_000;

const marks = fc.constantFrom(...MARKS);
const patients = fc.constantFrom(...PATIENTS);
const devices = fc.constantFrom(...DEVICES);

/** What happens to a device at a mark. Mostly it stays with its holder, or goes to ann or bob. */
const handovers = fc.oneof(
  { weight: 4, arbitrary: fc.constant('stays') },
  { weight: 2, arbitrary: fc.constant('returned') },
  { weight: 3, arbitrary: fc.constantFrom('ann', 'bob') },
  { weight: 1, arbitrary: patients },
);

/** Periods of a device, with and without gaps, possibly repeated for one patient. Sometimes with one that ended immediately. */
const pasts = fc
  .record({
    handovers: fc.array(handovers, { minLength: MARKS.length, maxLength: MARKS.length }),
    mistake: fc.option(fc.record({ patient: patients, at: marks })),
  })
  .map(({ handovers: ofMarks, mistake }): Period[] => {
    const periods: Period[] = mistake ? [{ patient: mistake.patient, from: mistake.at, to: mistake.at }] : [];
    let open: Period | undefined;
    ofMarks.forEach((handover, index) => {
      if (handover === 'stays') return;
      if (open) open.to = MARKS[index]!;
      open = handover === 'returned' ? undefined : { patient: handover, from: MARKS[index]!, to: null };
      if (open) periods.push(open);
    });
    return periods;
  });

const every = <Value>(names: readonly string[], arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, arbitrary])));

export const histories: fc.Arbitrary<History> = fc.record({
  patients: every(PATIENTS, fc.constantFrom(...(Object.keys(WHEREABOUTS) as (keyof typeof WHEREABOUTS)[]))),
  devices: every(DEVICES, pasts),
});

/** Mostly two kinds, so that readings coincide in device, patient and time. */
const kinds = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('WEIGHT' as const, 'BLOOD_PRESSURE' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...KINDS) },
);

/** What a reading names: mostly the device, sometimes also the patient, or only the patient. */
const subjects = fc.oneof(
  { weight: 10, arbitrary: fc.record({ device: devices, patient: fc.constant(null), manual: fc.constant(false) }) },
  { weight: 2, arbitrary: fc.record({ device: devices, patient: patients, manual: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ device: fc.constant(null), patient: patients, manual: fc.constant(true) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      device: fc.option(devices),
      patient: fc.option(patients),
      manual: fc.boolean(),
    }),
  },
);

export const readings: fc.Arbitrary<Sent> = fc
  .record({
    subject: subjects,
    kind: kinds,
    mark: marks,
    // Just before a mark, at it, just after it, or hours later.
    after: fc.oneof(
      fc.constantFrom(-1, 0, 0, 1),
      fc.constantFrom(1, 2, 300, 500).map((hours) => hours * HOUR_MS),
    ),
    variant: fc.nat(2),
    deviceOffset: fc.constantFrom(null, null, -18_000, 0, 20_700),
  })
  .map(({ subject, kind, mark, after, variant, deviceOffset }) => {
    const { variants } = KIND_VALUES[kind];
    const at = Math.min(mark + after, MARKS.at(-1)!);
    return { ...subject, kind, at, values: variants[variant % variants.length]!, deviceOffset };
  });

/** A new reading or an earlier one again: unchanged, with other values, or of another device at the same time. */
export type Delivery = { reading: Sent } | { again: number; variant: number | null; device: string | null };
const deliveries: fc.Arbitrary<Delivery> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ reading: readings }) },
  {
    weight: 2,
    arbitrary: fc.record({ again: fc.nat(), variant: fc.option(fc.nat(2)), device: fc.option(devices) }),
  },
);

/** Up to three concurrent batches, the first sometimes sent twice; or a device that is decommissioned or enabled again. */
export type Step = { batches: Delivery[][]; twice: boolean } | { device: string; blocked: boolean };
export const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      batches: fc.array(fc.array(deliveries, { minLength: 1, maxLength: 14, size: 'max' }), {
        minLength: 1,
        maxLength: 3,
        size: 'max',
      }),
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ device: devices, blocked: fc.boolean() }) },
);
