import { CalendarDate } from './scalars.type';
import { inputType, optional } from './types';

export const DateRange = inputType(
  'DateRange',
  'A range of calendar dates. Both ends are included, and either may be omitted. A range that ends before it starts matches nothing.',
  {
    from: optional(CalendarDate, 'First date of the range. The range has no start when omitted.'),
    through: optional(CalendarDate, 'Last date of the range. The range has no end when omitted.'),
  },
);
