/** A kind of reading over REST: as requested and as returned. Repeated here on purpose, so that a mistake in the definitions is found. */
export interface RestSample {
  path: string;
  kind: string;
  values: Record<string, unknown>;
  /** Members of the response that other kinds do not have. */
  returned: Record<string, unknown>;
  /** A number that has another value than in `values`. */
  altered: Record<string, number>;
  /** A number beyond its bounds, and the rule. */
  wrong: [member: string, value: number, rule: string];
}

const NO_PULSE = { heartRate: null, heartRateUnit: null };

export const REST_SAMPLES: readonly RestSample[] = [
  {
    path: '/blood-pressure-reading',
    kind: 'BLOOD_PRESSURE',
    values: { systolic: 128, diastolic: 81, heartRate: 67 },
    returned: {
      systolic: 128,
      systolicUnit: 'mmhg',
      diastolic: 81,
      diastolicUnit: 'mmhg',
      heartRate: 67,
      heartRateUnit: 'bpm',
    },
    altered: { diastolic: 82 },
    wrong: ['diastolic', 5, 'must be between 10 and 200 mmHg.'],
  },
  {
    path: '/blood-glucose-reading',
    kind: 'BLOOD_GLUCOSE',
    values: { glucose: 104, mealTiming: 'beforeMeal' },
    returned: { glucose: 104, glucoseUnit: 'mgdl', comparator: null, mealTiming: 'beforeMeal' },
    altered: { glucose: 105 },
    wrong: [
      'glucose',
      5.4,
      'must be between 10 and 1000 mg/dL. In mmol/L the number would be possible: check its unit.',
    ],
  },
  {
    path: '/blood-oxygen-reading',
    kind: 'BLOOD_OXYGEN',
    values: { bloodOxygen: 97 },
    returned: { bloodOxygen: 97, bloodOxygenUnit: 'spo2', ...NO_PULSE },
    altered: { bloodOxygen: 96 },
    wrong: ['bloodOxygen', 101, 'must be between 30 and 100 %.'],
  },
  {
    path: '/weight-reading',
    kind: 'WEIGHT',
    values: { weight: 183.4 },
    returned: { weight: 183.4, weightUnit: 'lbs' },
    altered: { weight: 184 },
    wrong: ['weight', 1600, 'must be between 1 and 1500 lb.'],
  },
  {
    path: '/heart-rate-reading',
    kind: 'HEART_RATE',
    values: { heartRate: 58 },
    returned: { heartRate: 58, heartRateUnit: 'bpm' },
    altered: { heartRate: 59 },
    wrong: ['heartRate', 9, 'must be between 10 and 300 bpm.'],
  },
  {
    path: '/temperature-reading',
    kind: 'TEMPERATURE',
    values: { temperature: 98.6 },
    returned: { temperature: 98.6, temperatureUnit: 'fahrenheit' },
    altered: { temperature: 98.7 },
    wrong: ['temperature', 37, 'must be between 70 and 115 °F. In °C the number would be possible: check its unit.'],
  },
  {
    path: '/peak-flow-reading',
    kind: 'PEAK_FLOW',
    values: { peakExpiratoryFlow: 412.5, forcedExpiratoryVolumeInOneSecond: 2.85 },
    returned: {
      peakExpiratoryFlow: 412.5,
      peakExpiratoryFlowUnit: 'lpm',
      forcedExpiratoryVolumeInOneSecond: 2.85,
      forcedExpiratoryVolumeInOneSecondUnit: 'l',
    },
    altered: { peakExpiratoryFlow: 413 },
    wrong: ['forcedExpiratoryVolumeInOneSecond', 13, 'must be between 0.1 and 12 L.'],
  },
  {
    path: '/respiratory-rate-reading',
    kind: 'RESPIRATORY_RATE',
    values: { respiratoryRate: 17 },
    returned: { respiratoryRate: 17, respiratoryRateUnit: 'brpm' },
    altered: { respiratoryRate: 18 },
    wrong: ['respiratoryRate', 81, 'must be between 4 and 80 breaths/min.'],
  },
  {
    path: '/body-composition-reading',
    kind: 'BODY_COMPOSITION',
    values: { bodyFat: 23.7, muscleMass: 121.4 },
    returned: { bodyFat: 23.7, bodyFatUnit: 'percent', muscleMass: 121.4, muscleMassUnit: 'lbs' },
    altered: { muscleMass: 122 },
    wrong: ['muscleMass', 301, 'must be between 5 and 300 lb.'],
  },
];

/** A reading as returned, or a problem. */
export interface ReadingBody {
  id: string;
  readingTimestamp: string;
  patientTimeZoneOffset: number | null;
  sourceId: string | null;
  attribution: string;
  patient: { id: number } | null;
  device: { id: number; currentPatient: { id: number } | null } | null;
  errors: { code: string; field: string | null; detail: string }[];
}
