import { z } from 'zod';
import {
  databaseUrl,
  headerNames,
  host,
  isLoopback,
  jwksUrl,
  networks,
  oneOf,
  onOrOff,
  origins,
  shown,
  wholeNumber,
} from './platform/base/config-values';
import { DEFAULT_COST_PER_SECOND } from './platform/access/rate-limits';
import { databaseUserOf } from './platform/base/database-url';
import { ConfigError } from './platform/base/errors';
import { DEFAULT_MAX_RESULT_BYTES, DEFAULT_TIMEOUT_MS } from './platform/base/work';

const MIN_SECRET_LENGTH = 32;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const TRUST_MODES = ['off', 'log', 'only'] as const;
const ENVIRONMENTS = ['development', 'test', 'production'] as const;

const FACTS = z.registry<{
  /** Description in the documented table of variables. */
  meaning: string;
  /** Effective value when the variable is not set, in words. Omitted where the schema's default says it. */
  unset?: string;
  /** The value is never shown, not even in the message that rejects it. */
  secret?: true;
}>();

const VARIABLES = {
  PORT: wholeNumber(0, 65_535).prefault('4000').register(FACTS, { meaning: 'Port to listen on; 0 picks a free port.' }),
  HOST: host().prefault('127.0.0.1').register(FACTS, { meaning: 'Address or host name to listen on.' }),
  MAX_CONNECTIONS: wholeNumber(2, 1_000_000).prefault('10000').register(FACTS, {
    meaning:
      'Maximum number of open HTTP and WebSocket connections. One network address may have half of them; behind a proxy, all have its address.',
  }),
  TRUSTED_PROXIES: networks().prefault('').register(FACTS, {
    meaning:
      'Addresses and networks of your reverse proxies, e.g. `10.0.0.0/8`, separated by commas. From them, `X-Forwarded-For` says which address a client has, for the log and for limits.',
  }),
  DATABASE_URL: databaseUrl().optional().register(FACTS, {
    unset: 'none: the embedded database',
    meaning: 'Your own PostgreSQL (15 to 18), with the user that serves requests. No demo data is loaded.',
    secret: true,
  }),
  MIGRATION_DATABASE_URL: databaseUrl().optional().register(FACTS, {
    unset: 'DATABASE_URL',
    meaning: 'The same database, with a user that may create tables and roles.',
    secret: true,
  }),
  DATA_DIR: z
    .string()
    .prefault('.data')
    .register(FACTS, { meaning: 'Folder of the embedded database and of its generated secret.' }),
  DATABASE_PORT: wholeNumber(1, 65_535).optional().register(FACTS, {
    unset: 'a free port',
    meaning: 'Port of the embedded database, on the loopback interface.',
  }),
  DATABASE_POOL_SIZE: wholeNumber(1, 1_000).prefault('10').register(FACTS, {
    meaning:
      "Maximum number of connections for customers' statements; operators have up to 5 more, and the gateway's own work up to 17.",
  }),
  STATEMENT_TIMEOUT_MS: wholeNumber(1, 600_000).prefault('10000').register(FACTS, {
    meaning: 'Statement timeout in milliseconds. PostgreSQL cancels a statement that runs longer.',
  }),
  OPERATION_TIMEOUT_MS: wholeNumber(1, 600_000).prefault(`${DEFAULT_TIMEOUT_MS}`).register(FACTS, {
    meaning:
      'Time in milliseconds for one operation, or one event of a subscription. Then no statement begins, and nothing is committed.',
  }),
  MAX_RESULT_BYTES: wholeNumber(10_000, 100_000_000)
    .prefault(`${DEFAULT_MAX_RESULT_BYTES}`)
    .register(FACTS, { meaning: 'Approximate size in bytes at which the result of an operation is refused.' }),
  RATE_LIMIT_COST_PER_SECOND: wholeNumber(0, 100_000_000).prefault(`${DEFAULT_COST_PER_SECOND}`).register(FACTS, {
    meaning: 'Cost of the operations of one customer per second, on all instances together; 0 for no limit.',
  }),
  RATE_LIMIT_CREDENTIAL_COST_PER_SECOND: wholeNumber(0, 100_000_000).optional().register(FACTS, {
    unset: 'RATE_LIMIT_COST_PER_SECOND',
    meaning: 'The same of one API key, or of one subject of tokens.',
  }),
  TRUSTED_DOCUMENTS: oneOf(TRUST_MODES).prefault('off').register(FACTS, {
    meaning:
      'Documents that are not [trusted](#trusted-documents): `off` runs them, `log` also logs them, `only` refuses them.',
  }),
  TRUSTED_DOCUMENTS_PATH: z.string().optional().register(FACTS, {
    unset: 'none; required with log and only',
    meaning: 'File with the trusted documents, or folder of such files. Read at the start.',
  }),
  APP_SECRET: z
    .string()
    .min(MIN_SECRET_LENGTH, { error: `must have at least ${MIN_SECRET_LENGTH} characters` })
    .optional()
    .register(FACTS, {
      unset: 'generated and kept in DATA_DIR; required with DATABASE_URL',
      meaning:
        'Secret from which the keys for cursors and stored secrets are derived. At least 32 characters, the same on all instances.',
      secret: true,
    }),
  JWKS_URL: jwksUrl().optional().register(FACTS, {
    unset: 'none: JWTs are not accepted',
    meaning: 'https URL where the JWT issuer publishes its public keys.',
    secret: true,
  }),
  JWT_ISSUER: z.string().optional().register(FACTS, {
    unset: 'none',
    meaning: 'Required issuer (`iss`) of JWTs; set together with JWKS_URL.',
  }),
  JWT_AUDIENCE: z.string().optional().register(FACTS, {
    unset: 'none',
    meaning: 'Required audience (`aud`) of JWTs; set together with JWKS_URL.',
  }),
  CORS_ORIGINS: origins().prefault('').register(FACTS, {
    meaning:
      'Allowed origins of browser apps, e.g. `https://app.example.com`, separated by commas. For HTTP and WebSocket.',
  }),
  CORS_HEADERS: headerNames().prefault('').register(FACTS, {
    meaning:
      'Further request headers that browser apps may send, e.g. `x-app-version`, separated by commas. Headers of the API, of GraphQL clients and of tracing are always allowed.',
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS)
    .prefault('info')
    .register(FACTS, { meaning: `One of ${LOG_LEVELS.join(', ')}.` }),
  SLOW_OPERATION_MS: wholeNumber(1, 600_000).prefault('1000').register(FACTS, {
    meaning: 'Milliseconds after which the log line of an operation is a warning with `slow`.',
  }),
  SLOW_STATEMENT_MS: wholeNumber(1, 600_000).prefault('500').register(FACTS, {
    meaning: 'Milliseconds after which a SQL statement is logged by name, as a warning.',
  }),
  METRICS_PORT: wholeNumber(0, 65_535).optional().register(FACTS, {
    unset: 'none: no metrics',
    meaning: 'Port of `/metrics` for Prometheus, on a listener of its own; 0 picks a free port.',
  }),
  METRICS_HOST: host().prefault('127.0.0.1').register(FACTS, {
    meaning: 'Address or host name of that listener. It asks for no credential: do not expose it to the internet.',
  }),
  EVENT_RETENTION_DAYS: wholeNumber(1, 3_650).prefault('7').register(FACTS, {
    meaning: 'Days for which events are kept. A subscription can resume after a cursor for as long.',
  }),
  WEBHOOK_RETENTION_DAYS: wholeNumber(1, 3_650).prefault('30').register(FACTS, {
    meaning: 'Days for which finished webhook deliveries are kept in the log.',
  }),
  DEMO: onOrOff().optional().register(FACTS, {
    unset: 'on for the embedded database, off otherwise',
    meaning: 'Accepts the demo keys. Only on a loopback HOST.',
  }),
  NODE_ENV: oneOf(ENVIRONMENTS)
    .prefault('development')
    .register(FACTS, { meaning: `One of ${ENVIRONMENTS.join(', ')}.` }),
  INTROSPECTION: onOrOff().optional().register(FACTS, {
    unset: 'on, but off in production',
    meaning: 'Allows schema introspection.',
  }),
  GRAPHIQL: onOrOff().optional().register(FACTS, {
    unset: 'on, but off in production',
    meaning:
      'Serves the explorer to browsers at `/graphql`, the REST reference at `/api/v3/docs`, and documents, schema and version at `/`.',
  }),
};

type VariableName = keyof typeof VARIABLES;
type Values = z.output<z.ZodObject<typeof VARIABLES>>;

/** Every variable that the gateway reads, for the documented table. */
export const CONFIG_VARIABLES = Object.entries(VARIABLES).map(([name, schema]) => {
  const { meaning, unset } = FACTS.get(schema)!;
  return { name, default: unset ?? ((schema as z.ZodPrefault).def.defaultValue as string), meaning };
});

/** The rules between variables. A variable that failed its own rule still has its raw text here. */
function checkTogether(values: Partial<Values>, ctx: z.core.$RefinementCtx): void {
  const refused = new Set(ctx.issues.map(({ path }) => path?.[0]));
  const refuse = (name: VariableName, why: string) =>
    ctx.addIssue({ code: 'custom', path: [name], message: why, params: TOGETHER });
  const external = values.DATABASE_URL !== undefined;
  if (external && values.APP_SECRET === undefined)
    refuse('APP_SECRET', 'is required with DATABASE_URL, and the same on all instances');
  if (external && values.DATABASE_PORT !== undefined)
    refuse('DATABASE_PORT', 'is for the embedded database only; with DATABASE_URL, put the port into the URL');
  if (!external && values.MIGRATION_DATABASE_URL !== undefined)
    refuse('MIGRATION_DATABASE_URL', 'requires DATABASE_URL, which names the user that serves requests');

  if (
    !refused.has('TRUSTED_DOCUMENTS') &&
    values.TRUSTED_DOCUMENTS !== 'off' &&
    values.TRUSTED_DOCUMENTS_PATH === undefined
  )
    refuse('TRUSTED_DOCUMENTS_PATH', `is required with TRUSTED_DOCUMENTS=${values.TRUSTED_DOCUMENTS}`);

  const jwt = ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  const missing = jwt.filter((name) => values[name] === undefined);
  if (missing.length < jwt.length)
    for (const name of missing) refuse(name, `is missing; set ${jwt.join(', ')} together`);

  if (refused.has('DEMO') || refused.has('HOST') || isLoopback(values.HOST!) || !(values.DEMO ?? !external)) return;
  const why = values.DEMO === undefined ? ', the default for the embedded database' : '';
  refuse('HOST', `must be a loopback address while DEMO is on${why} (set DEMO=off), is ${shown(values.HOST)}`);
}

/** Marks faults of several variables; their messages are complete. */
const TOGETHER = { together: true };

const ENVIRONMENT = z
  .object(VARIABLES)
  .superRefine(checkTogether, { when: () => true })
  .transform((values) => {
    const production = values.NODE_ENV === 'production';
    return {
      environment: values.NODE_ENV,
      server: {
        host: values.HOST,
        /** 0 picks a free port. */
        port: values.PORT,
        maxConnections: values.MAX_CONNECTIONS,
        trustedProxies: values.TRUSTED_PROXIES,
        corsOrigins: values.CORS_ORIGINS,
        corsHeaders: values.CORS_HEADERS,
        introspection: values.INTROSPECTION ?? !production,
        graphiql: values.GRAPHIQL ?? !production,
      },
      database: toDatabaseConfig(values),
      /** Undefined only for the embedded database. The secret is in its folder then, see `readOrCreateAppSecret`. */
      appSecret: values.APP_SECRET,
      /** Undefined when JWTs are not accepted. */
      jwt: values.JWKS_URL && { jwksUrl: values.JWKS_URL, issuer: values.JWT_ISSUER!, audience: values.JWT_AUDIENCE! },
      rates: {
        costPerSecond: values.RATE_LIMIT_COST_PER_SECOND,
        credentialCostPerSecond: values.RATE_LIMIT_CREDENTIAL_COST_PER_SECOND ?? values.RATE_LIMIT_COST_PER_SECOND,
      },
      operations: { timeoutMs: values.OPERATION_TIMEOUT_MS, maxResultBytes: values.MAX_RESULT_BYTES },
      trustedDocuments: { mode: values.TRUSTED_DOCUMENTS, path: values.TRUSTED_DOCUMENTS_PATH },
      log: {
        level: values.LOG_LEVEL,
        slowOperationMs: values.SLOW_OPERATION_MS,
        slowStatementMs: values.SLOW_STATEMENT_MS,
      },
      /** Undefined when no metrics are served. */
      metrics: values.METRICS_PORT === undefined ? undefined : { host: values.METRICS_HOST, port: values.METRICS_PORT },
      events: { retentionDays: values.EVENT_RETENTION_DAYS },
      webhooks: { retentionDays: values.WEBHOOK_RETENTION_DAYS },
      demo: values.DEMO ?? values.DATABASE_URL === undefined,
    };
  });

export type Config = z.output<typeof ENVIRONMENT>;
export type DatabaseConfig = Config['database'];

function toDatabaseConfig(values: Values) {
  const { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize, STATEMENT_TIMEOUT_MS: statementTimeoutMs } = values;
  const pool = { poolSize, statementTimeoutMs };
  if (url === undefined)
    return { ...pool, kind: 'embedded' as const, dataDir: values.DATA_DIR, port: values.DATABASE_PORT };
  return {
    ...pool,
    kind: 'external' as const,
    /** Holds a password: never log it. */
    url,
    /** The same as `url` unless another user migrates. Holds a password: never log it. */
    migrationUrl: values.MIGRATION_DATABASE_URL ?? url,
    /** The user of `url`. */
    servingUser: databaseUserOf(url)!,
  };
}

/**
 * Reads the configuration of the gateway from the environment. White space around a value does not count; an empty variable counts as
 * not set.
 *
 * @throws ConfigError with all faults at once and no secrets
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  // Files and tools that set variables add newlines. Two instances must not differ by one.
  const trimmed = Object.entries(env).map(([name, text]) => [name, text?.trim()] as const);
  const { data, error } = ENVIRONMENT.safeParse(Object.fromEntries(trimmed.filter(([, text]) => text !== '')));
  if (!error) return data;
  throw new ConfigError(toLines(error.issues, env));
}

/** One line for each variable that breaks its own rules, and one for each fault of several variables. */
function toLines(issues: readonly z.core.$ZodIssue[], env: NodeJS.ProcessEnv): string[] {
  const lines = new Map<unknown, string>();
  for (const issue of issues) {
    const name = issue.path[0] as VariableName;
    const together = 'params' in issue && issue.params === TOGETHER;
    const key = together ? issue : name;
    const value = together || FACTS.get(VARIABLES[name])?.secret ? '' : `, is ${shown(env[name])}`;
    if (!lines.has(key)) lines.set(key, `${name}: ${issue.message}${value}`);
  }
  return [...lines.values()];
}
