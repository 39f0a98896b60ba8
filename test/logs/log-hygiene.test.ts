import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { SignJWT, UnsecuredJWT } from 'jose';
import { Client } from 'pg';
import { startApp, type App } from '../../src/app';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import { loadConfig } from '../../src/config';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/postgres/embedded-postgres';
import { describeDatabaseError } from '../../src/platform/db/pg-error';
import { createLogger } from '../../src/platform/base/logger';
import { startIssuer, AUDIENCE, ISSUER, type TestIssuer } from '../access/issuer.harness';
import { eventually } from '../support/eventually';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS } from '../support/test-app';

/** Unique texts that must be in no log, with the place where each was planted. */
const markers: [where: string, marker: string][] = [];
function plant(where: string, marker = `Marker${randomBytes(5).toString('hex')}`): string {
  markers.push([where, marker]);
  return marker;
}

let folder: string;
let postgres: EmbeddedPostgres;
let issuer: TestIssuer;
let app: App;
let admin: Client;
let log = '';
let console_ = '';
const output = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    log += chunk.toString();
    done();
  },
});

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    jest
      .spyOn(console, method)
      .mockImplementation((...args: unknown[]) => void (console_ += `${args.map(String).join(' ')}\n`));
  }
  folder = await mkdtemp(join(tmpdir(), 'gateway-logs-'));
  await chmod(folder, 0o711); // for root, the server runs as another account
  postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    settings: { fsync: 'off', full_page_writes: 'off' },
    log: () => undefined,
  });
  issuer = await startIssuer(() => new Date());
  const config = loadConfig({
    DATABASE_URL: postgres.url,
    APP_SECRET: plant('APP_SECRET', `secret-${randomBytes(20).toString('hex')}`),
    PORT: '0',
    DEMO: 'on',
    LOG_LEVEL: 'trace',
    STATEMENT_TIMEOUT_MS: '600000',
    JWKS_URL: issuer.jwksUrl.toString(),
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
  });
  plant('the password of the database', new URL(postgres.url).password);
  app = await startApp(
    config,
    createLogger({ level: 'trace', destination: output, describeError: describeDatabaseError }),
  );
  admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`insert into customer (name) values ('Northside'), ('Lakeview')`);
  await admin.query(`insert into item (name, reading_kinds) values ('Cuff', '{}')`);
  await admin.query(`insert into site (customer_id, name) values (0, 'Warehouse'), (1, 'Clinic')`);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await admin.end();
  await app.stop();
  await issuer.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}
let socket: RawSocket;

/** Runs an operation over HTTP and over WebSocket. Returns both results. */
async function onBoth(operation: Operation, key: string = KEYS.operator): Promise<[SocketResult, SocketResult]> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${app.url}/graphql?trace=${plant('a query string')}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(operation),
  });
  return [(await response.json()) as SocketResult, await socket.execute(operation)];
}

async function expectCodes(operation: Operation, code: string): Promise<void> {
  const results = await onBoth(operation);
  expect(results.map(({ errors }) => errors?.map(({ extensions }) => extensions.code))).toEqual([[code], [code]]);
}

const CREATE_PATIENT =
  'mutation ($input: CreatePatientInput!) { createPatient(input: $input) { patient { id externalIdentifier } userErrors { code message } } }';
const person = (): Record<string, unknown> => ({
  customerId: '1',
  externalIdentifier: plant('an external identifier'),
  firstName: plant('a first name'),
  lastName: plant('a last name'),
  dateOfBirth: plant('a birth date', '1913-04-17'),
  email: `${plant('an e-mail address').toLowerCase()}@example.com`,
  phoneNumber: plant('a phone number', '+1 555 0199 7731'),
  address: { lineOne: plant('an address'), city: plant('a city'), zipCode: '10001', note: plant("an address's note") },
});

