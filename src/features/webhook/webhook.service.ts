import type { Connection } from '../../platform/list/connection';
import { byId, childConnection, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { parseId } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import { deliveriesOfWebhook, webhookById } from './webhook.loader';
import { WEBHOOKS, type DeliveryQuery } from './webhook.repository';
import type { WebhookEntity } from './webhook.entity';

/** Endpoints that customers are told at. Managed by ADMIN and operators, seen by nobody else. */
export class WebhookService {
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
}
