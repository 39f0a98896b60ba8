import { Initial1795305600000 } from '../../../migrations/1795305600000-initial';
import { Readings1795392000000 } from '../../../migrations/1795392000000-readings';
import { Orders1795478400000 } from '../../../migrations/1795478400000-orders';
import { Webhooks1795564800000 } from '../../../migrations/1795564800000-webhooks';
import { OverlapIndex1795651200000 } from '../../../migrations/1795651200000-overlap-index';
import { TestsDue1795651260000 } from '../../../migrations/1795651260000-tests-due';
import { ReadingEventsByColumn1795651320000 } from '../../../migrations/1795651320000-reading-events-by-column';
import { MoreKindsOfReadings1795651380000 } from '../../../migrations/1795651380000-more-kinds-of-readings';

/** Every migration in its order. One that has landed is never edited. */
export const MIGRATIONS = [
  Initial1795305600000,
  Readings1795392000000,
  Orders1795478400000,
  Webhooks1795564800000,
  OverlapIndex1795651200000,
  TestsDue1795651260000,
  ReadingEventsByColumn1795651320000,
  MoreKindsOfReadings1795651380000,
];
