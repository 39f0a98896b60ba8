import type { EventCatalogue, MessageDefinition } from '../../platform/event/event-catalogue';

/** A type of message in the words of the API: `DEVICE_STATUS_CHANGED` for `device.statusChanged`. */
export type WebhookEventType = Uppercase<string>;

export function toEventType(messageType: string): WebhookEventType {
  const words = messageType.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return words.toUpperCase() as WebhookEventType;
}

export type MessagesByEventType = ReadonlyMap<WebhookEventType, MessageDefinition>;

export function messagesByEventType({ messages }: EventCatalogue): MessagesByEventType {
  return new Map(messages.map((message) => [toEventType(message.type), message]));
}
