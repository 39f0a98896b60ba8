import type { Tx } from '../db/session';
import type { MessagesOfEvents } from '../event/event-message';
import type { StreamEvent } from '../event/stream-event';
import { findActiveWebhooks, insertDeliveries, type NewDelivery } from './delivery.repository';
import { typeOfWireName, type WebhookEventType } from './webhook-event-type';

interface PlannedMessage {
  customerId: string;
  id: string;
  type: WebhookEventType;
  body: string;
}

/** The name under which the planner keeps its place in the outbox. */
export const PLANNER = 'webhooks';

/** The body of a delivery. */
export function toBody(id: string, message: { type: string; payload: Record<string, unknown> }): string {
  return JSON.stringify({ id, type: message.type, payload: message.payload });
}

/** Plans a delivery for each message of each event and each endpoint of its customer that wants it. */
export function planDeliveries(messagesOf: MessagesOfEvents) {
  return async (tx: Tx, events: readonly StreamEvent[]): Promise<void> => {
    const customers = [...new Set(events.map(({ customerId }) => customerId))];
    const messages = events.flatMap((event) => toMessages(messagesOf, event));
    if (messages.length === 0) return;
    const types = [...new Set(messages.map(({ type }) => type))];
    const webhooks = await findActiveWebhooks(tx, customers, types);
    const deliveries = webhooks.flatMap((webhook): NewDelivery[] =>
      messages
        .filter(({ customerId, type }) => customerId === webhook.customerId && webhook.eventTypes.includes(type))
        .map(({ customerId, id, type, body }) => ({
          customerId,
          webhookId: webhook.id,
          eventId: id,
          eventType: type,
          payload: body,
        })),
    );
    if (deliveries.length > 0) await insertDeliveries(tx, deliveries);
  };
}

/** An event's id names its message; one with several messages numbers them. */
function toMessages(messagesOf: MessagesOfEvents, event: StreamEvent): PlannedMessage[] {
  const messages = messagesOf[event.type]?.(event.payload) ?? [];
  return messages.flatMap((message, index): PlannedMessage[] => {
    const type = typeOfWireName(message.type);
    if (type === undefined) return [];
    const id = messages.length === 1 ? `evt_${event.id}` : `evt_${event.id}_${index + 1}`;
    return [{ customerId: event.customerId, id, type, body: toBody(id, message) }];
  });
}