it('data of clients is not logged, whatever the outcome', async () => {
  socket = await RawSocket.connect(app.url, KEYS.operator);
  const patient = person();

  // Success, refusal by a rule, and violation of a constraint that the gateway does not know.
  const [created] = await onBoth({ query: CREATE_PATIENT, variables: { input: patient } });
  expect(created.data).toMatchObject({ createPatient: { userErrors: [] } });
  await admin.query('create unique index names_differ on patient (first_name, last_name)');
  await expectCodes(
    {
      query: CREATE_PATIENT,
      variables: { input: { ...patient, externalIdentifier: plant('another external identifier') } },
    },
    'INTERNAL_SERVER_ERROR',
  );
  await onBoth({
    query: CREATE_PATIENT,
    variables: { input: { ...person(), firstName: `${plant('a name with a NUL')}\u0000`, customerId: '1' } },
  });

  const several = `mutation ($patients: [CreatePatientEntryInput!]!) { createPatients(input: { patients: $patients }) {
    results { patient { id externalIdentifier } userErrors { code message } } refused } }`;
  const [many] = await onBoth({ query: several, variables: { patients: [person(), { ...patient, lastName: '' }] } });
  expect(many.data).toMatchObject({ createPatients: { refused: 1 } });

  // What operators set up.
  const setUp = `mutation ($name: String!, $item: CreateItemInput!, $warehouse: CreateWarehouseInput!) {
    createCustomer(input: { name: $name }) { userErrors { code } }
    createItem(input: $item) { userErrors { code } } createWarehouse(input: $warehouse) { userErrors { code } } }`;
  const name = plant('the name of a customer');
  const item = { name: plant('the name of an item'), sku: plant('an SKU'), readingKinds: [] };
  const warehouse = {
    name: plant('the name of a warehouse'),
    address: { lineOne: plant('the address of a warehouse') },
  };
  const [first, again] = await onBoth({ query: setUp, variables: { name, item, warehouse } });
  expect([first.data, again.data]).toMatchObject([
    { createCustomer: { userErrors: [] }, createItem: { userErrors: [] }, createWarehouse: { userErrors: [] } },
    {
      createCustomer: { userErrors: [{ code: 'CUSTOMER_NAME_TAKEN' }] },
      createItem: { userErrors: [{ code: 'SKU_TAKEN' }] },
      createWarehouse: { userErrors: [] },
    },
  ]);

  // The same changed, and devices in bulk calls: registered, then named by identifiers that no device has.
  const change = `mutation ($name: String!, $sku: String!, $phone: String!, $register: [RegisterDeviceEntryInput!]!,
      $associate: [AssociateDeviceEntryInput!]!, $disassociate: [DisassociateDeviceEntryInput!]!, $update: [UpdateDeviceStatusEntryInput!]!, $swap: UpdateDeviceIdentifiersInput!) {
    updateCustomer(input: { customerId: 1, name: $name }) { userErrors { code } }
    updateItem(input: { itemId: 1, sku: $sku }) { userErrors { code } }
    updateWarehouse(input: { siteId: 1, name: $name, phoneNumber: $phone }) { userErrors { code } }
    registerDevices(input: { devices: $register }) { refused results { device { serialNumber } userErrors { code message } } }
    associateDevices(input: { devices: $associate }) { refused results { userErrors { code message } } }
    disassociateDevices(input: { devices: $disassociate }) { refused results { userErrors { code message } } }
    updateDeviceStatuses(input: { devices: $update }) { refused results { userErrors { code message } } }
    updateDeviceIdentifiers(input: $swap) { userErrors { code message } } }`;
  const identifiers = [{ type: 'SERIAL', value: plant('an identifier of a new device') }];
  const unknown = {
    deviceIdentifier: plant('an unknown identifier in a bulk call'),
    note: plant('a note of an entry'),
  };
  const [changed] = await onBoth({
    query: change,
    variables: {
      name: plant('a new name'),
      sku: plant('a new SKU'),
      phone: plant('the phone number of a warehouse', '+1 555 0188 4402'),
      register: [
        { customerId: '1', itemId: '1', siteId: '1', identifiers },
        { customerId: plant('a malformed id in an entry'), itemId: '1', siteId: '1', identifiers },
      ],
      associate: [{ ...unknown, patientExternalIdentifier: plant('an unknown patient in a bulk call') }],
      disassociate: [unknown],
      update: [{ ...unknown, status: 'LOST' }],
      swap: {
        deviceIdentifier: identifiers[0]!.value,
        identifiers: [{ type: 'SERIAL', value: plant('a new serial') }],
      },
    },
  });
  expect(changed.data).toMatchObject({
    updateCustomer: { userErrors: [] },
    updateItem: { userErrors: [] },
    updateWarehouse: { userErrors: [] },
    registerDevices: { refused: 1 },
    associateDevices: { refused: 1 },
    disassociateDevices: { refused: 1 },
    updateDeviceStatuses: { refused: 1 },
    updateDeviceIdentifiers: { userErrors: [] },
  });

  // Sent again over the other transport, and refused with another input.
  const repeatable = { ...person(), idempotencyKey: plant('an idempotency key') };
  const [sent, repeated] = await onBoth({ query: CREATE_PATIENT, variables: { input: repeatable } });
  expect(sent.data).toMatchObject({ createPatient: { userErrors: [] } });
  expect(repeated.data).toEqual(sent.data);
  const [reused] = await onBoth({ query: CREATE_PATIENT, variables: { input: { ...repeatable, ...person() } } });
  expect(reused.data).toMatchObject({ createPatient: { userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] } });

  // Literals and the text of operations.
  const literal = `mutation Literal { registerDevice(input: { customerId: 1, itemId: 1, siteId: 1, identifiers: [{ type: SERIAL, value: "${plant('a literal')}" }] }) { userErrors { code } } }`;
  await onBoth({ query: literal });
  await expectCodes({ query: `{ ${plant('an unknown field')} }` }, 'GRAPHQL_VALIDATION_FAILED');
  await expectCodes({ query: `{ device(id: "${plant('a syntax error')} }` }, 'GRAPHQL_PARSE_FAILED');
  await expectCodes(
    { query: `{ __typename } #${plant('a document that is too large')}${'x'.repeat(100_000)}` },
    'OPERATION_TOO_COMPLEX',
  );
  await expectCodes(
    {
      query: 'query ($first: Int) { devices(first: $first) { nodes { id } } }',
      variables: { first: plant('a variable of the wrong type') },
    },
    'BAD_USER_INPUT',
  );
  await expectCodes({ query: '{ __typename }', operationName: plant('an unknown operation name') }, 'BAD_USER_INPUT');
  await expectCodes({ query: `{ device(id: "${plant('a malformed id')}") { id } }` }, 'BAD_USER_INPUT');
  await expectCodes(
    {
      query: 'query ($after: String) { devices(after: $after) { nodes { id } } }',
      variables: { after: plant('a cursor') },
    },
    'CURSOR_INVALID',
  );
  await onBoth({
    query: 'query ($name: String) { patients(search: $name) { nodes { id } } }',
    variables: { name: plant('a search') },
  });
  await onBoth({
    query: 'query ($identifier: String!) { deviceByIdentifier(identifier: $identifier) { id } }',
    variables: { identifier: plant('an identifier') },
  });

  // Malformed bodies and messages, and paths.
  const headers = { authorization: `Bearer ${KEYS.operator}`, 'content-type': 'application/json' };
  const url = `${app.url}/graphql`;
  await fetch(url, { method: 'POST', headers, body: `{"query": ${plant('a body that is not JSON')}` });
  await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: 1, extra: plant('a body without a query') }),
  });
  await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': plant('a content type') }, body: 'x' });
  await fetch(url, {
    method: 'POST',
    headers: { ...headers, [plant('the name of a header')]: plant('a header') },
    body: '{}',
  });
  await fetch(`${url}?query=${encodeURIComponent(`{ device(id: "${plant('a GET')}") { id } }`)}`, {
    headers,
  });
  for (const message of [`{"type": "${plant('a type of message')}"}`, plant('a message that is not JSON')]) {
    const raw = await RawSocket.open(app.url, { path: `/graphql?${plant('a query string of a socket')}` });
    raw.send(message);
    await raw.untilClosed();
  }
});

