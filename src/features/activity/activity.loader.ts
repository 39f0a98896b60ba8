import type { ParentKey } from '../../platform/list/list';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import type { ReadingOwner } from './activity.entity';
import { findLastReadingTimes } from './activity.repository';

const lastReadingAtOf = (owner: ReadingOwner) =>
  defineLoader<ParentKey, Date | null>(`last_reading_by_${owner}`, parentCacheKey, (ctx, parents) =>
    findLastReadingTimes(ctx.session, owner, parents),
  );

export const lastReadingAtByDevice = lastReadingAtOf('device');
export const lastReadingAtByPatient = lastReadingAtOf('patient');
