import { z } from 'zod';
import { withRefusals } from '../../platform/db/pg-error';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Tx } from '../../platform/db/session';
import { findItems } from '../item/item.repository';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { checkInput } from '../../platform/operation/input-rules';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { assertActive, lockSiteForDevice } from '../site/site.service';
import { recordRegistration } from './device-change';
import { deviceIdentifierTable } from './device-identifier.entity';
import { normalizeIdentifier } from './device-rules';
import type { DeviceStatusChangeEntity } from './device-status-change.entity';
import { DeviceStatus, StatusChangeReason, type DeviceIdentifierType } from './device-status';
import { deviceTable, type DeviceEntity } from './device.entity';

export interface RegisterDevice {
  customerId: string;
  itemId: string;
  siteId: string;
  identifiers: { type: DeviceIdentifierType; value: string }[];
}

export interface RegisteredDevice {
  device: DeviceEntity;
  statusChange: DeviceStatusChangeEntity;
}

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9 :._/-]{0,63}$/;

const RULES = z.object({
  identifiers: z
    .array(
      z.object({
        value: z
          .string()
          .trim()
          .regex(IDENTIFIER, 'must have 1 to 64 letters, digits, spaces and :._/-, beginning with a letter or digit'),
      }),
    )
    .min(1, 'must have at least one identifier'),
});

/** Makes devices known to the platform; for operators. */
export class RegisterDeviceService {
  /**
   * Registers a device at a warehouse (AVAILABLE) or at a site of its customer (AVAILABLE_AT_SITE).
   *
   * @throws DomainError INVALID_INPUT, CUSTOMER_NOT_FOUND, ITEM_NOT_FOUND, SITE_NOT_FOUND, SITE_INACTIVE, DUPLICATE_IDENTIFIER
   */
  async register(ctx: RequestContext, request: RegisterDevice): Promise<RegisteredDevice> {
    ctx.authorize('device:register');
    checkInput(RULES, { identifiers: request.identifiers });
    const identifiers = request.identifiers.map(({ type, value }) => ({
      type,
      value: value.trim(),
      normalized: normalizeIdentifier(value),
    }));
    assertDistinct(identifiers);
    return ctx.transact(async (tx) => {
      const customerId = await targetCustomer(ctx, tx, request.customerId);
      const itemId = await getItemId(tx, request.itemId);
      const site = await lockSiteForDevice(tx, customerId, request.siteId);
      const atWarehouse = site.customerId === IMPILO_CUSTOMER_ID;
      assertActive(site);
      const currentStatus = atWarehouse ? DeviceStatus.AVAILABLE : DeviceStatus.AVAILABLE_AT_SITE;
      const [device] = await deviceTable.insert(tx, [
        { customerId, itemId, currentStatus, siteCustomerId: site.customerId, siteId: site.id },
      ]);
      const rows = identifiers.map((identifier) => ({ ...identifier, customerId, deviceId: device!.id }));
      await withRefusals({ device_identifier_unique: () => duplicate() }, deviceIdentifierTable.insert(tx, rows));
      const cause = { reason: StatusChangeReason.REGISTERED, note: null, actor: ctx.caller.actor };
      return { device: device!, statusChange: await recordRegistration(tx, device!, cause) };
    });
  }
}

async function getItemId(tx: Tx, itemId: string): Promise<string> {
  const id = parseId('Item', itemId, 'input.itemId');
  const [item] = id === null ? [] : await findItems(tx, [id]);
  if (!item)
    throw new DomainError(UserErrorCode.ITEM_NOT_FOUND, 'There is no such item: check itemId.', ['input', 'itemId']);
  return item.id;
}

/** @throws DomainError INVALID_INPUT for a type that comes twice, DUPLICATE_IDENTIFIER for a value that does */
function assertDistinct(identifiers: { type: DeviceIdentifierType; normalized: string }[]): void {
  identifiers.forEach((identifier, index) => {
    const path = ['input', 'identifiers', String(index)];
    const earlier = identifiers.slice(0, index);
    if (earlier.some(({ type }) => type === identifier.type)) {
      throw new DomainError(UserErrorCode.INVALID_INPUT, `A device has one ${identifier.type} at the most.`, [
        ...path,
        'type',
      ]);
    }
    if (earlier.some(({ normalized }) => normalized === identifier.normalized)) throw duplicate([...path, 'value']);
  });
}

function duplicate(path = ['input', 'identifiers']): DomainError {
  return new DomainError(
    UserErrorCode.DUPLICATE_IDENTIFIER,
    'A device has one of these identifiers already: each is unique over the platform and all types.',
    path,
  );
}
