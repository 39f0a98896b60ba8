import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import { findItems } from '../item/item.repository';
import { lockPatient, namesPatient, type PatientReference } from '../patient/patient-reference';
import { assertNotArchived } from '../patient/patient.service';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import type { AddressValue } from '../../platform/base/address';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { checkInput, noteRule, optionalLine } from '../../platform/operation/input-rules';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { assertTakesDevices, lockSiteForDevice } from '../site/site.service';
import { OrderKind, OrderStatus } from './order-status';
import { recordSteps } from './order-step';
import { insertOrder, type OrderLine } from './order-writing.repository';
import type { OrderEntity } from './order.entity';
import { defineLimit } from '../../platform/base/limit';

export interface CreateOrder extends PatientReference {
  customerId?: string | null;
  siteId?: string | null;
  items: { itemId: string; count: number }[];
  externalOrderId?: string | null;
  note?: string | null;
}

/** To whom an order goes, and where that is when it is created. */
export interface Recipient {
  patientId: string | null;
  siteId: string | null;
  shipTo: AddressValue | null;
}

/** Units of one item in an order at the most, and different items. */
const MAX_COUNT = defineLimit('devices of an item', {
  value: 10_000,
  unit: 'devices',
  description: 'Its count in an order; more is INVALID_INPUT.',
});
const MAX_ITEMS = defineLimit('items of an order', {
  value: 100,
  unit: 'items',
  description: 'More is INVALID_INPUT.',
});

const RULES = z.object({
  items: z
    .array(
      z.object({
        count: z.number().min(1, `must be from 1 to ${MAX_COUNT}`).max(MAX_COUNT, `must be from 1 to ${MAX_COUNT}`),
      }),
    )
    .min(1, 'must have at least one item')
    .max(MAX_ITEMS, `must have at most ${MAX_ITEMS} items`),
  externalOrderId: optionalLine(200),
  note: noteRule,
});

/** Orders devices for a patient or a site. */
export class CreateOrderService {
  /**
   * Creates an order; nothing leaves the stock until it is processed.
   *
   * @throws DomainError INVALID_INPUT, CUSTOMER_NOT_FOUND, REFERENCE_MISSING, PATIENT_NOT_FOUND, PATIENT_ARCHIVED, SITE_NOT_FOUND,
   *   SITE_OPERATED_BY_IMPILO, SITE_INACTIVE, ITEM_NOT_FOUND
   */
  async create(ctx: RequestContext, request: CreateOrder): Promise<OrderEntity> {
    ctx.authorize('order:create');
    assertOneRecipient(request);
    const { externalOrderId, note } = checkInput(RULES, {
      items: request.items,
      externalOrderId: request.externalOrderId,
      note: request.note,
    });
    return ctx.transact(async (tx) => {
      const customerId = await customerOf(ctx, tx, request);
      const recipient = await findRecipient(tx, customerId, request);
      const lines = await findLines(tx, request.items);
      const order = await insertOrder(
        tx,
        {
          customerId: recipient.customerId,
          kind: OrderKind.STANDARD,
          currentStatus: OrderStatus.CREATED,
          patientId: recipient.patientId,
          siteId: recipient.siteId,
          shipTo: recipient.shipTo,
          externalOrderId: externalOrderId ?? null,
          note: note ?? null,
        },
        lines,
      );
      await recordSteps(tx, order, [OrderStatus.CREATED], { note: note ?? null, actor: ctx.caller.actor });
      return order;
    });
  }
}

function assertOneRecipient(request: CreateOrder): void {
  const forPatient = namesPatient(request);
  if (forPatient && request.siteId != null) {
    throw new DomainError(
      UserErrorCode.INVALID_INPUT,
      'An order goes to a patient or to a site: leave one of the two out.',
      ['input', 'siteId'],
    );
  }
  if (!forPatient && request.siteId == null) {
    throw new DomainError(
      UserErrorCode.REFERENCE_MISSING,
      'Give patientId or patientExternalIdentifier for an order to a patient, or siteId for one to a site.',
      ['input', 'patientId'],
    );
  }
}

/** An operator may leave the customer out where the patient tells it. */
async function customerOf(ctx: RequestContext, tx: Tx, request: CreateOrder): Promise<string | null> {
  if (ctx.caller.scope.kind === 'operator' && request.customerId == null && request.patientId != null) return null;
  return targetCustomer(ctx, tx, request.customerId);
}

async function findRecipient(
  tx: Tx,
  customerId: string | null,
  request: CreateOrder,
): Promise<Recipient & { customerId: string }> {
  if (request.siteId != null) {
    const site = await lockSiteForDevice(tx, customerId!, request.siteId);
    assertTakesDevices(site);
    return { customerId: site.customerId, patientId: null, siteId: site.id, shipTo: site.address };
  }
  const patient = await lockPatient(tx, customerId, request, 'share');
  assertNotArchived(patient, request);
  return { customerId: patient.customerId, patientId: patient.id, siteId: null, shipTo: patient.address };
}

/** @throws DomainError ITEM_NOT_FOUND; INVALID_INPUT for an item that stands there twice */
async function findLines(tx: Tx, items: CreateOrder['items']): Promise<OrderLine[]> {
  const ids = items.map(({ itemId }, index) => parseId('Item', itemId, `input.items.${index}.itemId`));
  const found = new Set(
    (
      await findItems(
        tx,
        ids.filter((id) => id !== null),
      )
    ).map(({ id }) => id),
  );
  return items.map(({ count }, index) => {
    const itemId = ids[index] ?? null;
    const path = ['input', 'items', String(index), 'itemId'];
    if (itemId === null || !found.has(itemId))
      throw new DomainError(UserErrorCode.ITEM_NOT_FOUND, 'There is no such item: check itemId.', path);
    if (ids.indexOf(itemId) !== index)
      throw new DomainError(
        UserErrorCode.INVALID_INPUT,
        'This item stands in the order already: add to its count.',
        path,
      );
    return { itemId, count };
  });
}
