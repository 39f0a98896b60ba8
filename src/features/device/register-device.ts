import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { sql } from '../../platform/db/sql';
import { getNamed } from '../../platform/list/named-row';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import { ITEMS } from '../item/item.list';
import { lockSiteForDevice } from '../site/site-reference';
import { assertActive } from '../site/site-rules';
import type { SiteEntity } from '../site/site.entity';
import { recordRegistrations } from './device-change';
import { assertFree, identifiersRule, newIdentifiers } from './device-identifiers';
import type { RegisterDeviceInput } from './device-operation.input';
import { atSite } from './device-rules';
import { DeviceStatus, DeviceStatusChangeReason } from './device-status';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { deviceTable, type DeviceEntity } from './device.entity';
import { findTakenIdentifiers, insertIdentifiers } from './device.repository';

/** Options of `registerDevice` and `registerDevices`. */
export const REGISTRATION = {
  action: 'device:register',
  codes: ['CUSTOMER_NOT_FOUND', 'ITEM_NOT_FOUND', 'SITE_NOT_FOUND', 'SITE_INACTIVE', 'IDENTIFIER_TAKEN'],
  input: { identifiers: identifiersRule.min(1, 'must have at least one identifier') },
} as const;

export interface RegisteredDevice {
  device: DeviceEntity;
  statusChange: DeviceStatusChangeEntity;
}

/**
 * Registers a device in a warehouse (AVAILABLE) or at a site of its customer (AVAILABLE_AT_SITE). For operators.
 */
export const registerDevice = useCase(
  { ...REGISTRATION, name: 'registerDevice' },
  async (ctx, tx, input: RegisterDeviceInput): Promise<RegisteredDevice> => {
    const identifiers = newIdentifiers(input.identifiers);
    const customerId = await targetCustomer(ctx, tx, input.customerId);
    const { id: itemId } = await getNamed(tx, ITEMS, 'item', input.itemId);
    const site = await lockSiteForDevice(tx, customerId, input.siteId);
    assertActive(site);
    assertFree(identifiers, await findTakenIdentifiers(tx, identifiers));
    const device = await deviceTable.insertOne(tx, newDevice(customerId, itemId, site), AT_ONE_TIME);
    await insertIdentifiers(tx, device, identifiers);
    const cause = { reason: DeviceStatusChangeReason.REGISTERED, ...causeOf(ctx, {}) };
    const [statusChange] = await recordRegistrations(tx, [device], cause);
    return { device, statusChange: statusChange! };
  },
);

const NOW = sql`statement_timestamp()`;

/** Gives all timestamps of a new device the same value. Their defaults are read one after the other. */
export const AT_ONE_TIME = { computed: { createdAt: NOW, updatedAt: NOW, statusChangedAt: NOW } };

/** Row of a new device at a site or in a warehouse. */
export function newDevice(customerId: string, itemId: string, site: SiteEntity): Partial<DeviceEntity> {
  const isWarehouse = site.customerId === IMPILO_CUSTOMER_ID;
  const currentStatus = isWarehouse ? DeviceStatus.AVAILABLE : DeviceStatus.AVAILABLE_AT_SITE;
  return { customerId, itemId, currentStatus, ...atSite(site) };
}
