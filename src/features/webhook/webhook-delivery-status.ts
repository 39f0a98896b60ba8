import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const WebhookDeliveryStatus = defineEnum('WebhookDeliveryStatus', 'What became of a delivery.', {
  PENDING: 'It is to be tried, for the first time or again.',
  SUCCEEDED: 'The endpoint answered with a status of 200 to 299.',
  FAILED: 'All tries are used up, or the endpoint is gone.',
});
export type WebhookDeliveryStatus = EnumOf<typeof WebhookDeliveryStatus>;
