import type { ClassType } from 'type-graphql';
import type { Clock } from '../base/clock';
import type { Database } from '../db/database';
import type { StreamLog } from '../db/stream-log';
import type { EventCatalogue, EventDefinition } from '../event/event-catalogue';
import type { EventStream } from '../event/event-stream';
import type { LoaderDefinition } from '../list/loader';

/** What resolvers need of the process. */
export interface FeatureParts {
  /** By which the bounds of times are judged. */
  readonly clock: Clock;
  /** A key of 32 bytes for one purpose, derived from the secret of the installation. */
  readonly keyFor: (purpose: string) => Buffer;
  /** In demo mode webhooks may be on this machine. */
  readonly allowsLoopback: boolean;
  /** The events of all features. */
  readonly events: EventCatalogue;
}

/** How soon background work does what; for tests. */
export interface BackgroundTimings {
  pollIntervalMs?: number;
  timeoutMs?: number;
  leaseMs?: number;
  drainTimeoutMs?: number;
}

/** What background work needs of the process besides. */
export interface BackgroundParts extends FeatureParts {
  readonly database: Database;
  readonly stream: EventStream;
  readonly log: StreamLog;
  /** Of what is done, such as deliveries. */
  readonly retentionDays: number;
  readonly timings?: BackgroundTimings | undefined;
}

/** What a feature does by itself, without a request. */
export interface BackgroundPart {
  start(): void;
  stop(): Promise<void>;
}

/** How a node of one type is read by its number. */
export type NodeLoader = LoaderDefinition<string, { id: string } | null>;

/** The manifest of a feature: all that others need to know to run it. */
export interface Feature {
  readonly entities?: readonly (new () => object)[];
  /** By the name that global ids hold: of the type that implements Node, or of the interface of several, whose rows know their type. */
  readonly nodes?: Readonly<Record<string, NodeLoader>>;
  readonly events?: readonly EventDefinition[];
  /** Types that no field names, such as the members of an interface. */
  readonly types?: readonly ClassType[];
  readonly resolvers?: (parts: FeatureParts) => readonly object[];
  readonly background?: (parts: BackgroundParts) => BackgroundPart;
}
