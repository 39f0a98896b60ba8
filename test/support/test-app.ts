import 'reflect-metadata';
import { Writable } from 'node:stream';
import { Client } from 'pg';
import { startApp, type App, type AppOverrides } from '../../src/app';
import { loadConfig } from '../../src/config';
import { describeDatabaseError } from '../../src/platform/db/pg-error';
import type { Scope } from '../../src/platform/db/scope';
import { createLogger } from '../../src/platform/base/logger';
import { forget, record } from './recording';
import { watchRefusals } from './refusals';
import { createTestDatabase, type TEMPLATES, type TestDatabase } from './test-database';

/** The demo keys by caller. */
export const KEYS = {
  northside: 'demo-northside',
  lakeview: 'demo-lakeview',
  readOnly: 'demo-northside-readonly',
  ingest: 'demo-ingest',
  operator: 'demo-operator',
} as const;
export type CallerName = keyof typeof KEYS;

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  locations?: { line: number; column: number }[];
  extensions: { code: string } & Record<string, unknown>;
}

export interface GraphqlResponse<Data = Record<string, unknown>> {
  status: number;
  data: Data;
  errors?: GraphqlError[];
}

export interface LoggedStatement {
  scope: Scope;
  text: string;
  values: readonly unknown[];
}

export interface TestAppOptions extends AppOverrides {
  /** Number of gateways on the same database. Default 1. */
  instances?: number;
  template?: keyof typeof TEMPLATES;
  /** Instead of a new one from the template. */
  database?: TestDatabase;
  /** Further environment variables. */
  env?: Record<string, string>;
}

/** Also for gateways and cursors that a test makes itself. */
export const APP_SECRET = 'a secret for tests, the same on all instances';

/** One or more gateways on a separate database, used by HTTP and WebSocket like a client. */
export class TestApp {
  /** Statements that the gateways sent, oldest first. */
  readonly statements: LoggedStatement[] = [];
  /** The gateways' log, all levels. */
  log = '';
  readonly urls: string[] = [];
  readonly admin: Client;
  private readonly apps: App[] = [];

  private constructor(readonly database: TestDatabase) {
    this.admin = new Client({ connectionString: database.url });
    record(this);
  }

  static async start({
    instances = 1,
    template = 'demo',
    database,
    env = {},
    ...overrides
  }: TestAppOptions = {}): Promise<TestApp> {
    watchRefusals();
    const test = new TestApp(database ?? (await createTestDatabase(template)));
    await test.admin.connect();
    for (let index = 0; index < instances; index += 1) await test.startInstance(env, overrides);
    return test;
  }

  /** Another gateway on the same database. */
  async startInstance(env: Record<string, string> = {}, overrides: AppOverrides = {}): Promise<App> {
    const config = loadConfig({
      DATABASE_URL: this.database.url,
      APP_SECRET,
      PORT: '0',
      DEMO: 'on',
      // Of one customer, six statements run at a time, also beside others.
      DATABASE_POOL_SIZE: '18',
      LOG_LEVEL: 'trace',
      // High enough for slow machines. Tests of the timeout set their own.
      STATEMENT_TIMEOUT_MS: '600000',
      OPERATION_TIMEOUT_MS: '600000',
      ...env,
    });
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.log += chunk.toString();
        done();
      },
    });
    const log = createLogger({ level: config.log.level, destination, describeError: describeDatabaseError });
    const app = await startApp(config, log, {
      connectionInitTimeoutMs: 60_000,
      // Whether a read is compiled depends on whether its document was used before. Tests of compiled reads say so.
      compiledReads: false,
      // All tests come from one address.
      refusedPerMinute: 1_000_000,
      ...overrides,
      observe: (scope, text, values) => {
        this.statements.push({ scope, text, values });
        overrides.observe?.(scope, text, values);
      },
    });
    this.apps.push(app);
    this.urls.push(app.url);
    return app;
  }

  get url(): string {
    return this.urls[0]!;
  }

  /** Those of gateways with METRICS_PORT. */
  get metricsUrls(): string[] {
    return this.apps.flatMap(({ metricsUrl }) => metricsUrl ?? []);
  }

  /** Number of open subscriptions on all gateways. */
  get subscribers(): number {
    return this.apps.reduce((sum, { subscribers }) => sum + subscribers, 0);
  }

  /** Runs one operation over HTTP. */
  async query<Data = Record<string, any>>( // eslint-disable-line @typescript-eslint/no-explicit-any -- the test knows the shape of the data
    caller: CallerName | { key: string },
    query: string,
    variables: Record<string, unknown> = {},
    instance = 0,
  ): Promise<GraphqlResponse<Data>> {
    const response = await fetch(`${this.urls[instance]}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyOf(caller)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<GraphqlResponse<Data>, 'status'>) };
  }

  /** The data of an operation that must succeed. */
  async data<Data = Record<string, any>>( // eslint-disable-line @typescript-eslint/no-explicit-any -- the test knows the shape of the data
    caller: CallerName | { key: string },
    query: string,
    variables: Record<string, unknown> = {},
    instance = 0,
  ): Promise<Data> {
    const { data, errors } = await this.query<Data>(caller, query, variables, instance);
    if (errors) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
    return data;
  }

  /** The statements in callers' scopes while `work` ran. */
  async statementsOf(work: () => Promise<unknown>): Promise<LoggedStatement[]> {
    const from = this.statements.length;
    await work();
    return this.statements.slice(from).filter(({ scope }) => scope.kind !== 'system');
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.admin.end();
    await this.database.drop();
    forget(this);
  }
}

export function keyOf(caller: CallerName | { key: string }): string {
  return typeof caller === 'string' ? KEYS[caller] : caller.key;
}
