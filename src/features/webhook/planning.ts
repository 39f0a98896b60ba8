import { UnreadableEventError, type EventCatalog, type EventMessage } from '../../platform/event/event-catalog';
import type { Failure, PlannedMessage, Progress, QueuedEvent, Receiver } from './webhook-event.repository';
import { toEventType } from './webhook-event-type';

/**
 * Bounds of the deliveries that one transaction plans. Small enough that others wait for a few hundredths of a second. One message
 * may exceed them: it is planned for all its webhooks at once.
 */
export const PORTION = { deliveries: 250, bytes: 4_194_304 };

/** What a portion of waiting events becomes. */
export interface Plan {
  readonly messages: readonly PlannedMessage[];
  /** Ids of events whose planning is complete. */
  readonly done: readonly string[];
  /** The event whose later messages are planned by the next portion. */
  readonly partly: Progress | undefined;
  readonly failures: readonly Failure[];
}

/** The body of a delivery. */
export function toBody(id: string, message: EventMessage): string {
  return JSON.stringify({ id, type: message.type, payload: message.payload });
}

/**
 * Plans a delivery for each message of an event and each webhook that receives it, in order, as far as the portion allows. An
 * event that cannot be read fails as a whole, and the others are planned. Messages that no webhook receives are not even decoded.
 */
export function planPortion(
  catalog: EventCatalog,
  events: readonly QueuedEvent[],
  receivers: readonly Receiver[],
  limits: { deliveries: number; bytes: number } = PORTION,
): Plan {
  const messages: PlannedMessage[] = [];
  const done: string[] = [];
  const failures: Failure[] = [];
  let [deliveries, bytes] = [0, 0];
  for (const event of events) {
    let ofEvent: (PlannedMessage | undefined)[];
    try {
      ofEvent = toMessages(catalog, event, receivers);
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error;
      failures.push({ id: event.id, error: error.message, unreadableBy: catalog.version });
      continue;
    }
    for (let index = event.messagesPlanned; index < ofEvent.length; index += 1) {
      const message = ofEvent[index];
      if (!message) continue;
      const count = message.webhookIds.length;
      deliveries += count;
      bytes += count * Buffer.byteLength(message.payload);
      const isOver = deliveries > limits.deliveries || bytes > limits.bytes;
      if (isOver && messages.length > 0)
        return { messages, done, partly: { id: event.id, messagesPlanned: index }, failures };
      messages.push(message);
    }
    done.push(event.id);
  }
  return { messages, done, partly: undefined, failures };
}

/** Messages of an event, undefined for those that no webhook receives. Their ids derive from the id of the event. */
function toMessages(catalog: EventCatalog, event: QueuedEvent, receivers: readonly Receiver[]) {
  const ofEvent = new Set(event.webhookIds);
  const webhooks = receivers.filter(({ id }) => ofEvent.has(id));
  const messages = catalog.messagesOf({ type: event.type, payload: JSON.parse(event.payload) as never });
  return messages.map((message, index): PlannedMessage | undefined => {
    const eventType = toEventType(message.type);
    const webhookIds = webhooks.filter(({ eventTypes }) => eventTypes.includes(eventType)).map(({ id }) => id);
    if (webhookIds.length === 0) return undefined;
    const eventId = messages.length === 1 ? `evt_${event.id}` : `evt_${event.id}_${index + 1}`;
    return { eventId, eventType, payload: toBody(eventId, message), webhookIds };
  });
}