it('credentials are not logged', async () => {
  const now = Math.floor(Date.now() / 1000);
  const valid = await issuer.sign({ sub: plant('the subject of a token') });
  plant('a valid token', valid);
  plant('the signature of a token', valid.split('.')[2]);
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'user-8', iat: now, exp: now + 600, customer_id: '1' };
  const invalid = [
    plant('an unknown key', generateApiKey()),
    plant('a malformed key'),
    plant('a token with alg none', new UnsecuredJWT({ ...claims, role: 'ADMIN' }).encode()),
    plant(
      'a token with an HMAC signature',
      await new SignJWT({ ...claims, role: plant('the role of a token') })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(randomBytes(32)),
    ),
    plant('a token of another issuer', await issuer.sign({ iss: plant('the issuer of a token') })),
  ];
  const headers = { 'content-type': 'application/json' };
  const status = async (init: Record<string, string>) =>
    (
      await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { ...headers, ...init },
        body: '{"query":"{ viewer { role } }"}',
      })
    ).status;
  expect(await status({ authorization: `Bearer ${valid}` })).toBe(200);
  for (const key of invalid) {
    expect(await status({ authorization: `Bearer ${key}` })).toBe(401);
    expect(await status({ 'impilo-api-key': key })).toBe(401);
    const raw = await RawSocket.open(app.url);
    raw.send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${key}`, extra: plant('connectionParams') },
    });
    expect((await raw.untilClosed()).code).toBe(4403);
  }
  const [created, onSocket] = await onBoth({
    query:
      'mutation ($name: String!) { createApiKey(input: { customerId: 1, role: ADMIN, name: $name }) { secret apiKey { id } userErrors { code } } }',
    variables: { name: 'Key of a ward"}' }, // logged, with what it does
  });
  for (const { data } of [created, onSocket]) {
    const { secret, apiKey } = data!.createApiKey as { secret: string; apiKey: { id: string } };
    plant('a created key', secret);
    plant('the random part of a created key', secret.slice('dgk_'.length));
    plant('the hash of a created key', hashApiKey(secret).toString('hex'));
    expect(await status({ authorization: `Bearer ${secret}` })).toBe(200);
    const revoke = `mutation { revokeApiKey(input: { apiKeyId: "${apiKey.id}" }) { userErrors { code } } }`;
    await onBoth({ query: revoke }, secret);
  }
  // A CHECK, whose DETAIL is the failing row with the hash of an undisclosed key.
  await admin.query(`alter table api_key add constraint no_ingest check (role <> 'INGEST') not valid`);
  await expectCodes(
    { query: 'mutation { createApiKey(input: { customerId: 1, role: INGEST, name: "x" }) { userErrors { code } } }' },
    'INTERNAL_SERVER_ERROR',
  );
  plant('a demo key', KEYS.operator);
});

it('values of a failed statement are not logged', async () => {
  const register = (value: string): Operation => ({
    query:
      'mutation ($value: String!) { registerDevice(input: { customerId: 1, itemId: 1, siteId: 2, identifiers: [{ type: SERIAL, value: $value }] }) { device { id } userErrors { code } } }',
    variables: { value },
  });
  const [first, again] = await onBoth(register(plant('an identifier that is taken')));
  expect([first.data, again.data]).toMatchObject([
    { registerDevice: { userErrors: [] } },
    { registerDevice: { userErrors: [{ code: 'IDENTIFIER_TAKEN' }] } },
  ]);

  // A CHECK, whose DETAIL is the row; a cast, whose message is the value; a function that raises its argument.
  const override = (note: string): Operation => ({
    query:
      'mutation ($note: String) { updateDeviceStatus(input: { deviceId: 1, status: LOST, note: $note }) { userErrors { code } } }',
    variables: { note },
  });
  await admin.query(`alter table device_status_change add constraint no_notes check (note is null) not valid`);
  await expectCodes(override(plant('a note that breaks a constraint')), 'INTERNAL_SERVER_ERROR');
  await admin.query(`alter table device_status_change drop constraint no_notes`);
  for (const [where, statement] of [
    ['a failing cast', 'perform new.note::bigint'],
    ['an exception', `raise exception 'not %', new.note using detail = new.note, hint = new.note`],
    ['a warning', `raise warning 'not %', new.note; perform 1 / 0`],
    ['a canceled statement', `perform pg_sleep(3600), new.note`],
  ] as const) {
    await admin.query(
      `create or replace function fail() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$`,
    );
    await admin.query(
      `create or replace trigger fail before insert on device_status_change for each row execute function fail()`,
    );
    let settled = false;
    const results = onBoth(override(plant(where))).finally(() => (settled = true));
    // Cancels the statement as statement_timeout does.
    const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and pid <> pg_backend_pid()`;
    if (where.includes('canceled')) {
      await eventually(async () => {
        await admin.query(cancel);
        return settled;
      });
    }
    expect((await results).map(({ errors }) => errors?.length)).toEqual([1, 1]);
  }
  await admin.query('drop trigger fail on device_status_change');
  await onBoth(override(plant('a note')));
});

