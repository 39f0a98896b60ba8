import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const WebhookDeliveryStatus = defineEnum('WebhookDeliveryStatus', 'Status of a delivery.', {
  PENDING: 'Waiting for the first or the next attempt.',
  SUCCEEDED: 'The endpoint responded with an HTTP status from 200 to 299.',
  FAILED: 'All attempts failed, or the endpoint responded with HTTP status 410 (Gone).',
});
export type WebhookDeliveryStatus = EnumOf<typeof WebhookDeliveryStatus>;
