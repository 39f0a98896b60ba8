import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InFlight } from '../operation/in-flight';
import { createApolloServer } from './apollo';
import { trustProxies } from './client-address';
import { Connections, type ConnectionsOptions } from './connections';
import type { CorsOptions } from './cors';
import { serveGraphiql } from './explorer/graphiql';
import { readTour } from './explorer/graphiql.tour';
import { GraphqlRoute, type GraphqlRouteOptions } from './graphql-route';
import { GraphqlWs, type GraphqlWsOptions } from './graphql-ws';
import { serveHealth } from './health';
import { HttpRules } from './http-rules';
import { serveReference } from './reference/reference';
import { RequestLog, type RequestLogOptions } from './request-log';
import { JsonBodies } from './request-text';
import { Requests } from './requests';
import { serveRest, type RestOptions } from './rest/rest-api';
import { createFastify, createHttpServer } from './server';
import { serveStart, type PublicKey } from './start/start';

export interface HttpGatewayOptions
  extends
    CorsOptions,
    Omit<GraphqlWsOptions, 'inFlight' | 'connections' | 'lines'>,
    Omit<ConnectionsOptions, 'log'>,
    Omit<RequestLogOptions, 'log'>,
    Omit<GraphqlRouteOptions, 'apollo' | 'requests' | 'rules' | 'bodies' | 'lines'>,
    Pick<RestOptions, 'routes'> {
  host: string;
  /** 0 for any free port. */
  port: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is read. */
  trustedProxies: readonly string[];
  /** Whether schema introspection is allowed. */
  introspection: boolean;
  /** API keys that every visitor can read, so they are set in demo mode only. The explorer starts with the first one. */
  demoKeys?: readonly PublicKey[] | undefined;
  /** Returns why the gateway is not ready; undefined when it is ready. */
  unreadiness: () => string | undefined;
}

export interface HttpGateway {
  /** URL that it listens on, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Number of open WebSockets. */
  readonly sockets: number;
  /** Whether `/readyz` reports that the gateway can serve. */
  readonly isReady: boolean;
  /** Reports not ready, lets running operations finish, and closes all sockets. */
  stop(): Promise<void>;
}

/** Time for running operations to finish when the gateway stops. */
const DRAIN_TIMEOUT_MS = 5_000;
/** Time for clients to read the results after that. */
const CLOSE_TIMEOUT_MS = 500;

/** Serves `/graphql` over HTTP and WebSocket, the REST interface, the start page, the explorer, the reference and the probes. */
export async function startHttpGateway(options: HttpGatewayOptions): Promise<HttpGateway> {
  const { pipeline, errors, graphiql, log, host, port, demoKeys } = options;
  const apollo = createApolloServer(pipeline, errors, options.persisted);
  await apollo.start();
  const lines = new RequestLog(options);
  const connections = new Connections(options);
  const rules = new HttpRules(connections, options.environment.rates, options);
  const server = createFastify({ log, lines, rules, serverOf: (others) => serverOf(() => graphql, others) });
  trustProxies(server.server, options.trustedProxies);
  connections.watch(server.server);
  const inFlight = new InFlight();
  const sockets = new GraphqlWs({ ...options, inFlight, connections, lines });
  const unreadiness = () => (inFlight.isClosed ? 'stopping' : options.unreadiness());
  const url = () => urlOf(server.server.address() as AddressInfo);
  serveHealth(server, unreadiness);
  serveStart(server, { explorer: graphiql, introspection: options.introspection, demoKeys, unreadiness, url });
  const requests = new Requests({ ...options, inFlight, lines });
  const bodies = new JsonBodies(server);
  const graphql = new GraphqlRoute({ ...options, apollo, requests, rules, bodies, lines });
  await serveRest(server, { ...options, schema: pipeline.schema, requests });
  if (graphiql) {
    const demoKey = demoKeys?.[0]?.key;
    const defaultHeaders = demoKey === undefined ? undefined : { Authorization: `Bearer ${demoKey}` };
    const tour = readTour();
    // The only headers of examples are demo keys.
    const examples = demoKey === undefined ? tour.map((example) => ({ ...example, headers: undefined })) : tour;
    serveGraphiql(server, { endpoint: '/graphql', defaultHeaders, examples });
    serveReference(server, { demoKey });
  }
  sockets.listenOn(server.server);
  await server.listen({ host, port });
  return {
    url: url(),
    get sockets() {
      return sockets.count;
    },
    get isReady() {
      return unreadiness() === undefined;
    },
    stop: async () => {
      const drained = inFlight.close(DRAIN_TIMEOUT_MS);
      // The server listens until the sockets are closed, so that /readyz can report that it is stopping.
      await sockets.stop(drained);
      await withinTime(server.close(), CLOSE_TIMEOUT_MS, () => server.server.closeAllConnections());
      await apollo.stop();
      lines.stop();
    },
  };
}

/** The server of all interfaces. @param graphql is asked for when it listens @param others handles what is for other paths */
function serverOf(graphql: () => GraphqlRoute, others: RequestListener): Server {
  const server = createHttpServer((request, response) => {
    if (graphql().takes(request)) graphql().handle(request, response, !server.listening);
    else others(request, response);
  });
  return server;
}

/** Waits for `work`. Calls `hurry` after the timeout to make it finish. */
async function withinTime(work: PromiseLike<unknown>, timeoutMs: number, hurry: () => void): Promise<void> {
  const timer = setTimeout(hurry, timeoutMs);
  await work;
  clearTimeout(timer);
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
