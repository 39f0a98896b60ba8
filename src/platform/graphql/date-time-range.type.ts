import { DateTime } from './scalars.type';
import { inputType, optional } from './types';

export const DateTimeRange = inputType(
  'DateTimeRange',
  'A half-open range of instants: `from` is in it, `to` is not. Either may be absent. A range that ends before it begins matches nothing.',
  {
    from: optional(DateTime, 'At this instant or later.'),
    to: optional(DateTime, 'Before this instant.'),
  },
);
export type DateTimeRange = InstanceType<typeof DateTimeRange>;
