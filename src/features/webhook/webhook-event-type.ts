import { defineEnum } from '../../platform/base/enum';
import type { EventCatalog, MessageDefinition } from '../../platform/event/event-catalog';

/** A message type as named by the API: `DEVICE_STATUS_CHANGED` for `device.statusChanged`. */
export type WebhookEventType = Uppercase<string>;

export function toEventType(messageType: string): WebhookEventType {
  const words = messageType.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return words.toUpperCase() as WebhookEventType;
}

const DESCRIPTIONS: Record<WebhookEventType, string> = {};

/** Its values come from the event catalog, see {@link declareEventTypes}, so this feature does not depend on others. */
export const WebhookEventType = defineEnum<Record<WebhookEventType, string>>(
  'WebhookEventType',
  'Type of an event that a webhook can receive. The `type` in the body of a delivery is in camelCase.',
  DESCRIPTIONS,
) as Record<WebhookEventType, WebhookEventType>;

/** The event types as deliveries and REST name them: `device.statusChanged` by `DEVICE_STATUS_CHANGED`. */
export type WireTypes = ReadonlyMap<WebhookEventType, string>;

export function wireTypesOf({ messages }: EventCatalog): WireTypes {
  return new Map(messages.map(({ type }) => [toEventType(type), type]));
}

export type MessagesByEventType = ReadonlyMap<WebhookEventType, MessageDefinition>;

/** Gives the enum its values. Call it before the schema is built. */
export function declareEventTypes({ messages }: EventCatalog): MessagesByEventType {
  const byEventType = new Map(messages.map((message) => [toEventType(message.type), message]));
  for (const [eventType, { type, description }] of byEventType) {
    WebhookEventType[eventType] = eventType;
    DESCRIPTIONS[eventType] = `${description}. Sent as \`${type}\`.`;
  }
  return byEventType;
}
