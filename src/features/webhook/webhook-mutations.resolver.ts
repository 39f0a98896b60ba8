import { ID } from 'type-graphql';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createWebhook } from './create-webhook';
import { deleteWebhook } from './delete-webhook';
import { disableWebhook } from './disable-webhook';
import { enableWebhook } from './enable-webhook';
import { retryWebhookDelivery } from './retry-webhook-delivery';
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
  RotateWebhookSecretInput,
  SendTestWebhookInput,
  UpdateWebhookInput,
} from './webhook.input';
import { Webhook, WebhookDelivery } from './webhook.type';

const WEBHOOK = { webhook: [Webhook, 'The webhook as it is now; null when it was refused.'] } as const;
const WEBHOOK_WITH_SECRET = {
  ...WEBHOOK,
  secret: [String, 'The secret to verify signatures with, `whsec_…`; shown this once, null when it was refused.'],
} as const;
const DELIVERY = { delivery: [WebhookDelivery, 'The delivery; null when it was refused.'] } as const;

export const WebhookMutations = mutationResolver<WebhookParts>(
  mutation(createWebhook, {
    description: 'Adds an endpoint to be told of events from now on. Keep the secret: it is shown this once.',
    input: [CreateWebhookInput, 'Where, and what of.'],
    payload: WEBHOOK_WITH_SECRET,
  }),
  mutation(updateWebhook, {
    description: 'Changes the URL and the types of events of a webhook. For ADMIN and operators.',
    input: [UpdateWebhookInput, 'Which webhook, and what changes.'],
    payload: WEBHOOK,
  }),
  mutation(disableWebhook, {
    description:
      'Disables a webhook: new events are not delivered to it, and deliveries that wait stop until it is enabled. For ADMIN and operators. Repeating it succeeds and changes nothing.',
    input: [DisableWebhookInput, 'Which webhook.'],
    payload: WEBHOOK,
  }),
  mutation(enableWebhook, {
    description:
      'Enables a webhook that was disabled; deliveries that waited are sent. For ADMIN and operators. Repeating it succeeds and changes nothing.',
    input: [EnableWebhookInput, 'Which webhook.'],
    payload: WEBHOOK,
  }),
  mutation(deleteWebhook, {
    description: 'Removes a webhook with its deliveries, also those that wait.',
    input: [DeleteWebhookInput, 'Which webhook.'],
    payload: { deletedWebhookId: [ID, 'The global id of what is gone; null when it was refused.'] },
  }),
  mutation(rotateWebhookSecret, {
    description:
      'Gives a webhook another secret. For 24 hours deliveries carry a signature by the old and one by the new.',
    input: [RotateWebhookSecretInput, 'Which webhook.'],
    payload: WEBHOOK_WITH_SECRET,
  }),
  mutation(sendTestWebhook, {
    description: 'Delivers an example, whether or not the webhook is active and wants such events.',
    input: [SendTestWebhookInput, 'To which webhook, of what.'],
    payload: DELIVERY,
  }),
  mutation(retryWebhookDelivery, {
    description: 'Tries a delivery again at once, also one that succeeded or failed for good.',
    input: [RetryWebhookDeliveryInput, 'Which delivery.'],
    payload: DELIVERY,
  }),
);
