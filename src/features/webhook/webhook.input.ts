import { inputType, optional, required } from '../../platform/graphql/types';
import { customerIdField } from '../customer/customer.input';
import { ID } from 'type-graphql';
import { WebhookEventType } from './webhook-event-type';

export const CreateWebhookInput = inputType('CreateWebhookInput', 'A new webhook of a customer.', {
  customerId: customerIdField('Whose webhook.'),
  url: required(
    String,
    'Where to post deliveries: https, at a public address, without credentials; up to 2000 characters.',
  ),
  eventTypes: required([WebhookEventType], 'What to be told of; at least one.'),
});
export type CreateWebhookInput = InstanceType<typeof CreateWebhookInput>;

const WEBHOOK_FIELDS = { webhookId: required(ID, 'Which webhook: its global id or its databaseId.') };

export const UpdateWebhookInput = inputType(
  'UpdateWebhookInput',
  'A change of a webhook. What is absent stays; nothing of it can be cleared.',
  {
    ...WEBHOOK_FIELDS,
    url: optional(String, 'Where to post deliveries: as for a new webhook.'),
    eventTypes: optional([WebhookEventType], 'What to be told of; at least one.'),
  },
);
export type UpdateWebhookInput = InstanceType<typeof UpdateWebhookInput>;

export const DisableWebhookInput = inputType('DisableWebhookInput', 'The webhook to disable.', WEBHOOK_FIELDS);
export type DisableWebhookInput = InstanceType<typeof DisableWebhookInput>;

export const EnableWebhookInput = inputType('EnableWebhookInput', 'The webhook to enable again.', WEBHOOK_FIELDS);
export type EnableWebhookInput = InstanceType<typeof EnableWebhookInput>;

export const DeleteWebhookInput = inputType(
  'DeleteWebhookInput',
  'Which webhook to remove, with its deliveries.',
  WEBHOOK_FIELDS,
);
export type DeleteWebhookInput = InstanceType<typeof DeleteWebhookInput>;

export const RotateWebhookSecretInput = inputType(
  'RotateWebhookSecretInput',
  'Which webhook is to have another secret.',
  WEBHOOK_FIELDS,
);
export type RotateWebhookSecretInput = InstanceType<typeof RotateWebhookSecretInput>;

export const SendTestWebhookInput = inputType(
  'SendTestWebhookInput',
  'An example of an event, to see that an endpoint works.',
  {
    ...WEBHOOK_FIELDS,
    eventType: required(WebhookEventType, 'An example of what.'),
  },
);
export type SendTestWebhookInput = InstanceType<typeof SendTestWebhookInput>;

export const RetryWebhookDeliveryInput = inputType('RetryWebhookDeliveryInput', 'Which delivery to try again.', {
  deliveryId: required(ID, 'Its global id or its databaseId.'),
});
export type RetryWebhookDeliveryInput = InstanceType<typeof RetryWebhookDeliveryInput>;
