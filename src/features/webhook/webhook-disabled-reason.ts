import { defineEnum, type EnumOf } from '../../platform/base/enum';

export const WebhookDisabledReason = defineEnum('WebhookDisabledReason', 'Reason why a webhook was disabled.', {
  BY_REQUEST: 'Disabled by `disableWebhook` or `updateWebhook`.',
  ENDPOINT_FAILING: 'No delivery succeeded for 5 days, see `Webhook.failingSince`.',
  ENDPOINT_GONE: 'The endpoint responded with HTTP status 410 (Gone).',
});
export type WebhookDisabledReason = EnumOf<typeof WebhookDisabledReason>;
