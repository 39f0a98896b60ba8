import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';
import type { Logger } from '../base/logger';
import { Metrics } from './metrics';
import type { MetricSources } from './state-metrics';

export interface MetricsAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface MetricsServer {
  /** For example `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  stop(): Promise<void>;
}

const PATH = '/metrics';

/**
 * Counts metrics, and serves them on an address of their own. The port of the API does not have them, so a proxy need not block
 * them.
 */
export async function startMetrics(
  { host, port }: MetricsAddress,
  log: Pick<Logger, 'warn'>,
  sources: MetricSources,
): Promise<MetricsServer> {
  const metrics = new Metrics(sources);
  /** Scrapes at the same time have the same result: the number of them does not multiply the work. */
  let scrape: Promise<string> | undefined;
  const read = () => (scrape ??= metrics.text().finally(() => (scrape = undefined)));
  const respond = async ({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (url.split('?', 1)[0] !== PATH) return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const text = await read();
    response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      log.warn({ err: error }, 'metrics could not be read');
      response.writeHead(500).end();
    });
  });
  server.maxConnections = 20;
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    metrics.stop();
    throw error;
  }
  const { address, port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(address) ? `[${address}]` : address}:${actual}${PATH}`,
    stop: async () => {
      metrics.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
