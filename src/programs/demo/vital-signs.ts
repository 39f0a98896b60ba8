import { ReadingKind } from '../../features/kind/reading-kind';
import type { Sex } from '../../features/patient/sex';
import { READING_DAYS } from './local-clock';
import type { Meal } from './measuring-plans';
import type { Random } from './random';
import type { QuantityColumns } from './reading-rows';

export interface Moment {
  day: number;
  /** Of the patient's day. */
  hour: number;
  meal?: Meal;
}

/** A bad week: an infection, too much salt, too much pollen. */
interface Episode {
  fromDay: number;
  days: number;
  /** From 0 to 1. */
  strength: number;
}

/** What can be measured of one body: values of its own, which drift over the weeks and swing over the day. */
export class VitalSigns {
  private readonly base: Readonly<Record<'systolic' | 'heartRate' | 'glucose' | 'oxygen' | 'weight', number>>;
  /** Of the systolic pressure. */
  private readonly diastolicShare: number;
  private readonly temperature: number;
  private readonly peakFlow: number;
  /** By how much things change over all days. */
  private readonly drift: Readonly<Record<'systolic' | 'glucose' | 'weight', number>>;
  private readonly episode: Episode;

  constructor(
    sex: Sex | null,
    private readonly random: Random,
  ) {
    // What the treatment takes away of the distance to a good value.
    const effect = random.chance(0.6) ? random.between(0.25, 0.8) : random.between(-0.2, 0.05);
    const lungs = random.chance(0.3);
    this.base = {
      systolic: random.chance(0.12) ? random.between(160, 176) : random.between(116, 156),
      heartRate: random.between(56, 90),
      glucose: random.chance(0.15) ? random.between(170, 215) : random.between(92, 160),
      oxygen: lungs ? random.between(89.5, 93) : random.between(95, 98),
      weight: sex === 'MALE' ? random.between(150, 265) : random.between(118, 230),
    };
    this.diastolicShare = random.between(0.56, 0.64);
    this.temperature = random.between(97.4, 98.3);
    this.peakFlow = sex === 'MALE' ? random.between(330, 560) : random.between(240, 420);
    this.drift = {
      systolic: effect * (124 - this.base.systolic),
      glucose: effect * (105 - this.base.glucose),
      weight: random.chance(0.55) ? random.between(-14, -3) : random.between(-2, 5),
    };
    this.episode = {
      fromDay: random.integer(5, READING_DAYS - 8),
      days: random.integer(5, 10),
      strength: random.chance(0.4) ? random.between(0.4, 1) : 0,
    };
  }

  /** @returns the columns of the kind */
  measure(kind: ReadingKind, moment: Moment): Partial<QuantityColumns> {
    switch (kind) {
      case ReadingKind.BLOOD_PRESSURE:
        return this.measureBloodPressure(moment);
      case ReadingKind.BLOOD_GLUCOSE:
        return this.measureGlucose(moment);
      case ReadingKind.BLOOD_OXYGEN:
        return {
          blood_oxygen: Math.min(100, Math.round(this.base.oxygen - 4 * this.illness(moment) + this.random.noise(0.8))),
          heart_rate: this.heartRate(moment),
        };
      case ReadingKind.WEIGHT:
        return { weight: toStep(this.weight(moment), 5) };
      case ReadingKind.HEART_RATE:
        return { heart_rate: this.heartRate(moment) };
      case ReadingKind.TEMPERATURE:
        return {
          temperature: toStep(
            this.temperature + 0.45 * swing(moment, 18) + 3.6 * this.illness(moment) + this.random.noise(0.15),
            10,
          ),
        };
      case ReadingKind.PEAK_FLOW:
        return this.measurePeakFlow(moment);
      default:
        throw new Error(`No device of the demo measures ${kind}.`);
    }
  }

  private measureBloodPressure(moment: Moment): Partial<QuantityColumns> {
    const pressure =
      this.base.systolic +
      this.drift.systolic * progress(moment) +
      4.5 * swing(moment, 10) +
      12 * this.illness(moment) +
      this.random.noise(3);
    return {
      systolic: Math.round(pressure + this.random.noise(3)),
      diastolic: Math.round(pressure * this.diastolicShare + this.random.noise(2)),
      // An irregular pulse is not counted.
      heart_rate: this.random.chance(0.92) ? this.heartRate(moment) : null,
    };
  }

  private measureGlucose(moment: Moment): Partial<QuantityColumns> {
    const fasting = this.base.glucose + this.drift.glucose * progress(moment) + 45 * this.illness(moment);
    const meal = moment.meal === 'BEFORE' ? 0 : this.random.between(moment.meal === 'AFTER' ? 32 : 12, 68);
    const low = this.random.chance(0.008);
    const glucose = low ? this.random.between(52, 69) : (fasting + meal) * (1 + this.random.noise(0.06));
    return {
      glucose: Math.round(glucose),
      before_meal: moment.meal ? moment.meal === 'BEFORE' : null,
      after_meal: moment.meal ? moment.meal === 'AFTER' : null,
    };
  }

  private measurePeakFlow(moment: Moment): Partial<QuantityColumns> {
    const flow = this.peakFlow * (1 + 0.06 * swing(moment, 16) - 0.3 * this.illness(moment) + this.random.noise(0.03));
    return {
      peak_expiratory_flow: Math.round(flow / 5) * 5,
      // The meter needs a breath of a second for it.
      forced_expiratory_volume_in_one_second: this.random.chance(0.8)
        ? toStep((flow / 165) * (1 + this.random.noise(0.03)), 100)
        : null,
    };
  }

  private heartRate(moment: Moment): number {
    return Math.round(this.base.heartRate + 4 * swing(moment, 15) + 14 * this.illness(moment) + this.random.noise(3));
  }

  private weight(moment: Moment): number {
    return (
      this.base.weight +
      this.drift.weight * progress(moment) +
      // Water, which comes and goes with the bad week.
      6 * this.illness(moment) +
      this.random.noise(0.6)
    );
  }

  /** From 0 to 1, up and down again. */
  private illness({ day }: Moment): number {
    const { fromDay, days, strength } = this.episode;
    const part = (day - fromDay) / days;
    return part < 0 || part > 1 ? 0 : strength * Math.sin(part * Math.PI);
  }
}

/** How much of all days is over. */
const progress = ({ day }: Moment) => Math.max(0, day) / READING_DAYS;

/** The rhythm of the day: 1 at the hour of the peak, -1 half a day from it. */
const swing = ({ hour }: Moment, peakHour: number) => Math.cos(((hour - peakHour) * Math.PI) / 12);

/** As a display shows it, with so many steps in a unit. */
const toStep = (value: number, stepsPerUnit: number) => Math.round(value * stepsPerUnit) / stepsPerUnit;
