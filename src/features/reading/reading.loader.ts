import type { ReadingOwner } from '../activity/activity.entity';
import type { ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf, parentCacheKey } from '../../platform/list/loader';
import type { ReadingRow } from './reading.row';
import { findLatestReadings, findReadings } from './reading.repository';
import { findTrends, type TrendPatient, type TrendPoint, type TrendQuery } from './trend.repository';

export const readingById = defineLoader<string, ReadingRow | null>('reading_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findReadings(ctx.session, ids), (reading) => reading.id),
);

const latestReadingsOf = (owner: ReadingOwner) =>
  defineLoader<ParentKey, ReadingRow[]>(`latest_readings_by_${owner}`, parentCacheKey, (ctx, parents) =>
    findLatestReadings(ctx.session, owner, parents),
  );

/** The newest reading of each kind. */
export const latestReadingsByDevice = latestReadingsOf('device');
export const latestReadingsByPatient = latestReadingsOf('patient');

export const trendByPatient = defineLoader<TrendPatient, TrendPoint[], TrendQuery>(
  'reading_trend',
  parentCacheKey,
  (ctx, patients, query) => findTrends(ctx.session, patients, query),
);
