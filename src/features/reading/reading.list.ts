import type { ReadingOwner } from '../activity/activity.entity';
import { oneOf } from '../../platform/db/sql';
import { during, filterMember, flag, idsOf } from '../../platform/graphql/filter-members';
import type { ChildList } from '../../platform/list/connection';
import { defineOrder, narrowed, SortDirection, type ListOrder } from '../../platform/list/definition';
import { defineLoader, parentCacheKey } from '../../platform/list/loader';
import { Comparator } from '../kind/blood-glucose';
import { definitionOf, ReadingKind } from '../kind/reading-kind';
import { byEffectiveTime, clockAheadFilter } from './effective-time';
import { likelyReadings, listReadings, READING_TYPES, readingsBelow, readingTable } from './reading.repository';
import type { ReadingRow } from './reading.row';

const READINGS = defineOrder({
  type: 'Reading',
  name: 'readings',
  filters: {
    kinds: filterMember(
      [ReadingKind],
      (kinds) =>
        oneOf(
          'r.kind',
          kinds.map((kind) => definitionOf(kind).number),
          'smallint',
        ),
      'Readings of any of these kinds.',
    ),
    takenAt: during('r.taken_at', 'Readings taken in this range.'),
    manual: flag('r.manual', 'If true, readings entered by hand. If false, readings sent by a device.'),
    comparators: filterMember(
      [Comparator],
      (comparators) => oneOf('r.comparator', comparators, 'text'),
      'Readings with any of these comparators: the meter showed its limit, e.g. "HI", instead of a number.',
    ),
    clockAhead: clockAheadFilter,
    deviceIds: idsOf('Device', 'r.device_id', 'Readings of any of these devices.'),
  },
  sorts: { TAKEN_AT: byEffectiveTime },
  defaultSort: { field: 'TAKEN_AT', direction: SortDirection.DESC },
});

/**
 * The readings of all devices and patients. It has only filters that an index serves: others would read every reading of a kind to
 * find a few.
 */
export const ALL_READINGS: ListOrder<ReadingRow> = {
  ...READINGS,
  filters: {
    kinds: READINGS.filters.kinds,
    takenAt: READINGS.filters.takenAt,
    deviceIds: READINGS.filters.deviceIds,
    patientIds: idsOf('Patient', 'r.patient_id', 'Readings of any of these patients.'),
    customerIds: idsOf('Customer', 'r.customer_id', 'Readings of any of these customers. For operators.'),
  },
};

function readingsOf(owner: ReadingOwner, list: ListOrder<ReadingRow>): ChildList<ReadingRow> {
  const name = `readings_by_${owner}`;
  return {
    name,
    list,
    pages: defineLoader(name, parentCacheKey, (ctx, parents, { query, page }) =>
      listReadings(ctx.session, list, owner, parents, query, page),
    ),
    below: {
      columns: readingTable,
      types: READING_TYPES,
      rows: (query, page, used) => readingsBelow(list, `${owner}_id`, query, page, used),
      likely: likelyReadings(list, `${owner}_id`),
    },
  };
}

export const readingsOfDevice = readingsOf(
  'device',
  narrowed(READINGS, { input: 'DeviceReading', without: ['deviceIds'] }),
);
export const readingsOfPatient = readingsOf('patient', narrowed(READINGS, { input: 'PatientReading' }));

/** Readings of a trend. Their kind and period are arguments of the field, not filters. */
export const READINGS_OF_TREND = narrowed(READINGS, { input: 'ReadingTrend', without: ['kinds', 'takenAt'] });
