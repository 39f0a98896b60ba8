import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { AccessService } from './platform/access/access.service';
import { JwtVerifier } from './platform/access/jwt';
import type { Config } from './config';
import type { DatabaseOptions } from './platform/db/database';
import { openDatabase } from './platform/db/open-database';
import { DEMO_KEYS } from './programs/demo/demo-keys';
import { loadDemoData } from './programs/demo/load-demo-data';
import { buildGatewaySchema, EVENTS } from './features';
import { EventStream } from './platform/event/event-stream';
import { createApolloServer } from './platform/http/apollo';
import { ErrorFormatter } from './platform/operation/format-error';
import { DEFAULT_LIMITS } from './platform/operation/limits';
import { OperationPipeline } from './platform/operation/operation-pipeline';
import { serveGraphiql } from './platform/http/explorer/graphiql';
import { readTour } from './platform/http/explorer/graphiql.tour';
import { serveGraphql } from './platform/http/graphql-route';
import { GraphqlWs } from './platform/http/graphql-ws';
import { serveHealth } from './platform/http/health';
import { InFlight } from './platform/operation/in-flight';
import { createHttpServer } from './platform/http/server';
import { findCustomer } from './features/customer/customer.repository';
import { ReadingPartitions } from './features/reading/reading-partitions';
import { SecretCipher, WEBHOOK_SECRET } from './features/webhook/secret-cipher';
import { WebhookWorker, type WebhookWorkerOptions } from './features/webhook/webhook-worker';
import type { RequestEnvironment } from './platform/operation/request-context';
import { systemClock, type Clock } from './platform/base/clock';
import { CursorSigner } from './platform/list/cursor';
import type { Logger } from './platform/base/logger';
import { deriveKey, readOrCreateAppSecret } from './platform/base/secret';

export interface App {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  url: string;
  /** Subscriptions that are open here. */
  readonly subscribers: number;
  /** Not ready any more, running operations finish, sockets are told to go, the database is let go. Safe to call twice. */
  stop: () => Promise<void>;
}

/** What tests and benchmarks put in the place of the real thing. */
export interface AppOverrides {
  clock?: Clock;
  observe?: DatabaseOptions['observe'];
  /** How often sockets ask whether their credential is still good. */
  recheckIntervalMs?: number;
  /** How long a socket may take to say who it is. */
  connectionInitTimeoutMs?: number;
  /** Events that may wait for one subscriber. */
  maxQueuedEvents?: number;
  webhooks?: Partial<Pick<WebhookWorkerOptions, 'timeoutMs' | 'leaseMs' | 'drainTimeoutMs' | 'pollIntervalMs'>>;
}

/** How long running operations are waited for when the gateway stops. */
const DRAIN_TIMEOUT_MS = 5_000;
/** How long answers may then take to be read. */
const CLOSE_TIMEOUT_MS = 500;

/** Makes every part once and connects them. */
export async function startApp(config: Config, log: Logger, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const { database, url, dataDir, close } = await openDatabase({
    ...config.database,
    location: config.database,
    observe: overrides.observe,
    log: (message, fields) => log.info(fields ?? {}, message),
    afterMigration: async (migrationUrl) => {
      if (config.demo && config.database.kind === 'embedded' && (await loadDemoData(migrationUrl, clock.now()))) {
        log.info('demo data loaded');
      }
    },
  });
  const events = new EventStream({
    database,
    url,
    log,
    retentionDays: config.events.retentionDays,
    maxQueued: overrides.maxQueuedEvents,
  });
  const partitions = new ReadingPartitions(database, log);
  /** What works by itself, and stops with the gateway. */
  const background: { stop: () => Promise<void> }[] = [events, partitions];
  try {
    const appSecret = config.appSecret ?? (await readOrCreateAppSecret(dataDir!));
    const keyFor = (purpose: string) => deriveKey(appSecret, purpose);
    const webhooks = new WebhookWorker({
      database,
      secrets: new SecretCipher(keyFor(WEBHOOK_SECRET)),
      allowsLoopback: config.demo,
      catalogue: EVENTS,
      retentionDays: config.webhooks.retentionDays,
      log,
      ...overrides.webhooks,
    });
    background.push(webhooks);
    database.onEventsCommitted = () => events.nudge();
    await events.start();
    partitions.start();
    webhooks.start();
    events.onEvents = () => webhooks.nudge();

    const access = new AccessService({
      database,
      jwt:
        config.jwt &&
        new JwtVerifier({
          ...config.jwt,
          clock,
          onKeysUnavailable: (reason) => log.warn({ reason }, 'keys of the token issuer not read'),
        }),
      demoKeys: config.demo ? DEMO_KEYS : [],
      clock,
      findCustomer,
    });
    const environment: RequestEnvironment = {
      database,
      events,
      cursors: new CursorSigner(keyFor('cursor')),
    };
    const errors = new ErrorFormatter(log);
    const { introspection, graphiql, corsOrigins, host, port } = config.server;
    const schema = buildGatewaySchema({ clock, keyFor, allowsLoopback: config.demo });
    const pipeline = new OperationPipeline({ schema, limits: DEFAULT_LIMITS, introspection }, errors);
    const apollo = createApolloServer(pipeline, errors);
    await apollo.start();

    const server = await createHttpServer({ log, corsOrigins });
    const inFlight = new InFlight();
    const sockets = new GraphqlWs({ pipeline, access, environment, errors, inFlight, corsOrigins, log, ...overrides });
    serveHealth(server, {
      unreadiness: async () => {
        if (inFlight.isClosed) return 'stopping';
        return events.isHealthy() ? undefined : 'the database does not answer';
      },
    });
    serveGraphql(server, {
      apollo,
      access,
      environment,
      errors,
      inFlight,
      graphiql,
    });
    if (graphiql) {
      const defaultHeaders = config.demo ? { Authorization: 'Bearer demo-northside' } : undefined;
      // The only headers that tabs bring are demo keys.
      const tabs = config.demo ? readTour() : readTour().map(({ query, variables }) => ({ query, variables }));
      serveGraphiql(server, { endpoint: '/graphql', defaultHeaders, tabs });
    }
    sockets.listenOn(server.server);
    await server.listen({ host, port });

    let stopping: Promise<void> | undefined;
    const stop = async () => {
      const drained = inFlight.close(DRAIN_TIMEOUT_MS);
      // It listens until then, so that /readyz can say that it is on its way out.
      await sockets.stop(drained);
      await withinTime(server.close(), CLOSE_TIMEOUT_MS, () => server.server.closeAllConnections());
      await Promise.all(background.map((part) => part.stop()));
      await apollo.stop();
      await close();
    };
    return {
      url: urlOf(server.server.address() as AddressInfo),
      get subscribers() {
        return events.subscribers;
      },
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await Promise.all(background.map((part) => part.stop()));
    await close();
    throw error;
  }
}

/** Waits for `work`, which `cutOff` hurries when the time is over. */
async function withinTime(work: PromiseLike<unknown>, timeoutMs: number, cutOff: () => void): Promise<void> {
  const timer = setTimeout(cutOff, timeoutMs);
  await work;
  clearTimeout(timer);
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
