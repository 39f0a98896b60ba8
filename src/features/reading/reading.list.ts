import type { ReadingOwner } from '../activity/activity.entity';
import { oneOf } from '../../platform/db/sql';
import type { ChildList } from '../../platform/list/connection';
import { defineOrder, ids, SortDirection } from '../../platform/list/definition';
import { before, equals, from } from '../../platform/list/filter';
import { byTime } from '../../platform/list/keyset';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { definitionOf } from '../kind/reading-kind';
import type { ReadingFilter } from './reading.input';
import { listReadings } from './reading.repository';
import type { ReadingRow } from './reading.row';

/** The bound by itself lets PostgreSQL leave out partitions, which the one by pairs does not. */
export const READINGS = defineOrder<ReadingRow, ReadingFilter, 'TAKEN_AT'>({
  filters: {
    kind: (kinds) =>
      oneOf(
        'r.kind',
        kinds.map((kind) => definitionOf(kind).number),
        'smallint',
      ),
    takenFrom: from('r.taken_at'),
    takenTo: before('r.taken_at'),
    manual: equals('r.manual', 'boolean'),
    deviceId: ids('Device', (devices) => oneOf('r.device_id', devices, 'bigint')),
  },
  sorts: { TAKEN_AT: { ...byTime('r.taken_at', ({ takenAt }) => takenAt), boundsExpression: true } },
  defaultSort: { field: 'TAKEN_AT', direction: SortDirection.DESC },
});

function readingsOf(owner: ReadingOwner): ChildList<ReadingRow, ReadingFilter, 'TAKEN_AT'> {
  const name = `readings_by_${owner}`;
  return {
    name,
    list: READINGS,
    pages: defineLoader(name, parentCacheKey, (ctx, parents, { query, page }) =>
      listReadings(ctx.session, READINGS, owner, parents, query, page),
    ),
  };
}

export const readingsOfDevice = readingsOf('device');
export const readingsOfPatient = readingsOf('patient');
