import { defineKind } from './kind-definition';
import { TemperatureUnit } from './measurement-unit';

export const temperature = defineKind({
  number: 6,
  noun: 'a body temperature',
  shortNoun: 'a temperature',
  description: 'Body temperature, from a thermometer.',
  values: {
    temperature: {
      type: 'decimal',
      label: 'Temperature',
      title: 'Body temperature',
      unit: 'FAHRENHEIT',
      units: TemperatureUnit,
      min: 70,
      max: 115,
      sample: 98.6,
    },
  },
});
