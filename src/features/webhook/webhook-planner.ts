import type { Tx } from '../../platform/db/session';
import type { EventCatalog, EventMessage } from '../../platform/event/event-catalog';
import type { StreamEvent } from '../../platform/event/outbox';
import { findActiveWebhooks, insertDeliveries, type NewDelivery } from './delivery.repository';
import { toEventType } from './webhook-event-type';

/** Name under which the planner stores its position in the outbox. */
export const PLANNER = 'webhooks';

/** The body of a delivery. */
export function toBody(id: string, message: EventMessage): string {
  return JSON.stringify({ id, type: message.type, payload: message.payload });
}

/**
 * Plans a delivery for each message of an event and each webhook of the customer that receives its type. Events of customers
 * without an active webhook are not even decoded, because readings arrive by the thousands.
 *
 * @param onPlanned called if there are deliveries, before the commit
 */
export function planDeliveries(catalog: EventCatalog, onPlanned: () => void = () => undefined) {
  return async (tx: Tx, events: readonly StreamEvent[]): Promise<void> => {
    const deliverable = events.filter(({ type }) => catalog.has(type));
    if (deliverable.length === 0) return;
    const webhooks = await findActiveWebhooks(tx, [...new Set(deliverable.map(({ customerId }) => customerId))]);
    const customers = new Set(webhooks.map(({ customerId }) => customerId));
    const messages = deliverable
      .filter(({ customerId }) => customers.has(customerId))
      .flatMap((event) => toMessages(catalog, event));
    const deliveries = webhooks.flatMap((webhook): NewDelivery[] =>
      messages
        .filter(({ customerId, type }) => customerId === webhook.customerId && webhook.eventTypes.includes(type))
        .map(({ customerId, id, type, body }) => ({
          customerId,
          webhookId: webhook.id,
          eventId: id,
          eventType: type,
          payload: body(),
        })),
    );
    if (deliveries.length === 0) return;
    await insertDeliveries(tx, deliveries);
    onPlanned();
  };
}

/** Messages of an event. Their ids derive from the id of the event; if there are several, they are numbered. */
function toMessages(catalog: EventCatalog, event: StreamEvent) {
  const messages = catalog.messagesOf(event);
  return messages.map((message, index) => {
    const type = toEventType(message.type);
    const id = messages.length === 1 ? `evt_${event.id}` : `evt_${event.id}_${index + 1}`;
    let written: string | undefined;
    return { customerId: event.customerId, id, type, body: () => (written ??= toBody(id, message)) };
  });
}
