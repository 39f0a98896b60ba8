import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const Sex = defineEnum(
  'Sex',
  'Sex of a patient, as recorded by the customer.',
  {
    FEMALE: 'The patient is female.',
    MALE: 'The patient is male.',
    OTHER: 'Neither female nor male.',
    UNKNOWN: 'Not known, or the patient did not say.',
  },
  { closed: true },
);
export type Sex = EnumOf<typeof Sex>;
