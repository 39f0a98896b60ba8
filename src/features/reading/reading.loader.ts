import type { ReadingOwner } from '../activity/activity.entity';
import type { Position } from '../../platform/list/keyset';
import type { ParentKey } from '../../platform/list/list';
import { defineLoader, inOrderOf } from '../../platform/list/loader';
import { parentCacheKey, type ChildList } from '../../platform/list/paged-list';
import type { ReadingRow } from './reading.row';
import { findLatestReadings, findReadings, listReadings, type ReadingQuery } from './reading.repository';
import { findTrends, type TrendPatient, type TrendPoint, type TrendQuery } from './trend.repository';
import type { Page } from '../../platform/list/page';

export const readingById = defineLoader<string, ReadingRow | null>('reading_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findReadings(ctx.session, ids), (reading) => reading.id),
);

function readingsOf(owner: ReadingOwner): ChildList<ReadingRow, ReadingQuery> {
  const name = `readings_by_${owner}`;
  type Arguments = { query: ReadingQuery; page: Page<Position> };
  return {
    name,
    pages: defineLoader(name, parentCacheKey, (ctx, parents: readonly ParentKey[], { query, page }: Arguments) =>
      listReadings(ctx.session, owner, parents, query, page),
    ),
  };
}

export const readingsOfDevice = readingsOf('device');
export const readingsOfPatient = readingsOf('patient');

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
