import type { GraphQLSchema } from 'graphql';
import type { ClassType } from 'type-graphql';
import type { RateLimits } from '../access/rate-limits';
import type { Clock } from '../base/clock';
import type { Database } from '../db/database';
import type { StreamLog } from '../db/stream-log';
import type { EventCatalog, EventDefinition } from '../event/event-catalog';
import type { EventStream } from '../event/event-stream';
import type { SelectiveConsumer } from '../event/event.repository';
import type { LoaderDefinition } from '../list/loader';
import type { RestRoute } from '../rest/route';

/** What resolvers need from the process. */
export interface FeatureParts {
  /** The clock of the database, for checks such as "not in the future". */
  readonly clock: Clock;
  /** A 32-byte key for one purpose, derived from APP_SECRET. */
  readonly keyFor: (purpose: string) => Buffer;
  /** True in demo mode: webhook URLs may point at this machine. */
  readonly allowsLoopback: boolean;
  /** The events of all features. */
  readonly events: EventCatalog;
  /** See `JoinedCalls`. */
  readonly slowGroupMs?: number | undefined;
}

/** Intervals of background work, which tests shorten. */
export interface BackgroundTimings {
  pollIntervalMs?: number;
  removalIntervalMs?: number;
  timeoutMs?: number;
  bodyTimeoutMs?: number;
  leaseMs?: number;
  drainTimeoutMs?: number;
  slowMs?: number;
}

/** What background work also needs from the process. */
export interface BackgroundParts extends FeatureParts {
  readonly database: Database;
  readonly stream: EventStream;
  readonly log: StreamLog;
  readonly rates: Pick<RateLimits, 'chargeCustomer'>;
  /** How long finished work, such as webhook deliveries, is kept. */
  readonly retentionDays: number;
  readonly timings?: BackgroundTimings | undefined;
}

/** Work that a feature does in the background, without a request. */
export interface BackgroundPart {
  /** What is done before the first request. Must not throw. */
  prepare?(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** Reads nodes of one type by their row ids. */
export type NodeLoader = LoaderDefinition<string, { id: string } | null>;

/**
 * A resolver class that replaces resolvers of the built schema. type-graphql's own copy the arguments into instances of their
 * classes, for each parent.
 */
export interface BoundResolver {
  /** @param nodes loaders by type */
  bindTo(schema: GraphQLSchema, nodes: Readonly<Record<string, NodeLoader>>): void;
}

/** The manifest of a feature: everything the platform needs to run it. */
export interface Feature {
  readonly entities?: readonly (new () => object)[];
  /** By the type name in global ids: a type that implements Node, or an interface of several such types, whose rows know their type. */
  readonly nodes?: Readonly<Record<string, NodeLoader>>;
  readonly events?: readonly EventDefinition[];
  /** Types that no field has, such as the implementations of an interface. */
  readonly types?: readonly ClassType[];
  readonly resolvers?: (parts: FeatureParts) => readonly object[];
  /** Of REST. A function for shapes that depend on the events of all features. */
  readonly routes?: readonly RestRoute[] | ((events: EventCatalog) => readonly RestRoute[]);
  /** Of the outbox. At most one feature has one. */
  readonly consumer?: SelectiveConsumer;
  readonly background?: (parts: BackgroundParts) => readonly BackgroundPart[];
}
