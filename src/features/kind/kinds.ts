import { bloodGlucose } from './blood-glucose';
import { bloodOxygen } from './blood-oxygen';
import { bloodPressure } from './blood-pressure';
import { bodyComposition } from './body-composition';
import { heartRate } from './heart-rate';
import { peakFlow } from './peak-flow';
import { respiratoryRate } from './respiratory-rate';
import { temperature } from './temperature';
import { weight } from './weight';

/** The kinds of readings. Names of fields, types, columns and webhooks are derived from the name of a kind, see reading-kind.ts. */
export const DEFINITIONS = {
  BLOOD_PRESSURE: bloodPressure,
  BLOOD_GLUCOSE: bloodGlucose,
  BLOOD_OXYGEN: bloodOxygen,
  WEIGHT: weight,
  HEART_RATE: heartRate,
  TEMPERATURE: temperature,
  PEAK_FLOW: peakFlow,
  RESPIRATORY_RATE: respiratoryRate,
  BODY_COMPOSITION: bodyComposition,
};
