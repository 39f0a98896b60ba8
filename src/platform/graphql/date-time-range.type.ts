import { DateTime } from './scalars.type';
import { inputType, optional } from './types';

export const DateTimeRange = inputType(
  'DateTimeRange',
  'A half-open time range: `from` is included, `to` is not. Either end may be omitted. A range that ends before it starts matches nothing.',
  {
    from: optional(DateTime, 'Start of the range, inclusive. The range has no start when omitted.'),
    to: optional(DateTime, 'End of the range, exclusive. The range has no end when omitted.'),
  },
);
export type DateTimeRange = InstanceType<typeof DateTimeRange>;
