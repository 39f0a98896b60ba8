import fc from 'fast-check';
import { CONFIG_VARIABLES, loadConfig } from '../src/config';
import { ConfigError } from '../src/platform/base/errors';

const SECRET = 'an-app-secret-of-forty-characters-length';
const EXTERNAL = { DATABASE_URL: 'postgres://gateway:hunter2@db.example.com/gateway', APP_SECRET: SECRET };
const JWT = {
  JWKS_URL: 'https://issuer.example.com/jwks.json',
  JWT_ISSUER: 'https://issuer.example.com/',
  JWT_AUDIENCE: 'gateway',
};

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

describe('the defaults', () => {
  it('are an embedded database with demo data on the loopback interface', () => {
    expect(loadConfig({})).toEqual({
      environment: 'development',
      server: {
        host: '127.0.0.1',
        port: 4000,
        maxConnections: 10_000,
        trustedProxies: [],
        corsOrigins: [],
        corsHeaders: [],
        introspection: true,
        graphiql: true,
      },
      database: { kind: 'embedded', dataDir: '.data', port: undefined, poolSize: 10, statementTimeoutMs: 10_000 },
      appSecret: undefined,
      jwt: undefined,
      operations: { timeoutMs: 30_000, maxResultBytes: 10_000_000 },
      rates: { costPerSecond: 1_000_000, credentialCostPerSecond: 1_000_000 },
      trustedDocuments: { mode: 'off', path: undefined },
      log: { level: 'info', slowOperationMs: 1_000, slowStatementMs: 500 },
      metrics: undefined,
      events: { retentionDays: 7 },
      webhooks: { retentionDays: 30 },
      demo: true,
    });
  });

  it('apply to empty variables', () => {
    expect(loadConfig(Object.fromEntries(CONFIG_VARIABLES.map(({ name }) => [name, ' '])))).toEqual(loadConfig({}));
  });

  it('match the table in docs/operations.md', () => {
    const table = Object.fromEntries(CONFIG_VARIABLES.map((variable) => [variable.name, variable.default]));
    const literal = [
      'PORT',
      'HOST',
      'MAX_CONNECTIONS',
      'DATA_DIR',
      'DATABASE_POOL_SIZE',
      'STATEMENT_TIMEOUT_MS',
      'SLOW_OPERATION_MS',
      'SLOW_STATEMENT_MS',
      'METRICS_HOST',
      'OPERATION_TIMEOUT_MS',
      'MAX_RESULT_BYTES',
      'RATE_LIMIT_COST_PER_SECOND',
      'TRUSTED_PROXIES',
      'CORS_ORIGINS',
      'CORS_HEADERS',
      'LOG_LEVEL',
      'TRUSTED_DOCUMENTS',
      'EVENT_RETENTION_DAYS',
      'WEBHOOK_RETENTION_DAYS',
      'NODE_ENV',
    ];
    expect(loadConfig(Object.fromEntries(literal.map((name) => [name, table[name]])))).toEqual(loadConfig({}));
    expect(Object.keys(table).sort()).toEqual(
      [
        ...literal,
        ...Object.keys(EXTERNAL),
        ...Object.keys(JWT),
        'MIGRATION_DATABASE_URL',
        'DATABASE_PORT',
        'METRICS_PORT',
        'TRUSTED_DOCUMENTS_PATH',
        'RATE_LIMIT_CREDENTIAL_COST_PER_SECOND',
        'DEMO',
        'INTROSPECTION',
        'GRAPHIQL',
      ].sort(),
    );
  });
});

describe('trusted documents', () => {
  it.each(['log', 'only'])('with %s need a path', (mode) => {
    expect(faultsOf({ TRUSTED_DOCUMENTS: mode })).toEqual([
      `TRUSTED_DOCUMENTS_PATH: is required with TRUSTED_DOCUMENTS=${mode}`,
    ]);
    expect(faultsOf({ TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_PATH: 'documents' })).toEqual([]);
  });

  it('are off, log or only', () => {
    expect(faultsOf({ TRUSTED_DOCUMENTS: 'on' })).toEqual([
      'TRUSTED_DOCUMENTS: must be one of off, log, only, is "on"',
    ]);
  });
});

