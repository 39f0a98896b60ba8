import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import { ITEMS } from '../item/item.list';
import { lockPatient, namesPatient } from '../patient/patient-reference';
import { assertNotArchived } from '../patient/patient-rules';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import type { AddressValue } from '../../platform/graphql/address.type';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { noteRule, optionalLine } from '../../platform/operation/input-rules';
import { causeOf, useCase } from '../../platform/operation/use-case';
import { notFound } from '../../platform/list/named-row';
import { rowsByIds } from '../../platform/list/list';
import { lockSiteForDevice } from '../site/site-reference';
import { assertAcceptsDevices } from '../site/site-rules';
import type { CreateOrderInput, OrderLineInput } from './order-operation.input';
import type { RecipientKey } from './order-recipient';
import { OrderKind, OrderStatus } from './order-status';
import { recordEvents, statusChanged } from './order-step';
import type { OrderEntity } from './order.entity';
import { findLinesOfOrders, findOrderByExternalId, insertOrder, type NewOrderLine } from './order.repository';
import { defineLimit, noteLimitReached } from '../../platform/base/limit';

const MAX_QUANTITY = defineLimit('units per order line', {
  value: 10_000,
  unit: 'devices',
  description: 'More is INVALID_INPUT.',
});

function isOrderable(quantity: number): boolean {
  if (quantity > MAX_QUANTITY) noteLimitReached('units per order line');
  return quantity <= MAX_QUANTITY;
}

const RULES = {
  lines: z
    .array(
      z.object({
        itemId: z.string(),
        quantity: z
          .number()
          .min(1, `must be from 1 to ${MAX_QUANTITY}`)
          .refine(isOrderable, `must be from 1 to ${MAX_QUANTITY}`),
      }),
    )
    .min(1, 'must have at least one line'),
  externalOrderId: optionalLine(200),
  note: noteRule,
};

/**
 * Orders devices for a patient or a site. No device leaves the stock until the order is processed.
 *
 * A repeated call with an `externalOrderId` returns the order that has it and changes nothing.
 */
export const createOrder = useCase(
  {
    name: 'createOrder',
    action: 'order:create',
    codes: [
      'REFERENCE_MISSING',
      'CUSTOMER_NOT_FOUND',
      'PATIENT_NOT_FOUND',
      'REFERENCE_MISMATCH',
      'PATIENT_ARCHIVED',
      'SITE_NOT_FOUND',
      'SITE_OPERATED_BY_IMPILO',
      'SITE_INACTIVE',
      'ITEM_NOT_FOUND',
      'EXTERNAL_ORDER_ID_TAKEN',
    ],
    input: RULES,
  },
  async (ctx, tx, input: CreateOrderInput) => {
    assertOneRecipient(input);
    const customerId = await customerOf(ctx, tx, input);
    const recipient = await findRecipient(tx, customerId, input);
    const lines = await findLines(tx, input.lines);
    const created = { kind: OrderKind.STANDARD, currentStatus: OrderStatus.CREATED };
    const externalOrderId = input.externalOrderId ?? null;
    const order = await insertOrder(tx, { ...recipient, ...created, externalOrderId }, lines);
    if (!order) return { order: await getSameOrder(tx, recipient, externalOrderId!, lines) };
    await recordEvents(tx, order, [statusChanged(null, OrderStatus.CREATED)], causeOf(ctx, input));
    return { order };
  },
);

function assertOneRecipient(input: CreateOrderInput): void {
  const forPatient = namesPatient(input);
  if (forPatient && input.siteId != null) {
    throw new DomainError('INVALID_INPUT', 'An order goes to a patient or to a site. Omit one of them.', [
      'input',
      'siteId',
    ]);
  }
  if (!forPatient && input.siteId == null) {
    throw new DomainError(
      'REFERENCE_MISSING',
      'An order needs a recipient. Give patientId, patientExternalIdentifier or siteId.',
      ['input', 'patientId'],
    );
  }
}

/** Null when an operator omits the customer and gives `patientId`, which determines it. */
async function customerOf(ctx: RequestContext, tx: Tx, input: CreateOrderInput): Promise<string | null> {
  if (ctx.caller.scope.kind === 'operator' && input.customerId == null && input.patientId != null) return null;
  return targetCustomer(ctx, tx, input.customerId);
}

async function findRecipient(
  tx: Tx,
  customerId: string | null,
  input: CreateOrderInput,
): Promise<RecipientKey & { shipTo: AddressValue | null }> {
  if (input.siteId != null) {
    const site = await lockSiteForDevice(tx, customerId!, input.siteId);
    assertAcceptsDevices(site);
    return { customerId: site.customerId, patientId: null, siteId: site.id, shipTo: site.address };
  }
  const patient = await lockPatient(tx, customerId, input, 'share');
  assertNotArchived(patient, input);
  return { customerId: patient.customerId, patientId: patient.id, siteId: null, shipTo: patient.address };
}

/** @throws DomainError ITEM_NOT_FOUND; INVALID_INPUT for an item with two lines */
async function findLines(tx: Tx, lines: readonly OrderLineInput[]): Promise<NewOrderLine[]> {
  const ids = lines.map(({ itemId }, index) => parseId('Item', itemId, ['input', 'lines', String(index), 'itemId']));
  const rows = await rowsByIds(
    tx,
    ITEMS,
    ids.filter((id) => id !== null),
  );
  const found = new Set(rows.map(({ id }) => id));
  return lines.map(({ quantity }, index) => {
    const itemId = ids[index] ?? null;
    const path = ['input', 'lines', String(index), 'itemId'];
    if (itemId === null || !found.has(itemId)) throw notFound('item', path);
    if (ids.indexOf(itemId) !== index)
      throw new DomainError('INVALID_INPUT', 'Another line has the same item. Increase its quantity instead.', path);
    return { itemId, quantity };
  });
}

/**
 * The existing order with an external identifier, if it has the same recipient and lines.
 *
 * @throws DomainError EXTERNAL_ORDER_ID_TAKEN
 */
async function getSameOrder(
  tx: Tx,
  { customerId, patientId, siteId }: RecipientKey,
  externalOrderId: string,
  lines: readonly NewOrderLine[],
): Promise<OrderEntity> {
  const order = (await findOrderByExternalId(tx, customerId, externalOrderId))!;
  const stored = await findLinesOfOrders(tx, [order]);
  const isSame =
    order.patientId === patientId &&
    order.siteId === siteId &&
    order.currentStatus !== OrderStatus.CANCELLED &&
    stored.length === lines.length &&
    stored.every((line) => lines.some(({ itemId, quantity }) => itemId === line.itemId && quantity === line.quantity));
  if (isSame) return order;
  const message =
    order.currentStatus === OrderStatus.CANCELLED
      ? 'A canceled order of the customer has this externalOrderId. Use another one.'
      : 'Another order of the customer has this externalOrderId, with another recipient or other lines. Use another one.';
  throw new DomainError('EXTERNAL_ORDER_ID_TAKEN', message, ['input', 'externalOrderId']);
}
