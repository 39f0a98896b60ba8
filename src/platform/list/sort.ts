import { defineEnum, type EnumOf } from '../base/enum';

export const SortDirection = defineEnum('SortDirection', 'Which way a list is sorted.', {
  ASC: 'Smallest, earliest or first in the alphabet first.',
  DESC: 'Greatest, latest or last in the alphabet first.',
});
export type SortDirection = EnumOf<typeof SortDirection>;