it('the logs exist and contain no planted text', async () => {
  const subscription = socket.subscribe({
    query: `subscription { deviceStatusChanged(after: "${plant('the cursor of a subscription')}") { cursor } }`,
  });
  await socket.message(({ id, type }) => id === subscription && type === 'complete');
  await socket.close();
  await eventually(() => app.subscribers === 0);
  const databaseLog = await readFile(postgres.logFile, 'utf8');

  expect(markers.length).toBeGreaterThan(50);
  expect(log).toContain('"msg":"operation failed"');
  expect(log).toContain('"sqlState":"23505"');
  expect(log).toContain('"msg":"request completed"');
  expect(log).toContain('"msg":"operation completed"');
  expect(log).toContain('"key":"Key of a ward\\"}"');
  for (const line of log.trim().split('\n')) expect(Object.keys(JSON.parse(line) as object)).toContain('msg');
  expect(databaseLog).toContain('database system is ready to accept connections');
  const leaks = markers.flatMap(([where, marker]) =>
    Object.entries({ gateway: log, database: databaseLog, console: console_ })
      .filter(([, text]) => text.toLowerCase().includes(marker.toLowerCase()))
      .map(([name]) => `${where} is in the log of the ${name}`),
  );
  expect(leaks).toEqual([]);
  const KEY_OR_HASH = /dgk_[\w-]{43}|\\x[0-9a-f]{64}/;
  for (const text of [log, databaseLog, console_]) expect(text).not.toMatch(KEY_OR_HASH);
});
