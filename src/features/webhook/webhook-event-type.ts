import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { toCamelCase } from '../../platform/base/camel-case';

/** What a webhook can be told of. */
export const WebhookEventType = defineEnum(
  'WebhookEventType',
  'What a webhook can be told of. A delivery names it in camelCase: DEVICE_STATUS_CHANGED is `device.statusChanged`.',
  {
    DEVICE_ASSOCIATION_CREATED: 'A patient got a device: `device.associationCreated`.',
    DEVICE_ASSOCIATION_REMOVED: 'A patient has a device no more: `device.associationRemoved`.',
    DEVICE_STATUS_CHANGED: "A device's status, holder or site changed: `device.statusChanged`.",
    ORDER_STATUS: "An order's status changed, with the order's id and the event: `order.status`.",
    ORDER_STATUS_FULL: "An order's status changed, with the whole order: `order.statusFull`.",
    READING_BLOOD_PRESSURE: 'A blood pressure was recorded: `reading.bloodPressure`.',
    READING_BLOOD_GLUCOSE: 'A blood glucose was recorded: `reading.bloodGlucose`.',
    READING_BLOOD_OXYGEN: 'An oxygen saturation was recorded: `reading.bloodOxygen`.',
    READING_WEIGHT: 'A weight was recorded: `reading.weight`.',
    READING_HEART_RATE: 'A heart rate was recorded: `reading.heartRate`.',
    READING_TEMPERATURE: 'A temperature was recorded: `reading.temperature`.',
    READING_PEAK_FLOW: 'A peak flow was recorded: `reading.peakFlow`.',
  },
);
export type WebhookEventType = EnumOf<typeof WebhookEventType>;

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
