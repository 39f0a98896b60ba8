import { z } from 'zod';
import { ConfigError } from './platform/base/errors';
import {
  databaseUrl,
  databaseUserOf,
  host,
  isLoopback,
  jwksUrl,
  oneOf,
  onOrOff,
  origins,
  shown,
  wholeNumber,
} from './platform/base/config-values';

const MIN_SECRET_LENGTH = 32;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ENVIRONMENTS = ['development', 'test', 'production'] as const;

export interface ConfigVariable {
  readonly name: string;
  /** As the README shows it. */
  readonly default: string;
  readonly meaning: string;
}

interface VariableFacts {
  default: string;
  meaning: string;
  /** The value is never shown, not even in the message that refuses it. */
  secret?: true | undefined;
}

const facts = z.registry<VariableFacts>();

/** A variable that has a value when it is not set. */
function withDefault<Schema extends z.ZodType<unknown, string>>(schema: Schema, value: string, meaning: string) {
  const variable = schema.prefault(value as z.input<Schema>);
  facts.add(variable, { default: value, meaning });
  return variable;
}

/** A variable that may be left out; `text` says what holds then. */
function optional<Schema extends z.ZodType>(schema: Schema, text: string, meaning: string, secret?: true) {
  const variable = schema.optional();
  facts.add(variable, { default: text, meaning, secret });
  return variable;
}

const VARIABLES = {
  PORT: withDefault(wholeNumber(0, 65_535), '4000', 'Port to listen on; 0 takes any free one.'),
  HOST: withDefault(host(), '127.0.0.1', 'Address or name to listen on.'),
  DATABASE_URL: optional(
    databaseUrl(),
    'none: the embedded database',
    'A PostgreSQL of your own (15 to 18), with the user who serves. Nothing is seeded there.',
    true,
  ),
  MIGRATION_DATABASE_URL: optional(
    databaseUrl(),
    'DATABASE_URL',
    'The same database with a user who may create tables and roles.',
    true,
  ),
  DATA_DIR: withDefault(z.string(), '.data', 'Folder of the embedded database and of the secret made for it.'),
  DATABASE_PORT: optional(
    wholeNumber(1, 65_535),
    'a free port',
    'Port of the embedded database, on the loopback interface.',
  ),
  DATABASE_POOL_SIZE: withDefault(
    wholeNumber(1, 1_000),
    '10',
    "Connections for customers' statements at the most; operators and workers have up to 5 each of their own.",
  ),
  STATEMENT_TIMEOUT_MS: withDefault(
    wholeNumber(1, 600_000),
    '10000',
    'PostgreSQL ends a statement that runs longer, in milliseconds.',
  ),
  APP_SECRET: optional(
    z.string().min(MIN_SECRET_LENGTH, { error: `must have at least ${MIN_SECRET_LENGTH} characters` }),
    'made at random and kept in DATA_DIR; required with DATABASE_URL',
    'Keys for cursors and stored secrets are derived from it; the same on all instances. At least 32 characters.',
    true,
  ),
  JWKS_URL: optional(
    jwksUrl(),
    'none: no JWTs are taken',
    "Where the issuer of browsers' JWTs publishes its keys. https.",
    true,
  ),
  JWT_ISSUER: optional(z.string(), 'none', 'The issuer (`iss`) that JWTs must have; goes with JWKS_URL.'),
  JWT_AUDIENCE: optional(z.string(), 'none', 'The audience (`aud`) that JWTs must have; goes with JWKS_URL.'),
  CORS_ORIGINS: withDefault(
    origins(),
    '',
    'Origins of browser apps that may call, e.g. `https://app.example.com`, separated by commas. HTTP and WebSocket.',
  ),
  LOG_LEVEL: withDefault(oneOf(LOG_LEVELS), 'info', `One of ${LOG_LEVELS.join(', ')}.`),
  EVENT_RETENTION_DAYS: withDefault(
    wholeNumber(1, 3_650),
    '7',
    'How long a subscription can go on behind its cursor, in days: older events are removed.',
  ),
  WEBHOOK_RETENTION_DAYS: withDefault(
    wholeNumber(1, 3_650),
    '30',
    'How long the log of webhook deliveries goes back, in days: older ones that are done are removed.',
  ),
  DEMO: optional(
    onOrOff(),
    'on for the embedded database, off otherwise',
    'Takes the demo keys. Only on a loopback HOST.',
  ),
  NODE_ENV: withDefault(oneOf(ENVIRONMENTS), 'development', `One of ${ENVIRONMENTS.join(', ')}.`),
  INTROSPECTION: optional(onOrOff(), 'on, but off in production', 'Lets clients ask for the schema.'),
  GRAPHIQL: optional(onOrOff(), 'on, but off in production', 'Serves the explorer page to browsers at `/graphql`.'),
};

type VariableName = keyof typeof VARIABLES;
type Values = { [Name in VariableName]: z.output<(typeof VARIABLES)[Name]> };

/** Every variable that the gateway reads, for the README's table. */
export const CONFIG_VARIABLES: readonly ConfigVariable[] = Object.entries(VARIABLES).map(([name, schema]) => {
  const { default: text, meaning } = facts.get(schema)!;
  return { name, default: text, meaning };
});

