import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { AccessService } from './access/access.service';
import { JwtVerifier } from './access/jwt';
import type { Config } from './config';
import type { DatabaseOptions } from './db/database';
import { openDatabase } from './db/open-database';
import { DEMO_KEYS } from './demo/demo-keys';
import { loadDemoData } from './demo/load-demo-data';
import { ENTITIES } from './entities';
import { EventStream } from './event/event-stream';
import { createApolloServer } from './graphql/apollo';
import { ErrorFormatter } from './graphql/format-error';
import { DEFAULT_LIMITS } from './graphql/limits';
import { OperationPipeline } from './graphql/operation-pipeline';
import { buildGatewaySchema } from './graphql/schema';
import { serveGraphiql } from './http/graphiql';
import { walkthroughTabs } from './http/graphiql.examples';
import { serveGraphql } from './http/graphql-route';
import { GraphqlWs } from './http/graphql-ws';
import { serveHealth } from './http/health';
import { createHttpServer } from './http/server';
import type { RequestEnvironment } from './request/request-context';
import { systemClock, type Clock } from './shared/clock';
import { CursorSealer } from './shared/cursor';
import type { Logger } from './shared/logger';
import { deriveKey, readOrCreateAppSecret } from './shared/secret';

export interface App {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  url: string;
  /** Not ready any more, running operations finish, sockets are told to go, the database is let go. Safe to call twice. */
  stop: () => Promise<void>;
}

/** What tests and benchmarks put in the place of the real thing. */
export interface AppOverrides {
  clock?: Clock;
  observe?: DatabaseOptions['observe'];
  /** How often sockets ask whether their credential is still good. */
  recheckIntervalMs?: number;
}

/** How long running operations are waited for when the gateway stops. */
const DRAIN_TIMEOUT_MS = 7_000;

/** Makes every part once and connects them. */
export async function startApp(config: Config, log: Logger, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const { database, url, dataDir, close } = await openDatabase({
    ...config.database,
    location: config.database,
    entities: ENTITIES,
    observe: overrides.observe,
    log: (message, fields) => log.info(fields ?? {}, message),
    afterMigration: async (migrationUrl) => {
      if (config.demo && config.database.kind === 'embedded' && (await loadDemoData(migrationUrl, clock.now()))) {
        log.info('demo data loaded');
      }
    },
  });
  const events = new EventStream({ database, url, log, retentionDays: config.events.retentionDays });
  try {
    const appSecret = config.appSecret ?? (await readOrCreateAppSecret(dataDir!));
    database.onEventsCommitted = () => events.nudge();
    await events.start();

    const access = new AccessService({
      database,
      jwt: config.jwt && new JwtVerifier({ ...config.jwt, clock, onKeysUnavailable: (reason) => log.warn({ reason }, 'keys of the token issuer not read') }),
      demoKeys: config.demo ? DEMO_KEYS : [],
      clock,
    });
    const environment: RequestEnvironment = { database, events, cursors: new CursorSealer(deriveKey(appSecret, 'cursor')) };
    const errors = new ErrorFormatter(log);
    const { introspection, graphiql, corsOrigins, host, port } = config.server;
    const pipeline = new OperationPipeline({ schema: buildGatewaySchema(), limits: DEFAULT_LIMITS, introspection, errors });
    const apollo = createApolloServer(pipeline, errors, introspection);
    await apollo.start();

    const server = await createHttpServer({ log, corsOrigins });
    const sockets = new GraphqlWs({ pipeline, access, environment, corsOrigins, log, recheckIntervalMs: overrides.recheckIntervalMs });
    let stopping: Promise<void> | undefined;
    serveHealth(server, {
      unreadiness: async () => {
        if (stopping) return 'stopping';
        return events.isHealthy() ? undefined : 'the database does not answer';
      },
    });
    serveGraphql(server, { apollo, access, environment, graphiql, maxDocumentBytes: DEFAULT_LIMITS.maxDocumentBytes });
    if (graphiql) {
      const defaultHeaders = config.demo ? { Authorization: 'Bearer demo-northside' } : undefined;
      serveGraphiql(server, { endpoint: '/graphql', defaultHeaders, tabs: walkthroughTabs });
    }
    sockets.listenOn(server.server);
    await server.listen({ host, port });

    const stop = async () => {
      // Sockets first: fastify waits for upgraded connections too.
      await Promise.all([sockets.stop(), withinTime(server.close().then(() => undefined), () => server.server.closeAllConnections())]);
      await events.stop();
      await apollo.stop();
      await close();
    };
    return { url: urlOf(server.server.address() as AddressInfo), stop: () => (stopping ??= stop()) };
  } catch (error) {
    await events.stop();
    await close();
    throw error;
  }
}

async function withinTime(work: Promise<void>, cutOff: () => void): Promise<void> {
  const timer = setTimeout(cutOff, DRAIN_TIMEOUT_MS);
  await work;
  clearTimeout(timer);
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
