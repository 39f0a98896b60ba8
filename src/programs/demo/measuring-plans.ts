import { ReadingKind } from '../../features/kind/reading-kind';
import { CUFF, GLUCOSE_METER, OXIMETER, PEAK_FLOW_METER, SCALE, THERMOMETER } from './catalog';

/** What somebody's day hangs on. */
export type Anchor = 'wake' | 'dinner' | 'bed';
export type Meal = 'BEFORE' | 'AFTER';

export interface Slot {
  kind: ReadingKind;
  anchor: Anchor;
  /** Hours after the anchor. */
  after: number;
  meal?: Meal;
}

export interface Plan {
  /** 0 is Sunday. */
  weekdays: readonly number[];
  slots: readonly Slot[];
}

const DAILY = [0, 1, 2, 3, 4, 5, 6];
const THREE_DAYS = [1, 3, 5];
const TWO_DAYS = [1, 4];

const { BLOOD_GLUCOSE, BLOOD_OXYGEN, BLOOD_PRESSURE, HEART_RATE, PEAK_FLOW, TEMPERATURE, WEIGHT } = ReadingKind;

const slot = (kind: ReadingKind, anchor: Anchor, after: number, meal?: Meal): Slot => ({ kind, anchor, after, meal });

const pressureInTheMorning = slot(BLOOD_PRESSURE, 'wake', 0.6);
const fasting = slot(BLOOD_GLUCOSE, 'wake', 0.4, 'BEFORE');
const afterBreakfast = slot(BLOOD_GLUCOSE, 'wake', 2.8, 'AFTER');
const beforeDinner = slot(BLOOD_GLUCOSE, 'dinner', -0.3, 'BEFORE');
const glucoseAtNight = slot(BLOOD_GLUCOSE, 'bed', -0.2);
const pulseInBed = slot(HEART_RATE, 'wake', 0.1);
const oxygenInTheMorning = slot(BLOOD_OXYGEN, 'wake', 1.2);
const peakFlowInTheMorning = slot(PEAK_FLOW, 'wake', 0.3);

/** When patients are asked to measure, by item; the commoner plans stand here more often. */
export const PLANS: Readonly<Record<number, readonly Plan[]>> = {
  [CUFF]: [
    { weekdays: DAILY, slots: [pressureInTheMorning, slot(BLOOD_PRESSURE, 'bed', -1.5)] },
    { weekdays: DAILY, slots: [pressureInTheMorning] },
    { weekdays: DAILY, slots: [pressureInTheMorning] },
    { weekdays: THREE_DAYS, slots: [pressureInTheMorning] },
  ],
  [GLUCOSE_METER]: [
    { weekdays: DAILY, slots: [fasting, afterBreakfast, beforeDinner, glucoseAtNight] },
    { weekdays: DAILY, slots: [fasting, slot(BLOOD_GLUCOSE, 'dinner', 2, 'AFTER')] },
    { weekdays: DAILY, slots: [fasting] },
  ],
  [SCALE]: [
    { weekdays: DAILY, slots: [slot(WEIGHT, 'wake', 0.2)] },
    { weekdays: DAILY, slots: [slot(WEIGHT, 'wake', 0.2)] },
    { weekdays: TWO_DAYS, slots: [slot(WEIGHT, 'wake', 0.3)] },
  ],
  [OXIMETER]: [
    { weekdays: DAILY, slots: [pulseInBed, oxygenInTheMorning, slot(BLOOD_OXYGEN, 'bed', -1)] },
    { weekdays: THREE_DAYS, slots: [pulseInBed, oxygenInTheMorning] },
    { weekdays: THREE_DAYS, slots: [pulseInBed, oxygenInTheMorning] },
  ],
  [THERMOMETER]: [
    { weekdays: DAILY, slots: [slot(TEMPERATURE, 'dinner', 1.5)] },
    { weekdays: TWO_DAYS, slots: [slot(TEMPERATURE, 'wake', 0.5), slot(TEMPERATURE, 'dinner', 1.5)] },
  ],
  [PEAK_FLOW_METER]: [
    { weekdays: DAILY, slots: [peakFlowInTheMorning, slot(PEAK_FLOW, 'bed', -0.7)] },
    { weekdays: THREE_DAYS, slots: [peakFlowInTheMorning] },
  ],
};