export type DatabaseConfig = {
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
} & (
  | { readonly kind: 'embedded'; readonly dataDir: string; readonly port: number | undefined }
  | {
      readonly kind: 'external';
      /** Holds a password: never log it. */
      readonly url: string;
      /** The same as `url` unless another user migrates. Holds a password: never log it. */
      readonly migrationUrl: string;
      /** The user of `url`. */
      readonly servingUser: string;
    }
);

export interface Config {
  readonly environment: (typeof ENVIRONMENTS)[number];
  readonly server: {
    readonly host: string;
    /** 0 for any free one. */
    readonly port: number;
    readonly corsOrigins: readonly string[];
    readonly introspection: boolean;
    readonly graphiql: boolean;
  };
  readonly database: DatabaseConfig;
  /** Undefined only for the embedded database: the secret is kept beside it then, see `readOrCreateAppSecret`. */
  readonly appSecret: string | undefined;
  /** Undefined when no JWTs are taken. */
  readonly jwt: { readonly jwksUrl: URL; readonly issuer: string; readonly audience: string } | undefined;
  readonly log: { readonly level: (typeof LOG_LEVELS)[number] };
  readonly webhooks: { readonly retentionDays: number };
  readonly events: { readonly retentionDays: number };
  readonly demo: boolean;
}

/**
 * Reads the environment, for the whole gateway. A variable that is set to nothing counts as not set.
 *
 * @throws ConfigError with all faults at once; it shows no secret
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, lines } = readVariables(VARIABLES, env);
  const isSet = (name: VariableName) => (env[name] ?? '').trim() !== '';
  lines.push(...conflicts(values as Partial<Values>, isSet));
  if (lines.length > 0) throw new ConfigError(lines);
  return toConfig(values as Values);
}

function readVariables<Name extends string>(variables: Record<Name, z.ZodType>, env: NodeJS.ProcessEnv) {
  const lines: string[] = [];
  const values: Partial<Record<Name, unknown>> = {};
  for (const [name, schema] of Object.entries(variables) as [Name, z.ZodType][]) {
    const text = env[name]?.trim() === '' ? undefined : env[name];
    const result = schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else
      lines.push(
        `${name}: ${result.error.issues[0]!.message}${facts.get(schema)?.secret ? '' : `, is ${shown(text)}`}`,
      );
  }
  return { values, lines };
}

/** The rules between variables. A value that is missing here although it is set was refused already. */
function conflicts(values: Partial<Values>, isSet: (name: VariableName) => boolean): string[] {
  const lines: string[] = [];
  const external = isSet('DATABASE_URL');
  if (external && !isSet('APP_SECRET'))
    lines.push('APP_SECRET: is required with DATABASE_URL, and the same on all instances');
  if (external && isSet('DATABASE_PORT')) {
    lines.push('DATABASE_PORT: is for the embedded database; with DATABASE_URL the port is part of the URL');
  }
  if (!external && isSet('MIGRATION_DATABASE_URL'))
    lines.push('MIGRATION_DATABASE_URL: needs DATABASE_URL, the user who serves');

  const jwt = ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  const missing = jwt.filter((name) => !isSet(name));
  if (missing.length > 0 && missing.length < jwt.length) {
    lines.push(...missing.map((name) => `${name}: is missing; ${jwt.join(', ')} go together`));
  }
  const demo = values.DEMO ?? (!external && !isSet('DEMO'));
  if (demo && values.HOST !== undefined && !isLoopback(values.HOST)) {
    const why = isSet('DEMO') ? '' : ', as it is by default with the embedded database';
    lines.push(`HOST: must be a loopback address while DEMO is on${why} (set DEMO=off), is ${shown(values.HOST)}`);
  }
  return lines;
}

function toConfig(values: Values): Config {
  const production = values.NODE_ENV === 'production';
  return {
    environment: values.NODE_ENV,
    server: {
      host: values.HOST,
      port: values.PORT,
      corsOrigins: values.CORS_ORIGINS,
      introspection: values.INTROSPECTION ?? !production,
      graphiql: values.GRAPHIQL ?? !production,
    },
    database: toDatabaseConfig(values),
    appSecret: values.APP_SECRET,
    jwt: values.JWKS_URL && { jwksUrl: values.JWKS_URL, issuer: values.JWT_ISSUER!, audience: values.JWT_AUDIENCE! },
    log: { level: values.LOG_LEVEL },
    events: { retentionDays: values.EVENT_RETENTION_DAYS },
    webhooks: { retentionDays: values.WEBHOOK_RETENTION_DAYS },
    demo: values.DEMO ?? values.DATABASE_URL === undefined,
  };
}

function toDatabaseConfig(values: Values): DatabaseConfig {
  const { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize, STATEMENT_TIMEOUT_MS: statementTimeoutMs } = values;
  const pool = { poolSize, statementTimeoutMs };
  if (url === undefined) return { ...pool, kind: 'embedded', dataDir: values.DATA_DIR, port: values.DATABASE_PORT };
  return {
    ...pool,
    kind: 'external',
    url,
    migrationUrl: values.MIGRATION_DATABASE_URL ?? url,
    servingUser: databaseUserOf(url)!,
  };
}
