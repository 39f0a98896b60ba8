import { all, key, owned, scoped, sql, text, texts, type Fragment } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineChildList } from '../../platform/list/connection';
import { countsBelow, type Grouping } from '../../platform/list/counts';
import { defineList, SortDirection, type ParentLink } from '../../platform/list/definition';
import { beginsAt } from '../../platform/list/filter';
import { byId, byTime } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { activityFilters, byLastReading } from '../activity/activity-sort';
import { normalizeIdentifier } from './device-rules';
import { DevicePlacement, DeviceStatus } from './device-status';
import { deviceTable } from './device.entity';

/** Devices with an identifier of which something is true. */
const identified = (condition: Fragment): Fragment =>
  sql`(d.customer_id, d.id) in (select i.customer_id, i.device_id from device_identifier i where ${owned('i')} and ${condition})`;

export const DEVICES = defineList({
  type: 'Device',
  name: 'devices',
  table: deviceTable,
  alias: 'd',
  filters: {
    statuses: anyOf(DeviceStatus, 'd.current_status', 'Devices in any of these statuses.'),
    placements: anyOf(DevicePlacement, 'd.placement', 'Devices that are at any of these places.'),
    siteIds: idsOf('Site', key('d.site_id'), 'Devices whose `site` is any of these, also while a patient holds them.'),
    patientIds: idsOf('Patient', 'd.patient_id', 'Devices that any of these patients has now.'),
    itemIds: idsOf('Item', 'd.item_id', 'Devices of any of these items.'),
    identifiers: filterMember(
      [String],
      (identifiers) => identified(sql`i.normalized = any(${texts(identifiers.map(normalizeIdentifier))})`),
      'Devices with any of these identifiers, of whatever type, without regard to case, spaces, colons and hyphens.',
    ),
    associated: present(
      'd.patient_id',
      'With true, devices that a patient has now; with false, those that nobody has.',
    ),
    createdAt: during('d.created_at', 'Devices that were registered in this range.'),
    updatedAt: during('d.updated_at', 'Devices whose status, holder or site changed last in this range.'),
    ...activityFilters('device', 'd', 'Devices'),
    customerIds: idsOf('Customer', 'd.customer_id', 'Devices of any of these customers; for operators.'),
  },
  sorts: {
    CREATED_AT: byId('By when they were registered.'),
    UPDATED_AT: byTime('d.updated_at', 'updatedAt', 'By when status, holder or site changed last.'),
    LATEST_READING_AT: byLastReading(
      'device',
      'd',
      'By when the newest reading was taken. Devices without a reading come first when ascending.',
    ),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: (given) => {
      const normalized = normalizeIdentifier(given);
      return normalized === '' ? all() : identified(beginsAt('i.normalized', text(normalized)));
    },
    description:
      'Devices with an identifier, of whatever type, that starts with this, without regard to case, spaces, colons and hyphens.',
  },
});

export const deviceById = nodeLoader(DEVICES);

/** At a warehouse a customer sees its own devices, an operator those of all customers. */
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
