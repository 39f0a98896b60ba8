import { z } from 'zod';
import { DomainError } from '../../platform/base/errors';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { getNamed } from '../../platform/list/named-row';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import { ITEMS } from '../item/item.list';
import { lockSiteForDevice } from '../site/site-reference';
import { assertActive } from '../site/site-rules';
import { recordRegistrations } from './device-change';
import type { DeviceIdentifierInput, RegisterDeviceInput } from './device-operation.input';
import { duplicateIdentifier, normalizeIdentifier } from './device-rules';
import { DeviceIdentifierType, DeviceStatus, DeviceStatusChangeReason } from './device-status';
import { deviceTable } from './device.entity';
import { insertIdentifiers } from './device.repository';

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9 :._/-]{0,63}$/;

const identifierRule = z.object({
  type: z.enum(DeviceIdentifierType),
  value: z
    .string()
    .trim()
    .regex(IDENTIFIER, 'must have 1 to 64 letters, digits, spaces and :._/-, and start with a letter or digit'),
});

/**
 * Registers a device in a warehouse (AVAILABLE) or at a site of its customer (AVAILABLE_AT_SITE). For operators.
 */
export const registerDevice = useCase(
  {
    name: 'registerDevice',
    action: 'device:register',
    codes: ['CUSTOMER_NOT_FOUND', 'ITEM_NOT_FOUND', 'SITE_NOT_FOUND', 'SITE_INACTIVE', 'IDENTIFIER_TAKEN'],
    input: { identifiers: z.array(identifierRule).min(1, 'must have at least one identifier') },
  },
  async (ctx, tx, input: RegisterDeviceInput) => {
    const identifiers = input.identifiers.map((one) => ({ ...one, normalized: normalizeIdentifier(one.value) }));
    assertDistinct(identifiers);
    const customerId = await targetCustomer(ctx, tx, input.customerId);
    const { id: itemId } = await getNamed(tx, ITEMS, 'item', input.itemId);
    const site = await lockSiteForDevice(tx, customerId, input.siteId);
    assertActive(site);
    const device = await deviceTable.insertOne(tx, {
      customerId,
      itemId,
      currentStatus: site.customerId === IMPILO_CUSTOMER_ID ? DeviceStatus.AVAILABLE : DeviceStatus.AVAILABLE_AT_SITE,
      siteCustomerId: site.customerId,
      siteId: site.id,
    });
    await insertIdentifiers(tx, device, identifiers);
    const cause = { reason: DeviceStatusChangeReason.REGISTERED, ...causeOf(ctx, {}) };
    const [statusChange] = await recordRegistrations(tx, [device], cause);
    return { device, statusChange: statusChange! };
  },
);

/** @throws DomainError INVALID_INPUT for a duplicate type, IDENTIFIER_TAKEN for a duplicate value */
function assertDistinct(identifiers: readonly (DeviceIdentifierInput & { normalized: string })[]): void {
  identifiers.forEach(({ type, normalized }, index) => {
    const path = ['input', 'identifiers', String(index)];
    const earlier = identifiers.slice(0, index);
    if (earlier.some((one) => one.type === type)) {
      throw new DomainError(
        'INVALID_INPUT',
        `A device has at most one identifier of type ${type}. Remove one of them.`,
        [...path, 'type'],
      );
    }
    if (earlier.some((one) => one.normalized === normalized)) throw duplicateIdentifier([...path, 'value']);
  });
}
