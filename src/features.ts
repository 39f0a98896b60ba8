import { randomBytes } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { activityFeature } from './features/activity/activity.feature';
import { apiKeyFeature } from './features/api-key/api-key.feature';
import { customerFeature } from './features/customer/customer.feature';
import { deviceFeature } from './features/device/device.feature';
import { itemFeature } from './features/item/item.feature';
import { orderFeature } from './features/order/order.feature';
import { patientFeature } from './features/patient/patient.feature';
import { readingFeature } from './features/reading/reading.feature';
import { siteFeature } from './features/site/site.feature';
import { webhookFeature } from './features/webhook/webhook.feature';
import { systemClock } from './platform/base/clock';
import { EventEntity } from './platform/event/event.entity';
import { EventCatalog } from './platform/event/event-catalog';
import type { BackgroundPart, BackgroundParts, Feature, FeatureParts } from './platform/graphql/feature';
import { buildSchema } from './platform/graphql/schema';
import { IdempotencyKeyEntity } from './platform/operation/idempotency-key.entity';
import { RateLimitEntity } from './platform/access/rate-limit.entity';
import { RateLimitPruner } from './platform/access/rate-limit.repository';
import { PersistedQueryEntity } from './platform/operation/persisted-query.entity';
import { IdempotencyPruner } from './platform/operation/idempotency-pruner';

/** In dependency order: each may import those before it. */
export const FEATURES: readonly Feature[] = [
  customerFeature,
  apiKeyFeature,
  activityFeature,
  itemFeature,
  siteFeature,
  patientFeature,
  deviceFeature,
  readingFeature,
  orderFeature,
  webhookFeature,
];

/** Every table that the gateway reads or writes. A test compares the columns with the migrated database. */
export const ENTITIES = [
  EventEntity,
  IdempotencyKeyEntity,
  RateLimitEntity,
  PersistedQueryEntity,
  ...FEATURES.flatMap(({ entities }) => entities ?? []),
];

/** Every event that the gateway emits. */
export const EVENTS = new EventCatalog(FEATURES.flatMap(({ events }) => events ?? []));

/** The consumer of these events. */
export const CONSUMER = FEATURES.find(({ consumer }) => consumer)?.consumer;

/** Every route of the REST interface. */
export const ROUTES = FEATURES.flatMap(({ routes = [] }) => (typeof routes === 'function' ? routes(EVENTS) : routes));

/** Completes the parts that differ between environments. The defaults are sufficient to build the schema. */
export function featureParts(parts: Partial<Omit<FeatureParts, 'events'>> = {}): FeatureParts {
  return { clock: systemClock, keyFor: () => randomBytes(32), allowsLoopback: false, ...parts, events: EVENTS };
}

/** The executable schema. It has no state: everything that an operation needs is in its RequestContext. */
export function buildGatewaySchema(parts: FeatureParts = featureParts()): GraphQLSchema {
  return buildSchema(FEATURES, parts);
}

/** The background work of the features, which is not started yet. */
export function createBackground(parts: BackgroundParts): readonly BackgroundPart[] {
  return [
    new IdempotencyPruner(parts.database, parts.log),
    new RateLimitPruner(parts.database, parts.log),
    ...FEATURES.flatMap((feature) => feature.background?.(parts) ?? []),
  ];
}

/** For tokens, whose claim may name any customer. */
export { findCustomer } from './features/customer/customer.repository';
