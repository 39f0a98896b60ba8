import { bulkUseCase } from '../../platform/operation/bulk-use-case';
import { findNamedOf } from '../../platform/operation/entry-rows';
import { causeOf } from '../../platform/operation/use-case';
import { targetCustomersOf } from '../customer/customer-entries';
import { ITEMS } from '../item/item.list';
import { lockSitesOf } from '../site/site-entries';
import { assertActive } from '../site/site-rules';
import { recordRegistrations } from './device-change';
import type { RegisterDeviceInput } from './device-operation.input';
import { duplicateIdentifier } from './device-rules';
import { DeviceStatusChangeReason } from './device-status';
import { deviceTable } from './device.entity';
import { findTakenIdentifiers, insertIdentifiersOrRetry } from './device.repository';
import { AT_ONE_TIME, identifiersOf, newDevice, REGISTRATION, type RegisteredDevice } from './register-device';

/** `registerDevice` for many devices. Of two entries with the same identifier, the first one gets it. */
export const registerDevices = bulkUseCase<RegisterDeviceInput, RegisteredDevice, 'devices'>(
  { name: 'registerDevices', list: 'devices', entry: REGISTRATION },
  async (ctx, tx, entries) => {
    const identified = entries.each(entries.checked, ({ input }) => ({ identifiers: identifiersOf(input) }));
    const owned = await targetCustomersOf(ctx, tx, entries, identified);
    const ofItems = await findNamedOf(tx, entries, owned, {
      list: ITEMS,
      kind: 'item',
      valueOf: ({ input }) => input.itemId,
    });
    const placed = await lockSitesOf(tx, entries, ofItems, ({ customer }) => customer.id);
    const taken = await findTakenIdentifiers(
      tx,
      placed.flatMap(({ identifiers }) => identifiers.map(({ normalized }) => normalized)),
    );
    const accepted = entries.each(placed, ({ customer, item, site, identifiers }) => {
      assertActive(site!);
      if (identifiers.some(({ normalized }) => taken.has(normalized))) throw duplicateIdentifier();
      for (const { normalized } of identifiers) taken.add(normalized);
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
