import { recordReadings } from '../support/record-readings';
import type { CallerName, TestApp } from '../support/test-app';

/** A reading of each type with all its values, without device, patient and time. */
export const READINGS_BY_TYPE = {
  BloodPressureReading: { bloodPressure: { systolic: 128, diastolic: 81, heartRate: 67 } },
  BloodGlucoseReading: {
    bloodGlucose: { glucose: { value: 104, unit: 'MILLIGRAM_PER_DECILITER' }, mealTiming: 'BEFORE_MEAL' },
  },
  BloodOxygenReading: { bloodOxygen: { bloodOxygen: 97, heartRate: 72 } },
  WeightReading: { weight: { value: 181.4, unit: 'POUND' } },
  HeartRateReading: { heartRate: { value: 64 } },
  TemperatureReading: { temperature: { value: 98.6, unit: 'FAHRENHEIT' } },
  PeakFlowReading: { peakFlow: { peakExpiratoryFlow: 412, forcedExpiratoryVolumeInOneSecond: 3.1 } },
  RespiratoryRateReading: { respiratoryRate: { value: 16 } },
  BodyCompositionReading: { bodyComposition: { bodyFat: 24.5, muscleMass: { value: 118.2, unit: 'POUND' } } },
} as const;

export type ReadingType = keyof typeof READINGS_BY_TYPE;
export const READING_TYPES = Object.keys(READINGS_BY_TYPE) as ReadingType[];

/**
 * Records a reading of each type from a device that a patient holds, one entered by hand for the patient, and one from a device
 * without a holder.
 *
 * @param takenAt a time at which the patient holds the device
 * @returns databaseIds of the device's readings, by type
 */
export async function recordOwnReadings(
  app: TestApp,
  caller: CallerName | { key: string },
  {
    deviceId,
    patientId,
    freeDeviceId,
    takenAt,
  }: { deviceId: string; patientId: string; freeDeviceId: string; takenAt: string },
): Promise<Record<ReadingType, string>> {
  const readings = [
    ...READING_TYPES.map((type) => ({ deviceId, takenAt, ...READINGS_BY_TYPE[type] })),
    { patientId, manual: true, takenAt, ...READINGS_BY_TYPE.WeightReading },
    { deviceId: freeDeviceId, takenAt, ...READINGS_BY_TYPE.WeightReading },
  ];
  const { results } = await recordReadings(app, readings, { caller });
  const missing = results.filter(({ outcome }) => outcome !== 'RECORDED');
  if (missing.length > 0) throw new Error(`recordReadings: ${JSON.stringify(missing)}`);
  const ofDevice = results.slice(0, READING_TYPES.length).map(({ reading }) => reading!);
  return Object.fromEntries(ofDevice.map((reading) => [reading.__typename, reading.databaseId])) as Record<
    ReadingType,
    string
  >;
}
