import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const Sex = defineEnum('Sex', 'Sex of a patient, as recorded by the customer.', {
  FEMALE: 'The patient is female.',
  MALE: 'The patient is male.',
  OTHER: 'Neither female nor male.',
  UNKNOWN: 'The patient was asked and gave no answer, or it is not known.',
});
export type Sex = EnumOf<typeof Sex>;
