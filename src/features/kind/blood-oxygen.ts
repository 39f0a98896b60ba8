import { heartRateQuantity } from './heart-rate';
import { defineKind } from './kind-definition';

export const bloodOxygen = defineKind({
  number: 3,
  noun: 'an oxygen saturation',
  source: 'e.g. from an oximeter',
  description: 'Oxygen saturation of the blood, from a pulse oximeter.',
  values: {
    bloodOxygen: {
      type: 'integer',
      label: 'Oxygen saturation',
      title: 'Oxygen saturation of the blood',
      unit: 'PERCENT',
      restUnit: 'spo2',
      min: 30,
      max: 100,
      sample: 97,
    },
    heartRate: { ...heartRateQuantity, optional: true },
  },
});
