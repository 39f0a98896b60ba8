import { startApp } from '../src/app';
import { loadConfig } from '../src/config';
import { boundHeapGrowth } from '../src/platform/base/heap';
import { createLogger } from '../src/platform/base/logger';

/**
 * The gateway in production mode, with the log level `error`, on the benchmark's database. The environment can set other
 * variables. It replies to each message of its parent with its greatest memory use so far, in kilobytes.
 */
async function main(): Promise<void> {
  boundHeapGrowth();
  const config = loadConfig({
    // One key would reach the limit of its rate.
    RATE_LIMIT_COST_PER_SECOND: '0',
    RATE_LIMIT_CREDENTIAL_COST_PER_SECOND: '0',
    ...process.env,
    DATABASE_URL: process.env.BENCH_DATABASE_URL,
    APP_SECRET: 'a secret for the benchmark that protects nothing',
    PORT: '0',
    DEMO: 'on',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
  });
  const app = await startApp(config, createLogger({ level: config.log.level }));
  process.send?.(app.url);
  process.on('message', () => process.send?.(process.resourceUsage().maxRSS));
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
}

void main();
