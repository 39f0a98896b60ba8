import { startApp } from '../src/app';
import { loadConfig } from '../src/config';
import { createLogger } from '../src/platform/base/logger';

/** The gateway as it is shipped, quiet, on the benchmark's database. */
async function main(): Promise<void> {
  const config = loadConfig({
    DATABASE_URL: process.env.BENCH_DATABASE_URL,
    APP_SECRET: 'a secret of the benchmark, which protects nothing',
    PORT: '0',
    DEMO: 'on',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
  });
  const app = await startApp(config, createLogger({ level: config.log.level }));
  process.send?.(app.url);
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
}

void main();
