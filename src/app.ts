import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { Config } from './config';
import { buildGatewaySchema, CONSUMER, createBackground, featureParts, findCustomer, ROUTES } from './features';
import { AccessService } from './platform/access/access.service';
import { ApiKeyUses } from './platform/access/api-key-uses';
import type * as Jwt from './platform/access/jwt';
import { AddressLimit } from './platform/access/address-limit';
import { RateLimitMerger } from './platform/access/rate-limit-merger';
import { RateLimits } from './platform/access/rate-limits';
import type { Clock } from './platform/base/clock';
import { unlessAborted } from './platform/base/interruption';
import type { Logger } from './platform/base/logger';
import { deriveKey, readOrCreateAppSecret } from './platform/base/secret';
import type { DatabaseOptions } from './platform/db/database';
import { DatabaseClock, readDatabaseTime } from './platform/db/database-clock';
import { openDatabase } from './platform/db/open-database';
import { WriteWatch } from './platform/db/write-watch';
import { readEventLag } from './platform/event/event-lag.repository';
import { EventStream } from './platform/event/event-stream';
import type { BackgroundTimings } from './platform/graphql/feature';
import { startHttpGateway, type HttpGatewayOptions } from './platform/http/http-gateway';
import { logSlowStatements } from './platform/observe/slow-statements';
import { logUntrustedDocuments } from './platform/observe/untrusted-documents';
import type * as Metrics from './platform/observe/metrics-server';
import { WATCH_SCOPE } from './platform/db/scope';
import { Cursors } from './platform/list/cursor';
import { ErrorFormatter } from './platform/operation/format-error';
import { readManifests } from './platform/operation/document-manifests';
import { DEFAULT_LIMITS } from './platform/operation/limits';
import { IdempotencyKeys } from './platform/operation/idempotency-keys';
import { CompiledReads, type CompiledReadsOptions } from './platform/read/compiled-reads';
import { OperationPipeline } from './platform/operation/operation-pipeline';
import { PersistedQueries, type PersistedQueryBounds } from './platform/operation/persisted-queries';
import { OperationPlaces, type PlaceLimits } from './platform/operation/places';
import { DEMO_KEYS, PUBLIC_DEMO_KEYS } from './programs/demo/demo-keys';
import { loadDemoData } from './programs/demo/load-demo-data';

/** For what is not part of every configuration: it takes memory, and time of the start. */
const load = createRequire(__filename);
const createJwtVerifier = (options: Jwt.JwtVerifierOptions) =>
  new (load('./platform/access/jwt') as typeof Jwt).JwtVerifier(options);
const startMetrics: typeof Metrics.startMetrics = (...args) =>
  (load('./platform/observe/metrics-server') as typeof Metrics).startMetrics(...args);

export interface App {
  /** Base URL of the server, e.g. `http://127.0.0.1:4000`. */
  url: string;
  /** URL of the metrics. Undefined when they are not served. */
  metricsUrl: string | undefined;
  /** Number of open subscriptions on this instance. */
  readonly subscribers: number;
  /** Reports not ready, lets running operations finish, closes the sockets and then the database. Safe to call twice. */
  stop: () => Promise<void>;
}

/** Replacements for tests and benchmarks. */
export interface AppOverrides extends Pick<
  HttpGatewayOptions,
  | 'recheckIntervalMs'
  | 'connectionInitTimeoutMs'
  | 'strangers'
  | 'socketLimits'
  | 'unreadTimeoutMs'
  | 'maxUnreadBytes'
  | 'maxAllUnreadBytes'
> {
  /** Instead of the clock of the database. */
  clock?: Clock;
  observe?: DatabaseOptions['observe'];
  /** See EventStreamOptions. */
  eventBufferBytes?: number;
  /** Time limits of a probe of the database, and of the use of one connection. */
  connections?: Pick<DatabaseOptions, 'probeTimeoutMs' | 'connectionLifetimeMs' | 'waits'>;
  webhooks?: BackgroundTimings;
  /** Instead of the limit of refused credentials of an address. */
  refusedPerMinute?: number;
  /** False to leave all reads to the executor. */
  compiledReads?: CompiledReadsOptions | false;
  /** Pause between two merges of rate limits. Default 1,000. */
  rateMergeIntervalMs?: number;
  /** Instead of the limits of operations in progress. */
  placeLimits?: Partial<PlaceLimits>;
  /** Time after which a group of calls that takes longer no longer delays the next one. Default 100. */
  slowGroupMs?: number;
  /** Instead of the bounds of persisted queries. */
  persistedBounds?: Partial<PersistedQueryBounds>;
  /** Aborted to stop while the gateway is starting. The start then fails with the signal's reason, and leaves nothing running. */
  stopping?: AbortSignal;
}

