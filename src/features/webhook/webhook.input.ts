import { inputType, optional, required } from '../../platform/graphql/types';
import { MAX_CHOICES } from '../../platform/operation/list-bounds';
import { customerIdField } from '../customer/customer.input';
import { ID } from 'type-graphql';
import { WebhookEventType } from './webhook-event-type';

export const CreateWebhookInput = inputType('CreateWebhookInput', 'A new webhook.', {
  customerId: customerIdField('Customer of the webhook.'),
  url: required(
    String,
    'URL to post deliveries to: https, with a public address, without credentials and port 0, at most 2,000 characters with percent-encoding. It is stored in the form in which it is sent.',
  ),
  eventTypes: required([WebhookEventType], `Event types that the webhook receives, 1 to ${MAX_CHOICES}.`, {
    limit: 'values of another list',
  }),
});
export type CreateWebhookInput = InstanceType<typeof CreateWebhookInput>;

const WEBHOOK_FIELDS = { webhookId: required(ID, 'Webhook, by global id or `databaseId`.') };

export const UpdateWebhookInput = inputType(
  'UpdateWebhookInput',
  'Webhook to change, and its changes. Omitted fields stay as they are. No field can be cleared.',
  {
    ...WEBHOOK_FIELDS,
    url: optional(String, 'New URL, with the rules of `CreateWebhookInput.url`.'),
    eventTypes: optional(
      [WebhookEventType],
      `Event types that the webhook receives, 1 to ${MAX_CHOICES}. They replace the current ones.`,
      { limit: 'values of another list' },
    ),
    active: optional(Boolean, 'False disables the webhook, as `disableWebhook`; true enables it, as `enableWebhook`.'),
  },
);
export type UpdateWebhookInput = InstanceType<typeof UpdateWebhookInput>;

export const DisableWebhookInput = inputType('DisableWebhookInput', 'Webhook to disable.', WEBHOOK_FIELDS);
export type DisableWebhookInput = InstanceType<typeof DisableWebhookInput>;

export const EnableWebhookInput = inputType('EnableWebhookInput', 'Webhook to enable.', WEBHOOK_FIELDS);
export type EnableWebhookInput = InstanceType<typeof EnableWebhookInput>;

export const DeleteWebhookInput = inputType(
  'DeleteWebhookInput',
  'Webhook to delete, with its deliveries.',
  WEBHOOK_FIELDS,
);
export type DeleteWebhookInput = InstanceType<typeof DeleteWebhookInput>;

export const RotateWebhookSecretInput = inputType(
  'RotateWebhookSecretInput',
  'Webhook that gets a new secret.',
  WEBHOOK_FIELDS,
);
export type RotateWebhookSecretInput = InstanceType<typeof RotateWebhookSecretInput>;

export const SendTestWebhookInput = inputType(
  'SendTestWebhookInput',
  'Webhook to test, and the type of the sample event.',
  {
    ...WEBHOOK_FIELDS,
    eventType: required(WebhookEventType, 'Type of the sample event.'),
  },
);
export type SendTestWebhookInput = InstanceType<typeof SendTestWebhookInput>;

export const RetryWebhookDeliveryInput = inputType('RetryWebhookDeliveryInput', 'Delivery to send again.', {
  deliveryId: required(ID, 'Delivery, by global id or `databaseId`.'),
});
export type RetryWebhookDeliveryInput = InstanceType<typeof RetryWebhookDeliveryInput>;

export const RetryWebhookPlanningInput = inputType('RetryWebhookPlanningInput', 'Event to plan again.', {
  webhookPlanningFailureId: required(ID, 'Planning failure, by global id or `databaseId`.'),
});
export type RetryWebhookPlanningInput = InstanceType<typeof RetryWebhookPlanningInput>;