describe('an external database', () => {
  it('is served and migrated by the user of its URL, without demo keys', () => {
    const config = loadConfig(EXTERNAL);
    expect(config.database).toEqual({
      kind: 'external',
      url: EXTERNAL.DATABASE_URL,
      migrationUrl: EXTERNAL.DATABASE_URL,
      servingUser: 'gateway',
      poolSize: 10,
      statementTimeoutMs: 10_000,
    });
    expect(config.appSecret).toBe(SECRET);
    expect(config.demo).toBe(false);
  });

  it('can be migrated by another user', () => {
    const migrationUrl = 'postgresql://owner:x@db.example.com/gateway';
    expect(loadConfig({ ...EXTERNAL, MIGRATION_DATABASE_URL: migrationUrl }).database).toMatchObject({ migrationUrl });
  });

  it.each([
    ['postgres://a%40b:x@db.example.com/gateway', 'a@b'],
    ['postgres:///gateway?host=/var/run/postgresql&user=peer', 'peer'],
    ['postgres://front@db.example.com/gateway?user=query', 'query'],
  ])('has the user of %s', (url, servingUser) => {
    expect(loadConfig({ ...EXTERNAL, DATABASE_URL: url }).database).toMatchObject({ servingUser });
  });

  it.each([
    'mysql://u:hunter2@h/d',
    'postgres://db.example.com/gateway',
    'gateway',
    'postgres://u:hun#ter2@h/d',
    'postgres://%E0%A4%A@h/d',
  ])('is rejected for the URL %s, which is not shown', (url) => {
    expect(faultsOf({ ...EXTERNAL, DATABASE_URL: url })).toEqual([
      'DATABASE_URL: must be a URL like postgres://user:password@host:5432/database, with a user',
    ]);
  });

  it('requires APP_SECRET', () => {
    expect(faultsOf({ DATABASE_URL: EXTERNAL.DATABASE_URL })).toEqual([
      'APP_SECRET: is required with DATABASE_URL, and the same on all instances',
    ]);
  });

  it('excludes DATABASE_PORT, and MIGRATION_DATABASE_URL requires it', () => {
    expect(faultsOf({ ...EXTERNAL, DATABASE_PORT: '5433' })).toEqual([
      'DATABASE_PORT: is for the embedded database only; with DATABASE_URL, put the port into the URL',
    ]);
    expect(faultsOf({ MIGRATION_DATABASE_URL: EXTERNAL.DATABASE_URL })).toEqual([
      'MIGRATION_DATABASE_URL: requires DATABASE_URL, which names the user that serves requests',
    ]);
  });
});

it('white space around a value does not count', () => {
  const padded = (env: Record<string, string>) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, ` ${value}\r\n`]));
  const env = { ...EXTERNAL, ...JWT, PORT: '4001', DEMO: 'off', LOG_LEVEL: 'warn' };
  expect(loadConfig(padded(env))).toEqual(loadConfig(env));
});

describe('faults', () => {
  it('are all reported at once, without secrets', () => {
    const faults = faultsOf({
      PORT: 'abc',
      HOST: '127.0.0.1:4000',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      DATABASE_PORT: '0',
      APP_SECRET: 'hunter3',
      JWKS_URL: 'http://issuer.example.com/jwks.json',
      CORS_ORIGINS: 'https://app.example.com,*',
      CORS_HEADERS: 'x-app-version,*',
      LOG_LEVEL: 'verbose',
      DEMO: 'maybe',
      NODE_ENV: 'prod',
      EVENT_RETENTION_DAYS: '1.5',
      WEBHOOK_RETENTION_DAYS: '0',
      STATEMENT_TIMEOUT_MS: '0',
    });
    expect(faults).toEqual([
      'PORT: must be a whole number from 0 to 65535, is "abc"',
      'HOST: must be an IP address or a host name, without a port, is "127.0.0.1:4000"',
      'DATABASE_URL: must be a URL like postgres://user:password@host:5432/database, with a user',
      'DATABASE_PORT: must be a whole number from 1 to 65535, is "0"',
      'STATEMENT_TIMEOUT_MS: must be a whole number from 1 to 600000, is "0"',
      'APP_SECRET: must have at least 32 characters',
      'JWKS_URL: must start with https://; http:// is allowed for loopback addresses only',
      'CORS_ORIGINS: must be origins like https://app.example.com, separated by commas, without paths, trailing slashes or wildcards, is "https://app.example.com,*"',
      'CORS_HEADERS: must be names of headers like x-app-version, separated by commas, without wildcards, is "x-app-version,*"',
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent, is "verbose"',
      'EVENT_RETENTION_DAYS: must be a whole number from 1 to 3650, is "1.5"',
      'WEBHOOK_RETENTION_DAYS: must be a whole number from 1 to 3650, is "0"',
      'DEMO: must be on or off, is "maybe"',
      'NODE_ENV: must be one of development, test, production, is "prod"',
      'DATABASE_PORT: is for the embedded database only; with DATABASE_URL, put the port into the URL',
      'JWT_ISSUER: is missing; set JWKS_URL, JWT_ISSUER, JWT_AUDIENCE together',
      'JWT_AUDIENCE: is missing; set JWKS_URL, JWT_ISSUER, JWT_AUDIENCE together',
    ]);
    expect(new ConfigError(faults).message).not.toMatch(/hunter/);
  });

  it('never show a secret', () => {
    const names = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'APP_SECRET', 'JWKS_URL'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.stringMatching(/^[A-Z0-9]{12}$/),
        fc.string(),
        (name, secret, noise) => {
          const lines = faultsOf({ [name]: `${noise}${secret}` });
          expect(lines.length).toBeGreaterThan(0);
          expect(lines.join('\n')).not.toContain(secret);
        },
      ),
      { seed: 1 },
    );
  });

  it('truncate long values', () => {
    expect(faultsOf({ PORT: '9'.repeat(200) })).toEqual([
      `PORT: must be a whole number from 0 to 65535, is "${'9'.repeat(60)}…"`,
    ]);
  });
});