/** Creates every part once and connects the parts. */
export async function startApp(config: Config, log: Logger, overrides: AppOverrides = {}): Promise<App> {
  const {
    observe,
    connections,
    eventBufferBytes,
    webhooks,
    stopping,
    placeLimits,
    rateMergeIntervalMs,
    persistedBounds,
    refusedPerMinute,
    compiledReads,
    slowGroupMs,
    ...socketOptions
  } = overrides;
  const { demo, server } = config;
  const { mode, path } = config.trustedDocuments;
  const trust = { mode, manifests: mode === 'off' ? [] : readManifests(path!) };
  const { database, url, dataDir, close } = await openDatabase({
    ...config.database,
    ...connections,
    location: config.database,
    observe,
    stopping,
    log: (message, fields) => log.info(fields ?? {}, message),
    afterMigration: async (migrationUrl) => {
      if (demo && config.database.kind === 'embedded' && (await loadDemoData(migrationUrl, overrides.clock?.now()))) {
        log.info('demo data loaded');
      }
    },
  });
  const { retentionDays } = config.events;
  const streamOptions = {
    ...connections,
    database,
    url,
    log,
    retentionDays,
    bufferBytes: eventBufferBytes,
    consumer: CONSUMER,
  };
  const events = new EventStream(streamOptions);
  /** Background work, stopped with the gateway. */
  const background: { stop: () => Promise<void> }[] = [events];
  try {
    const databaseClock = new DatabaseClock(() => readDatabaseTime(database));
    background.push(databaseClock);
    await unlessAborted(stopping, databaseClock.start());
    const clock = overrides.clock ?? databaseClock;
    const appSecret = config.appSecret ?? (await readOrCreateAppSecret(dataDir!));
    const parts = featureParts({
      clock,
      keyFor: (purpose) => deriveKey(appSecret, purpose),
      allowsLoopback: demo,
      slowGroupMs,
    });
    await unlessAborted(stopping, events.start());
    const writes = new WriteWatch(database, log, connections?.probeTimeoutMs);
    writes.start();
    background.push(writes);
    const rates = new RateLimits(config.rates);
    const work = createBackground({
      ...parts,
      database,
      stream: events,
      log,
      rates,
      retentionDays: config.webhooks.retentionDays,
      timings: webhooks,
    });
    await unlessAborted(stopping, Promise.all(work.map(async (part) => part.prepare?.())));
    for (const part of work) part.start();
    background.push(...work);
    const keyUses = new ApiKeyUses({ database, clock, log });
    keyUses.start();
    background.push(keyUses);
    const onKeysUnavailable = (cause: unknown) =>
      log.warn({ err: cause }, 'could not read the keys of the token issuer');
    const access = new AccessService({
      database,
      addresses: new AddressLimit(rates.buckets, refusedPerMinute),
      jwt: config.jwt && createJwtVerifier({ ...config.jwt, clock, onKeysUnavailable }),
      demoKeys: demo ? DEMO_KEYS : [],
      clock,
      findCustomer,
      onKeyUsed: (id) => keyUses.note(id),
    });
    const { introspection } = server;
    const errors = new ErrorFormatter(log, introspection);
    const schema = buildGatewaySchema(parts);
    const pipeline = new OperationPipeline(
      { schema, limits: DEFAULT_LIMITS, introspection, trust },
      errors,
      compiledReads === false ? undefined : new CompiledReads(schema, compiledReads),
    );
    const rateMerger = new RateLimitMerger(database, rates.buckets, log, rateMergeIntervalMs);
    rateMerger.start();
    background.push(rateMerger);
    const persisted = new PersistedQueries({ database, rates, log, bounds: persistedBounds });
    persisted.start();
    background.push(persisted);
    const places = new OperationPlaces(placeLimits);
    const http = await startHttpGateway({
      ...server,
      ...socketOptions,
      routes: ROUTES,
      pipeline,
      persisted,
      access,
      environment: {
        database,
        events,
        cursors: new Cursors(parts.keyFor('cursor'), parts.keyFor('list cursor')),
        idempotency: new IdempotencyKeys(parts.keyFor('idempotency')),
        bounds: config.operations,
        places,
        rates,
      },
      errors,
      log,
      slowOperationMs: config.log.slowOperationMs,
      demoKeys: demo ? PUBLIC_DEMO_KEYS : undefined,
      unreadiness: () => writes.refusal ?? (events.isHealthy() ? undefined : 'the database does not respond'),
    });
    const metrics =
      config.metrics &&
      (await startMetrics(config.metrics, log, {
        pools: () => database.pools,
        subscriptions: () => events.subscribers,
        sockets: () => http.sockets,
        operations: () => places,
        documentBytes: () => pipeline.documentBytes,
        isReady: () => http.isReady,
        lag: async () => {
          const { head, consumers } = await readEventLag(database.session(WATCH_SCOPE));
          return { tailEvents: Math.max(0, head - events.position), consumers };
        },
      }).catch(async (error: unknown) => {
        await http.stop();
        throw error;
      }));
    const endLogs = [
      logSlowStatements(log, config.log.slowStatementMs),
      ...(mode === 'off' ? [] : [logUntrustedDocuments(log)]),
    ];
    const stop = async () => {
      await http.stop();
      await metrics?.stop();
      for (const end of endLogs) end();
      await Promise.all(background.map((part) => part.stop()));
      await close();
    };
    let stopped: Promise<void> | undefined;
    return {
      url: http.url,
      metricsUrl: metrics?.url,
      get subscribers() {
        return events.subscribers;
      },
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await Promise.all(background.map((part) => part.stop()));
    await close();
    throw error;
  }
}
