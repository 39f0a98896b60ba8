import type { Refusal } from '../support/device-fixture';

export type WebhookOperation =
  | 'createWebhook'
  | 'updateWebhook'
  | 'disableWebhook'
  | 'enableWebhook'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'sendTestWebhook'
  | 'retryWebhookDelivery'
  | 'retryWebhookPlanning';

export interface WebhookResponse {
  id: string;
  databaseId: string;
  customer: { databaseId: string };
  url: string;
  eventTypes: string[];
  active: boolean;
  disabledAt: string | null;
  disabledReason: string | null;
  failingSince: string | null;
  createdAt: string;
}

export interface AttemptResponse {
  startedAt: string;
  responseStatus: number | null;
  responseBody: string | null;
  durationMs: number;
  error: string | null;
}

export interface DeliveryResponse {
  id: string;
  databaseId: string;
  webhook: { databaseId: string };
  eventType: string;
  eventId: string;
  payload: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  nextAttemptAt: string | null;
  createdAt: string;
  attempts: { nodes: AttemptResponse[] };
}

/** The payload of an operation on webhooks. Each operation has some of these fields. */
export interface Payload {
  webhook?: WebhookResponse | null;
  delivery?: DeliveryResponse | null;
  deletedWebhookId?: string | null;
  retriedWebhookPlanningFailureId?: string | null;
  secret?: string | null;
  userErrors: Refusal[];
}

/** A webhook of the tests: its id, and the secret that was returned. */
export interface Made {
  id: string;
  secret: string;
}

/** All fields of a webhook, and all of a delivery. */
export const WEBHOOK = `id databaseId customer { databaseId } url eventTypes active disabledAt disabledReason failingSince createdAt`;
export const DELIVERY = `id databaseId webhook { databaseId } eventType eventId payload status nextAttemptAt createdAt
  attempts(first: 20) { nodes { startedAt responseStatus responseBody durationMs error } }`;

/** Selected fields of the payload of each operation. */
export const FIELDS: Readonly<Record<WebhookOperation, string>> = {
  createWebhook: `webhook { ${WEBHOOK} } secret`,
  updateWebhook: `webhook { ${WEBHOOK} }`,
  disableWebhook: `webhook { ${WEBHOOK} }`,
  enableWebhook: `webhook { ${WEBHOOK} }`,
  deleteWebhook: 'deletedWebhookId',
  rotateWebhookSecret: `webhook { ${WEBHOOK} } secret`,
  sendTestWebhook: `delivery { ${DELIVERY} }`,
  retryWebhookDelivery: `delivery { ${DELIVERY} }`,
  retryWebhookPlanning: 'retriedWebhookPlanningFailureId',
};
