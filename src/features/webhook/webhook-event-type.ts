import { toCamelCase } from '../../platform/base/camel-case';

/** What a webhook can be told of. */
export enum WebhookEventType {
  DEVICE_ASSOCIATION_CREATED = 'DEVICE_ASSOCIATION_CREATED',
  DEVICE_ASSOCIATION_REMOVED = 'DEVICE_ASSOCIATION_REMOVED',
  DEVICE_STATUS_CHANGED = 'DEVICE_STATUS_CHANGED',
  ORDER_STATUS = 'ORDER_STATUS',
  ORDER_STATUS_FULL = 'ORDER_STATUS_FULL',
  READING_BLOOD_PRESSURE = 'READING_BLOOD_PRESSURE',
  READING_BLOOD_GLUCOSE = 'READING_BLOOD_GLUCOSE',
  READING_BLOOD_OXYGEN = 'READING_BLOOD_OXYGEN',
  READING_WEIGHT = 'READING_WEIGHT',
  READING_HEART_RATE = 'READING_HEART_RATE',
  READING_TEMPERATURE = 'READING_TEMPERATURE',
  READING_PEAK_FLOW = 'READING_PEAK_FLOW',
}

/** `DEVICE_STATUS_CHANGED` is `device.statusChanged` in a delivery: the first word is the thing. */
export function wireNameOf(type: WebhookEventType): string {
  const [thing, ...rest] = type.split('_');
  return `${thing!.toLowerCase()}.${toCamelCase(rest.join('_'))}`;
}

const BY_WIRE_NAME = new Map(Object.values(WebhookEventType).map((type) => [wireNameOf(type), type]));

/** Undefined for what no webhook is told of. */
export function typeOfWireName(name: string): WebhookEventType | undefined {
  return BY_WIRE_NAME.get(name);
}
