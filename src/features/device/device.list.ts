import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { key, oneOf, scoped, sql, text } from '../../platform/db/sql';
import { defineChildList } from '../../platform/list/connection';
import { defineList, ids, SortDirection, type ParentLink } from '../../platform/list/definition';
import { from } from '../../platform/list/filter';
import { BY_ID, byTime } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { byLastReading, lastReadingBefore } from '../activity/activity-sort';
import { normalizeIdentifier } from './device-rules';
import { deviceTable, type DeviceEntity } from './device.entity';
import type { DeviceFilter } from './device.input';

export const DeviceSortField = defineEnum(
  'DeviceSortField',
  'By what devices are sorted; those that are equal in it are in the order of their ids.',
  {
    ID: 'By id: the order in which they were registered.',
    UPDATED_AT: 'By when status, holder or site changed last.',
    LATEST_READING_AT: 'By when the newest reading was taken. Devices without a reading come first when ascending.',
  },
);
export type DeviceSortField = EnumOf<typeof DeviceSortField>;

export const DEVICES = defineList<DeviceEntity, DeviceFilter, DeviceSortField>({
  type: 'Device',
  name: 'devices',
  table: deviceTable,
  alias: 'd',
  filters: {
    status: (statuses) => oneOf('d.current_status', statuses, 'text'),
    siteId: ids('Site', (sites) => oneOf(key('d.site_id'), sites, 'bigint')),
    patientId: ids('Patient', (patients) => oneOf('d.patient_id', patients, 'bigint')),
    itemId: ids('Item', (items) => oneOf('d.item_id', items, 'bigint')),
    identifier: (identifier) =>
      sql`(d.customer_id, d.id) in (select i.customer_id, i.device_id from device_identifier i
            where i.normalized = ${text(normalizeIdentifier(identifier))})`,
    associated: (isAssociated) => (isAssociated ? sql`d.patient_id is not null` : sql`d.patient_id is null`),
    updatedSince: from('d.updated_at'),
    lastReadingBefore: lastReadingBefore('device', 'd'),
    customerId: ids('Customer', (customers) => oneOf('d.customer_id', customers, 'bigint')),
  },
  sorts: {
    ID: BY_ID,
    UPDATED_AT: byTime('d.updated_at', ({ updatedAt }) => updatedAt),
    LATEST_READING_AT: byLastReading('device', 'd'),
  },
  defaultSort: { field: DeviceSortField.ID, direction: SortDirection.ASC },
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

export const devicesOfSite = defineChildList(DEVICES, AT_SITE);

export const devicesOfPatient = defineChildList(DEVICES, 'patient');
