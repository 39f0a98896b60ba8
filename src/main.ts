import { startApp } from './app';
import { loadConfig, type Config } from './config';
import { describeDatabaseError } from './platform/db/pg-error';
import { DEMO_KEYS } from './programs/demo/demo-keys';
import { explainError } from './platform/db/explain-error';
import { createLogger } from './platform/base/logger';

/** Longer than the drain takes and shorter than 10 s, so that hanging work does not keep the process alive. */
const EXIT_TIMEOUT_MS = 9_500;

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger({
    level: config.log.level,
    readable: process.stdout.isTTY,
    describeError: describeDatabaseError,
  });
  const startedAt = performance.now();
  const app = await startApp(config, log);
  log.info({ url: app.url, startMs: Math.round(performance.now() - startedAt) }, 'gateway ready');

  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'shutting down');
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (config.log.level !== 'silent') process.stdout.write(welcome(config, app.url));
}

/** First steps for a new user. Written to stdout as plain text, not as a log line. */
function welcome(config: Config, url: string): string {
  if (!config.demo) return '';
  const keys = DEMO_KEYS.map(({ key, role }) => `    ${key.padEnd(26)}${role}`);
  const explorer = config.server.graphiql ? `  Explorer   ${url}/graphql\n` : '';
  return `\n  Start page ${url} (open it in a browser)\n${explorer}  Endpoint   ${url}/graphql (HTTP and WebSocket)\n  Demo keys  send one as "Authorization: Bearer <key>"\n${keys.join('\n')}\n\n`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${explainError(error)}\n`);
  process.exit(1);
});
