import { all, join, key, owned, raw, scoped, sql, text, type Fragment } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { countsBelow, type Grouping } from '../../platform/list/counts';
import { defineList, SortDirection, type ParentLink } from '../../platform/list/definition';
import { AnyWay } from '../../platform/list/any-way';
import { beginsAt } from '../../platform/list/filter';
import { byId, byTime, indexedForOperators } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { activityFilters, byLastReading } from '../activity/activity-sort';
import { identifierKeys, identifierPrefixes } from './device-identifier-forms';
import { DevicePlacement, DeviceStatus } from './device-status';
import { deviceTable } from './device.entity';
import { namedBy } from './identified-devices';

/** Devices with an identifier that meets a condition. */
const identified = (condition: Fragment): Fragment =>
  sql`(d.customer_id, d.id) in (select i.customer_id, i.device_id from device_identifier i where ${owned('i')} and ${condition})`;

/** The same for any of some conditions. */
function identifiedInAnyWay(conditions: readonly Fragment[]): Fragment {
  const any = sql`(${join(conditions, ' or ')})`;
  const ways = conditions.map((condition) => ({
    ids: sql`select i.device_id from device_identifier i where ${owned('i')} and ${condition} order by i.normalized`,
  }));
  // The offset and `is true` prevent that PostgreSQL finds all identifiers for each device.
  const ofDevice = sql`exists (select from device_identifier i
    where i.customer_id = d.customer_id and i.device_id = d.id and ${any} is true offset 0)`;
  return new AnyWay(identified(any), ways, ofDevice);
}

export const DEVICES = defineList({
  type: 'Device',
  name: 'devices',
  table: deviceTable,
  alias: 'd',
  filters: {
    statuses: anyOf(DeviceStatus, 'd.current_status', 'Devices in any of these statuses.'),
    placements: anyOf(DevicePlacement, 'd.placement', 'Devices at any of these placements.'),
    siteIds: idsOf(
      'Site',
      key('d.site_id'),
      'Devices whose `site` is any of these, including those that a patient holds.',
    ),
    patientIds: idsOf('Patient', 'd.patient_id', 'Devices that any of these patients holds.'),
    itemIds: idsOf('Item', 'd.item_id', 'Devices of any of these items.'),
    identifiers: filterMember(
      [String],
      (identifiers) => identified(namedBy(identifiers.flatMap((identifier) => identifierKeys(identifier)))),
      'Devices with any of these identifiers, of any type, in any usual writing.',
    ),
    associated: present(
      'd.patient_id',
      'If true, devices that a patient holds. If false, devices that no patient holds.',
    ),
    createdAt: during('d.created_at', 'Devices registered in this range.'),
    updatedAt: during(
      'd.updated_at',
      'Devices whose latest change of status, holder, site or identifiers was in this range.',
    ),
    ...activityFilters('device', 'd', 'Devices'),
    customerIds: idsOf('Customer', 'd.customer_id', 'Devices of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By registration time.'),
    UPDATED_AT: indexedForOperators(
      byTime('d.updated_at', 'updatedAt', 'By time of the latest change of status, holder, site or identifiers.'),
    ),
    LATEST_READING_AT: byLastReading(
      'device',
      'd',
      'By time of the newest reading. Devices without a reading come first in ascending order.',
    ),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: (given) => {
      const prefixes = identifierPrefixes(given);
      const forms = identifierKeys(given).filter(({ type }) => type !== null);
      const conditions = [
        ...prefixes.map((prefix) => beginsAt(raw('i.normalized'), text(prefix))),
        ...(forms.length > 0 ? [namedBy(forms)] : []),
      ];
      return conditions.length === 0 ? all() : identifiedInAnyWay(conditions);
    },
    description: 'Devices with an identifier, of any type, that starts with this text, in any usual writing.',
  },
});

export const deviceById = nodeLoader(DEVICES);

/** At a warehouse, a customer sees its own devices, and an operator sees those of all customers. */
export const AT_SITE: ParentLink = {
  name: 'by_site',
  condition: scoped(({ kind }) =>
    kind === 'customer' ? sql`d.customer_id = k.customer_id and d.site_id = k.id` : sql`(d.site_id + 0) = k.id`,
  ),
  id: key('d.id'),
};

export const devicesOfSite = defineChildList(DEVICES, AT_SITE, { input: 'SiteDevice', without: ['siteIds'] });

export const devicesOfPatient = defineChildList(DEVICES, 'patient', {
  input: 'PatientDevice',
  without: ['siteIds', 'patientIds', 'associated', 'customerIds'],
});

export interface DeviceCountRow {
  itemId: string;
  status: DeviceStatus;
  count: number;
}

export const DEVICE_COUNTS: Grouping = {
  name: 'device_counts',
  by: { itemId: 'd.item_id', status: 'd.current_status' },
};

export const deviceCountsOfSite = countsBelow(devicesOfSite, DEVICE_COUNTS);
