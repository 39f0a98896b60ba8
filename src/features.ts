import { randomBytes } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { activityFeature } from './features/activity/activity.feature';
import { customerFeature } from './features/customer/customer.feature';
import { deviceFeature } from './features/device/device.feature';
import { itemFeature } from './features/item/item.feature';
import { orderFeature } from './features/order/order.feature';
import { patientFeature } from './features/patient/patient.feature';
import { readingFeature } from './features/reading/reading.feature';
import { siteFeature } from './features/site/site.feature';
import { webhookFeature } from './features/webhook/webhook.feature';
import { ApiKeyEntity } from './platform/access/api-key.entity';
import { systemClock } from './platform/base/clock';
import { EventEntity } from './platform/event/event.entity';
import { EventCatalogue } from './platform/event/event-catalogue';
import type { BackgroundPart, BackgroundParts, Feature, FeatureParts } from './platform/graphql/feature';
import { buildSchema } from './platform/graphql/schema';

/** In their order: each may import those before it. */
export const FEATURES: readonly Feature[] = [
  customerFeature,
  activityFeature,
  itemFeature,
  siteFeature,
  patientFeature,
  deviceFeature,
  readingFeature,
  orderFeature,
  webhookFeature,
];

/** Every table that the gateway reads or writes; a test compares their columns with the migrated database. */
export const ENTITIES = [ApiKeyEntity, EventEntity, ...FEATURES.flatMap(({ entities }) => entities ?? [])];

/** Every event that the gateway emits. */
export const EVENTS = new EventCatalogue(FEATURES.flatMap(({ events }) => events ?? []));

/** What is not the same everywhere, completed; by default what is enough to look at the schema. */
export function featureParts(parts: Partial<Omit<FeatureParts, 'events'>> = {}): FeatureParts {
  return { clock: systemClock, keyFor: () => randomBytes(32), allowsLoopback: false, ...parts, events: EVENTS };
}

/** The executable schema. It holds no state: all that an operation needs is in its RequestContext. */
export function buildGatewaySchema(parts: FeatureParts = featureParts()): GraphQLSchema {
  return buildSchema(FEATURES, parts);
}

/** Starts what the features do by themselves. */
export function startBackground(parts: BackgroundParts): readonly BackgroundPart[] {
  const background = FEATURES.flatMap((feature) => feature.background?.(parts) ?? []);
  for (const part of background) part.start();
  return background;
}

/** A token may name any customer. */
export { findCustomer } from './features/customer/customer.repository';
