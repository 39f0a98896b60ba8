import type { AddressInfo } from 'node:net';
import { InFlight } from '../operation/in-flight';
import { createApolloServer } from './apollo';
import { serveGraphiql } from './explorer/graphiql';
import { readTour } from './explorer/graphiql.tour';
import { serveGraphql, type GraphqlRouteOptions } from './graphql-route';
import { GraphqlWs, type GraphqlWsOptions } from './graphql-ws';
import { serveHealth } from './health';
import { createHttpServer } from './server';

export interface HttpGatewayOptions
  extends Omit<GraphqlWsOptions, 'inFlight'>, Omit<GraphqlRouteOptions, 'apollo' | 'inFlight'> {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** The key that the explorer starts with, which every visitor can read: of the demo only. */
  demoKey?: string | undefined;
  /** Why the gateway cannot serve now; undefined when it can. */
  unreadiness: () => string | undefined;
}

export interface HttpGateway {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Not ready any more, running operations finish, sockets are told to go. */
  stop(): Promise<void>;
}

/** How long running operations are waited for when the gateway stops. */
const DRAIN_TIMEOUT_MS = 5_000;
/** How long their results may then take to be read. */
const CLOSE_TIMEOUT_MS = 500;

/** Serves `/graphql` over HTTP and WebSocket, the explorer and the probes. */
export async function startHttpGateway(options: HttpGatewayOptions): Promise<HttpGateway> {
  const { pipeline, errors, graphiql, corsOrigins, log, host, port, demoKey } = options;
  const apollo = createApolloServer(pipeline, errors);
  await apollo.start();
  const server = await createHttpServer(log, corsOrigins);
  const inFlight = new InFlight();
  const sockets = new GraphqlWs({ ...options, inFlight });
  serveHealth(server, () => (inFlight.isClosed ? 'stopping' : options.unreadiness()));
  serveGraphql(server, { ...options, apollo, inFlight });
  if (graphiql) {
    const defaultHeaders = demoKey === undefined ? undefined : { Authorization: `Bearer ${demoKey}` };
    // The only headers that tabs bring are demo keys.
    const tabs = readTour().map(({ headers, ...tab }) => (demoKey === undefined ? tab : { ...tab, headers }));
    serveGraphiql(server, { endpoint: '/graphql', defaultHeaders, tabs });
  }
  sockets.listenOn(server.server);
  await server.listen({ host, port });
  return {
    url: urlOf(server.server.address() as AddressInfo),
    stop: async () => {
      const drained = inFlight.close(DRAIN_TIMEOUT_MS);
      // It listens until then, so that /readyz can say that it is on its way out.
      await sockets.stop(drained);
      await withinTime(server.close(), CLOSE_TIMEOUT_MS, () => server.server.closeAllConnections());
      await apollo.stop();
    },
  };
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
