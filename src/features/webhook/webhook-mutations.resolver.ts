import { ID } from 'type-graphql';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createWebhook } from './create-webhook';
import { deleteWebhook } from './delete-webhook';
import { disableWebhook } from './disable-webhook';
import { enableWebhook } from './enable-webhook';
import { retryWebhookDelivery } from './retry-webhook-delivery';
import { retryWebhookPlanning } from './retry-webhook-planning';
import { rotateWebhookSecret } from './rotate-webhook-secret';
import { sendTestWebhook } from './send-test-webhook';
import { updateWebhook } from './update-webhook';
import type { WebhookParts } from './webhook-rules';
import {
  CreateWebhookInput,
  DeleteWebhookInput,
  DisableWebhookInput,
  EnableWebhookInput,
  RetryWebhookDeliveryInput,
  RetryWebhookPlanningInput,
  RotateWebhookSecretInput,
  SendTestWebhookInput,
  UpdateWebhookInput,
} from './webhook.input';
import { Webhook, WebhookDelivery } from './webhook.type';

const WEBHOOK = {
  webhook: [Webhook, 'The webhook in its current state. Null when the mutation was refused.'],
} as const;
const WEBHOOK_WITH_SECRET = {
  ...WEBHOOK,
  secret: [
    String,
    'Secret for verifying signatures, `whsec_…`. Returned only this once. Null when the mutation was refused.',
  ],
} as const;
const DELIVERY = { delivery: [WebhookDelivery, 'The delivery. Null when the mutation was refused.'] } as const;

export const WebhookMutations = mutationResolver<WebhookParts>(
  mutation(createWebhook, {
    description:
      'Creates a webhook, which receives events from now on. At most 50 per customer. Store the secret: it is returned only this once. For `ADMIN` and operators. Not safe to repeat: a repeated call creates another webhook.',
    input: [CreateWebhookInput, 'Webhook to create.'],
    payload: WEBHOOK_WITH_SECRET,
  }),
  mutation(updateWebhook, {
    description:
      'Changes the URL and the event types of a webhook, and enables or disables it. For `ADMIN` and operators. Safe to repeat.',
    input: [UpdateWebhookInput, 'Webhook to change, and its changes.'],
    payload: WEBHOOK,
  }),
  mutation(disableWebhook, {
    description:
      'Disables a webhook. Events that occur while it is disabled are not delivered; pending deliveries wait until it is enabled again. For `ADMIN` and operators. Safe to repeat.',
    input: [DisableWebhookInput, 'Webhook to disable.'],
    payload: WEBHOOK,
  }),
  mutation(enableWebhook, {
    description:
      'Enables a disabled webhook. Its pending deliveries are sent. For `ADMIN` and operators. Safe to repeat.',
    input: [EnableWebhookInput, 'Webhook to enable.'],
    payload: WEBHOOK,
  }),
  mutation(deleteWebhook, {
    description:
      'Deletes a webhook with its deliveries, including pending ones. For `ADMIN` and operators. A repeated call is refused with `WEBHOOK_NOT_FOUND`.',
    input: [DeleteWebhookInput, 'Webhook to delete.'],
    payload: {
      deletedWebhookId: [ID, 'Global id of the deleted webhook. Null when the mutation was refused.'],
    },
  }),
  mutation(rotateWebhookSecret, {
    description:
      'Replaces the secret of a webhook. For 24 hours, deliveries are signed with both the old and the new secret. For `ADMIN` and operators. Not safe to repeat: a repeated call replaces the secret again.',
    input: [RotateWebhookSecretInput, 'Webhook that gets a new secret.'],
    payload: WEBHOOK_WITH_SECRET,
  }),
  mutation(sendTestWebhook, {
    description:
      'Sends a sample event to a webhook, even if the webhook is disabled or does not receive events of this type. For `ADMIN` and operators. A repeated call sends another one.',
    input: [SendTestWebhookInput, 'Webhook, and the type of the sample event.'],
    payload: DELIVERY,
  }),
  mutation(retryWebhookDelivery, {
    description:
      'Sends a delivery again immediately, even if it succeeded or failed. Its schedule of attempts starts again. For `ADMIN` and operators. A repeated call sends it once more.',
    input: [RetryWebhookDeliveryInput, 'Delivery to send again.'],
    payload: DELIVERY,
  }),
  mutation(retryWebhookPlanning, {
    description:
      'Plans the deliveries of an event again that was set aside, see `webhookPlanningFailures`. If that fails, it is listed again. For `ADMIN` and operators. A repeated call is refused with `WEBHOOK_PLANNING_FAILURE_NOT_FOUND`.',
    input: [RetryWebhookPlanningInput, 'Event to plan again.'],
    payload: {
      retriedWebhookPlanningFailureId: [ID, 'Global id of the retried failure. Null when the mutation was refused.'],
    },
  }),
);
