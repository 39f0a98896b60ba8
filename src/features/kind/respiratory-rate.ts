import { defineKind } from './kind-definition';

/** FHIR's vital sign of that name, LOINC 9279-1. */
export const respiratoryRate = defineKind({
  number: 8,
  noun: 'a respiratory rate',
  source: 'e.g. from a chest strap',
  description: 'Respiratory rate, e.g. from a chest strap or a bed sensor.',
  values: {
    respiratoryRate: {
      type: 'integer',
      label: 'Respiratory rate',
      unit: 'BREATH_PER_MINUTE',
      min: 4,
      max: 80,
      sample: 16,
    },
  },
});