describe('PORT', () => {
  it('accepts exactly the whole numbers from 0 to 65535', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -10, max: 70_000 }), fc.double()), (number) => {
        const isPort = Number.isInteger(number) && number >= 0 && number <= 65_535 && !Object.is(number, -0);
        const text = Object.is(number, -0) ? '-0' : String(number);
        if (isPort) expect(loadConfig({ PORT: text }).server.port).toBe(number);
        else expect(faultsOf({ PORT: text })).toHaveLength(1);
      }),
      { seed: 1 },
    );
  });
});

describe('DEMO', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is on by default on %s', (HOST) => {
    expect(loadConfig({ HOST }).demo).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.0.7', 'gateway.example.com', 'localhost.example.com'])(
    'is rejected on %s',
    (HOST) => {
      expect(faultsOf({ HOST, DEMO: 'on' })).toEqual([
        `HOST: must be a loopback address while DEMO is on (set DEMO=off), is "${HOST}"`,
      ]);
      expect(faultsOf({ HOST })).toEqual([
        `HOST: must be a loopback address while DEMO is on, the default for the embedded database (set DEMO=off), is "${HOST}"`,
      ]);
      expect(loadConfig({ HOST, DEMO: 'off' }).demo).toBe(false);
      expect(loadConfig({ ...EXTERNAL, HOST }).demo).toBe(false);
      expect(faultsOf({ ...EXTERNAL, HOST, DEMO: 'on' })).toHaveLength(1);
    },
  );
});

describe('production', () => {
  it('turns introspection and the explorer off by default', () => {
    const production = { NODE_ENV: 'production' };
    expect(loadConfig(production).server).toMatchObject({ introspection: false, graphiql: false });
    expect(loadConfig({ ...production, INTROSPECTION: 'on', GRAPHIQL: 'true' }).server).toMatchObject({
      introspection: true,
      graphiql: true,
    });
    expect(loadConfig({ INTROSPECTION: 'off', GRAPHIQL: '0' }).server).toMatchObject({
      introspection: false,
      graphiql: false,
    });
  });
});

describe('JWTs', () => {
  it('are accepted with all three variables', () => {
    expect(loadConfig(JWT).jwt).toEqual({
      jwksUrl: new URL(JWT.JWKS_URL),
      issuer: JWT.JWT_ISSUER,
      audience: JWT.JWT_AUDIENCE,
    });
  });

  it.each(Object.keys(JWT))('are a fault without %s', (name) => {
    expect(faultsOf({ ...JWT, [name]: '' })).toEqual([
      `${name}: is missing; set JWKS_URL, JWT_ISSUER, JWT_AUDIENCE together`,
    ]);
  });

  it.each(['http://127.0.0.1:8080/jwks', 'http://[::1]/jwks', 'http://localhost/jwks'])(
    'can have their keys at %s',
    (url) => {
      expect(loadConfig({ ...JWT, JWKS_URL: url }).jwt?.jwksUrl.href).toBe(url);
    },
  );

  it.each([
    'http://127.0.0.1.example.com/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
    'https://u:p@issuer.example.com/',
    'jwks.json',
  ])('cannot have their keys at %s', (url) => {
    expect(faultsOf({ ...JWT, JWKS_URL: url })).toHaveLength(1);
  });
});

describe('CORS_ORIGINS', () => {
  it('is a list of exact origins', () => {
    const CORS_ORIGINS = 'https://app.example.com, http://localhost:5173 ,';
    expect(loadConfig({ CORS_ORIGINS }).server.corsOrigins).toEqual([
      'https://app.example.com',
      'http://localhost:5173',
    ]);
  });

  it.each([
    ['https://APP.example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['HTTP://localhost:80', 'http://localhost'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://[::1]:5173', 'http://[::1]:5173'],
  ])('reads %s as browsers send it', (given, origin) => {
    expect(loadConfig({ CORS_ORIGINS: given }).server.corsOrigins).toEqual([origin]);
  });

  it.each([
    '*',
    'null',
    'https://app.example.com/',
    'https://app.example.com/x',
    'https://*.example.com/',
    'app.example.com',
    'https://user@app.example.com',
    'https://app.example.com?x',
    'https://*.example.com',
    'https://app.example.com:0',
  ])('rejects %s', (origin) => {
    expect(faultsOf({ CORS_ORIGINS: `https://a.example.com,${origin}` })).toHaveLength(1);
  });
});

describe('CORS_HEADERS', () => {
  it('is a list of names, without regard to case', () => {
    expect(loadConfig({ CORS_HEADERS: 'X-App-Version, x-feature ,' }).server.corsHeaders).toEqual([
      'x-app-version',
      'x-feature',
    ]);
  });

  it.each(['*', 'x app', 'x-app: 1', 'x-é'])('rejects %s', (name) => {
    expect(faultsOf({ CORS_HEADERS: `x-app-version,${name}` })).toHaveLength(1);
  });
});
