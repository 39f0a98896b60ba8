import { once } from 'node:events';
import { startApp, type App } from './app';
import { loadConfig, type Config } from './config';
import { describeDatabaseError } from './platform/db/pg-error';
import { DEMO_KEYS } from './programs/demo/demo-keys';
import { explainError } from './platform/db/explain-error';
import { untilStopSignal, type Interruption } from './platform/base/interruption';
import { boundHeapGrowth } from './platform/base/heap';
import { createLogger } from './platform/base/logger';
import { surviveOutputFailures } from './platform/base/output';

/** Longer than the drain takes and shorter than 10 s, so that hanging work does not keep the process alive. */
const EXIT_TIMEOUT_MS = 9_500;

async function main(): Promise<void> {
  // First of all: whatever is started from here on is also stopped.
  const stopping = untilStopSignal('ignore');
  surviveOutputFailures();
  boundHeapGrowth();
  const config = loadConfig();
  const log = createLogger({
    level: config.log.level,
    readable: process.stdout.isTTY,
    describeError: describeDatabaseError,
  });
  stopping.addEventListener('abort', () => {
    log.info({ signal: (stopping.reason as Interruption).signal }, 'shutting down');
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
  });
  const startedAt = performance.now();
  let app: App;
  try {
    app = await startApp(config, log, { stopping });
  } catch (error) {
    if (error === stopping.reason) process.exit(0);
    throw error;
  }
  log.info({ url: app.url, startMs: Math.round(performance.now() - startedAt) }, 'gateway ready');
  if (config.log.level !== 'silent') process.stdout.write(welcome(config, app.url));

  if (!stopping.aborted) await once(stopping, 'abort');
  await app.stop().catch((error: unknown) => {
    log.error({ err: error }, 'shutdown failed');
    process.exit(1);
  });
  process.exit(0);
}

/** First steps for a new user. Written to stdout as plain text, not as a log line. */
function welcome(config: Config, url: string): string {
  if (!config.demo) return '';
  const keys = DEMO_KEYS.map(({ key, role }) => `    ${key.padEnd(26)}${role}`);
  const explorer = config.server.graphiql ? `  Explorer   ${url}/graphql\n  Reference  ${url}/api/v3/docs\n` : '';
  return `\n  Start page ${url} (open it in a browser)\n${explorer}  Endpoint   ${url}/graphql (HTTP and WebSocket)\n  REST       ${url}/api/v3\n  Demo keys  send one as "Authorization: Bearer <key>"\n${keys.join('\n')}\n\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${explainError(error)}\n`);
  process.exit(1);
});
