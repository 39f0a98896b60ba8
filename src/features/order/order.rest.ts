import { z } from 'zod';
import { fromCamelCase } from '../../platform/base/camel-case';
import { nodeRoute, pageRoute, route, type RestRoute } from '../../platform/rest/route';
import {
  id,
  integer,
  manyParameters,
  numberParameter,
  requestShape,
  text,
  time,
  words,
} from '../../platform/rest/shapes';
import { createOrder } from './create-order';
import { Order, toOrder } from './order-shape.rest';
import { OrderKind, OrderStatus } from './order-status';

const ORDERS = { name: 'Orders', description: 'Orders of devices for patients and sites.' };

const PatientReference = requestShape('PatientReference', 'A patient, by id, external identifier, or both.', {
  id: id('Id of the patient. This or `externalIdentifier` is required; if both are given, they must agree.').nullish(),
  externalIdentifier: text("The customer's own identifier of the patient.").nullish(),
});

const SiteReference = requestShape('SiteReference', 'A site.', { id: id('Id of the site.') });

const ItemReference = requestShape('ItemReference', 'An item of the catalog.', {
  id: id('Id of the item. `GET /item` lists the items.'),
});

const OrderItemRequest = requestShape('OrderItemRequest', 'A line of a new order: a number of units of one item.', {
  item: ItemReference,
  count: integer('Number of units, 1 to 10,000. 1 when omitted.').optional(),
});

const CreateOrderRequest = requestShape('CreateOrderRequest', 'A new order, for exactly one patient or one site.', {
  patient: PatientReference.nullish().describe('Patient who receives the order. This or `site` is required.'),
  site: SiteReference.nullish().describe(
    'Site that receives the order. It must be an active site of the customer. This or `patient` is required.',
  ),
  orderItems: z.array(OrderItemRequest).describe('Items to send: 1 to 100 entries, each with a different item.'),
  externalOrderIds: z
    .array(text('An identifier of at most 200 characters.'))
    .max(1)
    .nullish()
    .describe(
      "The customer's own identifier of the order: at most one entry. Unique within the customer, so a repeated request returns the existing order.",
    ),
  note: text('Note that is stored with the first event of the order, at most 2,000 characters.').nullish(),
  customerId: id(
    'Customer of the order. Required for operators, unless `patient.id` is given. Other callers can omit it or pass their own customer.',
  ).nullish(),
});

/** The members of `CreateOrderRequest` by the input of the use case. */
const FIELDS = {
  patientId: 'patient.id',
  patientExternalIdentifier: 'patient.externalIdentifier',
  siteId: 'site.id',
  lines: 'orderItems',
  'lines.*.itemId': 'orderItems.*.item.id',
  'lines.*.quantity': 'orderItems.*.count',
  itemId: 'item.id',
  quantity: 'count',
  externalOrderId: 'externalOrderIds',
};

function toCreateOrderInput(order: z.output<typeof CreateOrderRequest>): object {
  const { patient, site, orderItems, externalOrderIds, note, customerId } = order;
  return {
    customerId,
    patientId: patient?.id,
    patientExternalIdentifier: patient?.externalIdentifier,
    siteId: site?.id,
    lines: orderItems.map(({ item, count = 1 }) => ({ itemId: item.id, quantity: count })),
    externalOrderId: externalOrderIds?.[0],
    note,
  };
}

export const orderRoutes: readonly RestRoute[] = [
  nodeRoute({
    field: 'order',
    tag: ORDERS,
    description: 'An order of the customer by id.',
    shape: Order,
    toBody: toOrder,
  }),
  pageRoute({
    path: '/order',
    operationId: 'listOrders',
    tag: ORDERS,
    summary: 'List orders',
    description: 'Orders of the customer, newest first. All given conditions must hold.',
    query: {
      status: manyParameters(words(OrderStatus, 'A status.'), 'Orders with any of these statuses.').optional(),
      kind: manyParameters(words(OrderKind, 'A kind.'), 'Orders of any of these kinds.').optional(),
      patientId: numberParameter('Orders for this patient.').optional(),
      siteId: numberParameter('Orders for this site.').optional(),
      deviceId: numberParameter(
        'Orders that sent this device or expect it back, including past orders, by id of the device.',
      ).optional(),
      externalOrderId: text("The order with this identifier of the customer's own.").optional(),
      createdFrom: time('Orders created at this time or later.').optional(),
      createdTo: time('Orders created before this time.').optional(),
      updatedFrom: time('Orders whose latest change was at this time or later.').optional(),
      updatedTo: time('Orders whose latest change was before this time.').optional(),
    },
    fields: {
      'createdAt.from': 'createdFrom',
      'createdAt.to': 'createdTo',
      'updatedAt.from': 'updatedFrom',
      'updatedAt.to': 'updatedTo',
    },
    name: 'OrderPage',
    item: Order,
    list: ({
      status,
      kind,
      patientId,
      siteId,
      deviceId,
      externalOrderId,
      createdFrom,
      createdTo,
      updatedFrom,
      updatedTo,
    }) => [
      'orders',
      {
        filter: {
          statuses: status?.map((one) => fromCamelCase<OrderStatus>(one)),
          kinds: kind?.map((one) => fromCamelCase<OrderKind>(one)),
          patientIds: patientId,
          siteIds: siteId,
          deviceIds: deviceId,
          externalOrderIds: externalOrderId,
          createdAt: { from: createdFrom, to: createdTo },
          updatedAt: { from: updatedFrom, to: updatedTo },
        },
      },
    ],
    toItem: toOrder,
  }),
  route({
    method: 'POST',
    path: '/order',
    operationId: 'createOrder',
    tag: ORDERS,
    summary: 'Create an order',
    description:
      'Orders devices for a patient or a site. No device leaves the stock until the order is processed. With an entry in `externalOrderIds`, a repeated request returns the existing order. Without it, `Idempotency-Key` makes a request safe to repeat.',
    body: CreateOrderRequest,
    response: [201, Order, 'The order.'],
    runs: [createOrder],
    fields: FIELDS,
    handle: async (call, { body }) => toOrder(call, (await call.run(createOrder, toCreateOrderInput(body))).order),
  }),
];
