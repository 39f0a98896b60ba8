import { randomUUID } from 'node:crypto';
import type { Tx } from '../../platform/db/session';
import type { Connection } from '../../platform/list/connection';
import { byId, childConnection, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import { DomainError } from '../../platform/base/errors';
import { parseId } from '../../platform/base/global-id';
import { changesOf } from '../../platform/operation/input-rules';
import type { PageArguments } from '../../platform/list/page';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { assertEndpointUrl } from './endpoint-address';
import { SecretCipher } from './secret-cipher';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { MessagesByEventType, WebhookEventType } from './webhook-event-type';
import { deliveriesOfWebhook, webhookById } from './webhook.loader';
import { toBody } from './webhook-planner';
import {
  changeWebhook,
  insertTestDelivery,
  insertWebhook,
  lockWebhook,
  removeWebhook,
  retryDelivery,
  WEBHOOKS,
  type DeliveryQuery,
  type WebhookChange,
} from './webhook.repository';
import type { WebhookEntity } from './webhook.entity';

export interface CreateWebhook {
  customerId?: string | null;
  url: string;
  eventTypes: WebhookEventType[];
}

export interface UpdateWebhook {
  webhookId: string;
  url?: string | null;
  eventTypes?: WebhookEventType[] | null;
  active?: boolean | null;
}

/** A webhook with the secret that is shown this once. */
export interface RevealedWebhook {
  webhook: WebhookEntity;
  secret: string;
}

export interface WebhookServiceOptions {
  secrets: SecretCipher;
  /** In demo mode, http to this machine. */
  allowsLoopback: boolean;
  messages: MessagesByEventType;
}

/** After a rotation deliveries are signed with both secrets for so long. */
const ROTATION_MS = 24 * 3_600_000;

/** Endpoints that customers are told at. Managed by ADMIN and operators, seen by nobody else. */
export class WebhookService {
  constructor(private readonly options: WebhookServiceOptions) {}

  async find(ctx: RequestContext, id: string): Promise<WebhookEntity | null> {
    ctx.authorize('webhook:manage');
    const webhookId = parseId('Webhook', id, 'id');
    return webhookId === null ? null : ctx.loaders.load(webhookById, webhookId);
  }

  list(ctx: RequestContext, page: PageArguments): Connection<WebhookEntity> {
    ctx.authorize('webhook:manage');
    return rootConnection(ctx, WEBHOOKS, {}, page, byId());
  }

  deliveriesOf(
    ctx: RequestContext,
    webhook: WebhookEntity,
    query: DeliveryQuery,
    page: PageArguments,
  ): Connection<WebhookDeliveryEntity> {
    return childConnection(ctx, deliveriesOfWebhook, webhook, query, page, byId('DESC'));
  }

  /** @throws DomainError INVALID_URL, INVALID_INPUT, REFERENCE_MISSING, CUSTOMER_NOT_FOUND */
  async create(ctx: RequestContext, request: CreateWebhook): Promise<RevealedWebhook> {
    ctx.authorize('webhook:manage');
    const url = assertEndpointUrl(request.url, this.options.allowsLoopback);
    const eventTypes = distinctTypes(request.eventTypes);
    const secret = SecretCipher.generate();
    return ctx.transact(async (tx) => {
      const customerId = await targetCustomer(ctx, tx, request.customerId);
      const sealed = this.options.secrets.encrypt(secret);
      return { webhook: await insertWebhook(tx, { customerId, url, eventTypes, secret: sealed }), secret };
    });
  }

  /**
   * Changes what is given. Switching a webhook on again forgets why it was off; what waited then goes out.
   *
   * @throws DomainError INVALID_URL, INVALID_INPUT, WEBHOOK_NOT_FOUND
   */
  async update(ctx: RequestContext, request: UpdateWebhook): Promise<WebhookEntity> {
    ctx.authorize('webhook:manage');
    const { webhookId, ...given } = request;
    const { url, eventTypes, active } = changesOf(given, ['url', 'eventTypes', 'active']);
    const change: WebhookChange = {
      ...(url !== undefined && { url: assertEndpointUrl(url, this.options.allowsLoopback) }),
      ...(eventTypes !== undefined && { eventTypes: distinctTypes(eventTypes) }),
    };
    return ctx.transact(async (tx) => {
      const webhook = await lockNamedWebhook(tx, webhookId);
      return changeWebhook(tx, webhook, { ...change, ...activation(webhook, active) });
    });
  }

  /**
   * Removes a webhook with its deliveries, also those that wait.
   *
   * @throws DomainError WEBHOOK_NOT_FOUND
   */
  async remove(ctx: RequestContext, webhookId: string): Promise<WebhookEntity> {
    ctx.authorize('webhook:manage');
    return ctx.transact(async (tx) => {
      const webhook = await lockNamedWebhook(tx, webhookId);
      await removeWebhook(tx, webhook);
      return webhook;
    });
  }

  /**
   * Gives a webhook another secret; for 24 hours deliveries carry a signature by each.
   *
   * @throws DomainError WEBHOOK_NOT_FOUND
   */
  async rotateSecret(ctx: RequestContext, webhookId: string): Promise<RevealedWebhook> {
    ctx.authorize('webhook:manage');
    const secret = SecretCipher.generate();
    return ctx.transact(async (tx) => {
      const webhook = await lockNamedWebhook(tx, webhookId);
      const changed = await changeWebhook(tx, webhook, {
        secret: this.options.secrets.encrypt(secret),
        previousSecret: webhook.secret,
        previousSecretUntil: new Date(Date.now() + ROTATION_MS),
      });
      return { webhook: changed, secret };
    });
  }

  /**
   * Sends an example of an event, whether or not the webhook is active and wants such events.
   *
   * @throws DomainError WEBHOOK_NOT_FOUND
   */
  async sendTest(ctx: RequestContext, webhookId: string, eventType: WebhookEventType): Promise<WebhookDeliveryEntity> {
    ctx.authorize('webhook:manage');
    const { type, sample } = this.options.messages.get(eventType)!;
    const eventId = `test_${randomUUID()}`;
    return ctx.transact(async (tx) => {
      const { customerId, id } = await lockNamedWebhook(tx, webhookId);
      return insertTestDelivery(tx, {
        customerId,
        webhookId: id,
        eventId,
        eventType,
        payload: toBody(eventId, { type, payload: sample }),
      });
    });
  }

  /**
   * Tries a delivery again at once, also one that succeeded or whose tries are used up; it has them all again then.
   *
   * @throws DomainError WEBHOOK_DELIVERY_NOT_FOUND
   */
  async retry(ctx: RequestContext, deliveryId: string): Promise<WebhookDeliveryEntity> {
    ctx.authorize('webhook:manage');
    const id = parseId('WebhookDelivery', deliveryId, 'input.deliveryId');
    return ctx.transact(async (tx) => {
      const delivery = id === null ? undefined : await retryDelivery(tx, id);
      if (delivery) return delivery;
      throw new DomainError(
        UserErrorCode.WEBHOOK_DELIVERY_NOT_FOUND,
        'There is no such delivery: check deliveryId; old ones are removed.',
        ['input', 'deliveryId'],
      );
    });
  }
}

function activation(webhook: WebhookEntity, active: boolean | undefined): WebhookChange {
  if (active === undefined || active === webhook.active) return {};
  return active
    ? { active, disabledAt: null, disabledReason: null, failingSince: null }
    : { active, disabledAt: new Date(), disabledReason: 'Switched off by hand.' };
}

/** @throws DomainError INVALID_INPUT when there is none */
function distinctTypes(eventTypes: readonly WebhookEventType[]): WebhookEventType[] {
  if (eventTypes.length === 0) {
    throw new DomainError(UserErrorCode.INVALID_INPUT, 'eventTypes must have at least one type.', [
      'input',
      'eventTypes',
    ]);
  }
  return [...new Set(eventTypes)];
}

/** @throws DomainError WEBHOOK_NOT_FOUND */
async function lockNamedWebhook(tx: Tx, webhookId: string): Promise<WebhookEntity> {
  const id = parseId('Webhook', webhookId, 'input.webhookId');
  const webhook = id === null ? undefined : await lockWebhook(tx, id);
  if (webhook) return webhook;
  throw new DomainError(UserErrorCode.WEBHOOK_NOT_FOUND, 'There is no such webhook: check webhookId.', [
    'input',
    'webhookId',
  ]);
}
