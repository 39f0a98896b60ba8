import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const MeasurementUnit = defineEnum('MeasurementUnit', 'In what a measurement is expressed.', {
  MMHG: 'Millimetres of mercury.',
  BPM: 'Beats a minute.',
  MG_DL: 'Milligrams a decilitre.',
  PERCENT: 'Parts of a hundred.',
  LB: 'Pounds (avoirdupois).',
  DEG_F: 'Degrees Fahrenheit.',
  L_MIN: 'Litres a minute.',
  L: 'Litres of air.',
  BREATHS_MIN: 'Breaths a minute.',
});
export type MeasurementUnit = EnumOf<typeof MeasurementUnit>;

/** What descriptions call them. */
export const UNIT_WORDS: Readonly<Record<MeasurementUnit, string>> = {
  MMHG: 'mmHg',
  BPM: 'beats a minute',
  MG_DL: 'mg/dL',
  PERCENT: 'percent',
  LB: 'pounds',
  DEG_F: 'degrees Fahrenheit',
  L_MIN: 'litres a minute',
  L: 'litres',
  BREATHS_MIN: 'breaths a minute',
};
