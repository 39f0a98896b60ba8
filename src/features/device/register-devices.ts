import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { findNamedOf } from '../../platform/operation/entry-rows';
import { causeOf } from '../../platform/operation/use-case';
import { targetCustomersOf } from '../customer/customer-entries';
import { ITEMS } from '../item/item.list';
import { lockSitesOf } from '../site/site-entries';
import { assertActive } from '../site/site-rules';
import { recordRegistrations } from './device-change';
import { assertFree, newIdentifiers } from './device-identifiers';
import type { RegisterDeviceInput } from './device-operation.input';
import { DeviceStatusChangeReason } from './device-status';
import { deviceTable } from './device.entity';
import { findTakenIdentifiers, insertIdentifiersOrRetry } from './device.repository';
import { toFound } from './identified-devices';
import { AT_ONE_TIME, newDevice, REGISTRATION, type RegisteredDevice } from './register-device';

/** `registerDevice` for many devices. Of two entries with the same identifier, the first one gets it. */
export const registerDevices = bulkUseCase<RegisterDeviceInput, RegisteredDevice, 'devices'>(
  { name: 'registerDevices', list: 'devices', entry: REGISTRATION },
  async (ctx, tx, entries) => {
    const identified = entries.each(entries.checked, ({ input }) => ({
      identifiers: newIdentifiers(input.identifiers),
    }));
    const owned = await targetCustomersOf(ctx, tx, entries, identified);
    const ofItems = await findNamedOf(tx, entries, owned, {
      list: ITEMS,
      kind: 'item',
      valueOf: ({ input }) => input.itemId,
    });
    const placed = await lockSitesOf(tx, entries, ofItems, ({ customer }) => customer.id);
    const taken = await findTakenIdentifiers(
      tx,
      placed.flatMap(({ identifiers }) => identifiers),
    );
    const accepted = entries.each(placed, ({ index, customer, item, site, identifiers }) => {
      assertActive(site!);
      assertFree(identifiers, taken);
      taken.add(`entry ${index}`, identifiers.map(toFound));
      return { row: newDevice(customer.id, item.id, site!) };
    });
    const devices = await deviceTable.insert(
      tx,
      accepted.map(({ row }) => row),
      AT_ONE_TIME,
    );
    await insertIdentifiersOrRetry(
      tx,
      accepted.map(({ identifiers }, position) => ({ device: devices[position]!, identifiers })),
    );
    const cause = { reason: DeviceStatusChangeReason.REGISTERED, ...causeOf(ctx, {}) };
    const statusChanges = await recordRegistrations(tx, devices, cause);
    accepted.forEach((entry, position) =>
      entries.succeed(entry, { device: devices[position]!, statusChange: statusChanges[position]! }),
    );
  },
);
