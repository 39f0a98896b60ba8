import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { MAX_READINGS } from './record-readings.service';

const HEART_RATE = {
  nullable: true,
  description: 'Heart rate, if it was measured too: 10 to 300 beats a minute.',
} as const;

@InputType({ description: 'The values of a blood pressure.' })
export class BloodPressureInput {
  @Field(() => Int, { description: 'Systolic pressure: 30 to 300 mmHg, above the diastolic one.' })
  systolic: number;

  @Field(() => Int, { description: 'Diastolic pressure: 10 to 200 mmHg.' })
  diastolic: number;

  @Field(() => Int, HEART_RATE)
  heartRate?: number | null;
}

@InputType({ description: 'The values of a blood glucose. Not both meal flags can be true.' })
export class BloodGlucoseInput {
  @Field(() => Int, { description: 'Glucose: 10 to 1000 mg/dL.' })
  glucose: number;

  @Field(() => Boolean, { nullable: true, description: 'Whether it was taken before a meal; null when nobody said.' })
  beforeMeal?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it was taken after a meal; null when nobody said.' })
  afterMeal?: boolean | null;
}

@InputType({ description: 'The values of an oxygen saturation.' })
export class BloodOxygenInput {
  @Field(() => Int, { description: 'Oxygen saturation: 30 to 100 percent.' })
  bloodOxygen: number;

  @Field(() => Int, HEART_RATE)
  heartRate?: number | null;
}

@InputType({ description: 'The value of a body weight.' })
export class WeightInput {
  @Field(() => Float, { description: 'Weight: 1 to 1500 pounds.' })
  weight: number;
}

@InputType({ description: 'The value of a heart rate by itself.' })
export class HeartRateInput {
  @Field(() => Int, { description: 'Heart rate: 10 to 300 beats a minute.' })
  heartRate: number;
}

@InputType({ description: 'The value of a body temperature.' })
export class TemperatureInput {
  @Field(() => Float, { description: 'Temperature: 70 to 115 degrees Fahrenheit.' })
  temperature: number;
}

@InputType({ description: 'The values of a peak flow.' })
export class PeakFlowInput {
  @Field(() => Float, { description: 'Peak expiratory flow: 10 to 1000 litres a minute.' })
  peakExpiratoryFlow: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Volume breathed out in the first second (FEV1), if it was measured too: 0.1 to 12 litres.',
  })
  forcedExpiratoryVolumeInOneSecond?: number | null;
}

@InputType({
  description:
    'One reading: exactly one of the kinds. It names its device; one that was entered by hand may name a patient instead.',
})
export class ReadingInput {
  @Field(() => ID, { nullable: true, description: 'Which device: its global id or its databaseId.' })
  deviceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which device: any of its identifiers. Given together with deviceId, both must mean the same device.',
  })
  deviceIdentifier?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Which patient: the global id or the databaseId. Together with a device, the patient who had it at `takenAt`.',
  })
  patientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  })
  patientExternalIdentifier?: string | null;

  @Field(() => DateTime, { description: 'When it was taken: not before 2000, at most 24 hours in the future.' })
  takenAt: Date;

  @Field(() => Int, {
    nullable: true,
    description: "The device's own clock: seconds east of UTC, -64800 to 64800; null when the device does not tell.",
  })
  deviceTimeZoneOffset?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether somebody entered it by hand; false when absent.' })
  manual?: boolean | null;

  @Field(() => BloodPressureInput, { nullable: true, description: 'A blood pressure.' })
  bloodPressure?: BloodPressureInput | null;

  @Field(() => BloodGlucoseInput, { nullable: true, description: 'A blood glucose.' })
  bloodGlucose?: BloodGlucoseInput | null;

  @Field(() => BloodOxygenInput, { nullable: true, description: 'An oxygen saturation.' })
  bloodOxygen?: BloodOxygenInput | null;

  @Field(() => WeightInput, { nullable: true, description: 'A body weight.' })
  weight?: WeightInput | null;

  @Field(() => HeartRateInput, { nullable: true, description: 'A heart rate by itself.' })
  heartRate?: HeartRateInput | null;

  @Field(() => TemperatureInput, { nullable: true, description: 'A body temperature.' })
  temperature?: TemperatureInput | null;

  @Field(() => PeakFlowInput, { nullable: true, description: 'A peak flow.' })
  peakFlow?: PeakFlowInput | null;
}

@InputType({ description: 'Readings to record, of any kinds and devices.' })
export class RecordReadingsInput {
  @Field(() => [ReadingInput], { description: `The readings: 1 to ${MAX_READINGS}.` })
  readings: ReadingInput[];
}
