import { markRevoked } from '../../src/features/api-key/api-key.repository';
import { findCustomer } from '../../src/features/customer/customer.repository';
import { AccessService, generateApiKey, hashApiKey, type DemoKey } from '../../src/platform/access/access.service';
import { apiKeyTable, type ApiKeyEntity } from '../../src/platform/access/api-key.entity';
import { JwtVerifier } from '../../src/platform/access/jwt';
import { CACHE_TTL_MS } from '../../src/platform/base/ttl-cache';
import { Role } from '../../src/platform/access/policy';
import { OPERATOR_SCOPE, SYSTEM_SCOPE, type Scope } from '../../src/platform/db/scope';
import { RequestError } from '../../src/platform/base/errors';
import { LAKEVIEW, NORTHSIDE, openAccessDatabase, TestClock, type AccessDatabase } from './access.harness';
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from './issuer.harness';

const DEMO_KEYS: DemoKey[] = [
  { key: 'demo-northside', role: Role.ADMIN, customerId: NORTHSIDE.id, label: 'Northside demo key' },
  { key: 'demo-operator', role: Role.OPERATOR, customerId: null, label: 'Operator demo key' },
];

let db: AccessDatabase;
let issuer: TestIssuer;
let clock: TestClock;
let access: AccessService;

beforeAll(async () => {
  db = await openAccessDatabase();
});

beforeEach(async () => {
  clock = new TestClock();
  issuer = await startIssuer(() => clock.now());
  access = createAccess(DEMO_KEYS);
  db.statements.length = 0;
});

afterEach(async () => {
  clock.restore();
  await issuer.close();
});

afterAll(() => db.close());

function createAccess(demoKeys: readonly DemoKey[]): AccessService {
  const jwt = new JwtVerifier({ jwksUrl: issuer.jwksUrl, issuer: ISSUER, audience: AUDIENCE, clock });
  return new AccessService({ database: db.database, jwt, demoKeys, clock, findCustomer });
}

async function givenKey(fields: Partial<ApiKeyEntity> = {}): Promise<{ id: string; key: string }> {
  const key = generateApiKey();
  const row = await apiKeyTable.insertOne(db.database.session(SYSTEM_SCOPE), {
    customerId: NORTHSIDE.id,
    name: 'EHR sync',
    role: Role.MEMBER,
    secretHash: hashApiKey(key),
    expiresAt: null,
    ...fields,
  });
  db.statements.length = 0;
  return { id: row.id, key };
}

function revoke(id: string): Promise<unknown> {
  return markRevoked(db.database.session(SYSTEM_SCOPE), id, null);
}

async function refusalOf(authentication: Promise<unknown>): Promise<string> {
  try {
    return `accepted ${JSON.stringify(await authentication)}`;
  } catch (error) {
    if (error instanceof RequestError) return `${error.code} ${error.message}`;
    throw error;
  }
}

const ofNorthside = { scope: { kind: 'customer', customerId: NORTHSIDE.id } } as const;
const isStillValid = (key: string) => access.isStillValid({ kind: 'apiKey', key }, ofNorthside);
const withKey = (key: string) => access.authenticate({ kind: 'apiKey', key });

/** The caller as an HTTP request finds it: at once, or by `authenticate`. */
const known = (key: string) => access.knownCaller({ kind: 'apiKey', key });

describe('a caller that is known at once', () => {
  it('is the caller of a key that was accepted, without a statement', async () => {
    const { key } = await givenKey({ customerId: LAKEVIEW.id });
    expect(known(key)).toBeUndefined();
    const caller = await withKey(key);
    db.statements.length = 0;
    expect(known(key)).toBe(caller);
    expect(known((await givenKey()).key)).toBeUndefined();
    expect(db.statements).toEqual([]);
  });

  it.each(['revoked', 'expired', 'deactivated'])('is none when the key is %s', async (what) => {
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const { id, key } = await givenKey({ expiresAt });
    await withKey(key);
    const setDeactivated = (at: string) =>
      db.admin.query(`update customer set deactivated_at = ${at} where id = ${NORTHSIDE.id}`);
    if (what === 'revoked') await revoke(id);
    else if (what === 'expired') clock.advance(60_000);
    else await setDeactivated('now()');
    try {
      if (what !== 'expired') clock.advance(CACHE_TTL_MS + 1);
      expect(known(key)).toBeUndefined();
      expect(await refusalOf(withKey(key))).toMatch(/^UNAUTHENTICATED/);
      expect(known(key)).toBeUndefined();
    } finally {
      await setDeactivated('null');
    }
  });

  it('has the role that the key has now', async () => {
    const { id, key } = await givenKey({ role: Role.ADMIN });
    await withKey(key);
    await db.admin.query(`update api_key set role = 'READ_ONLY' where id = $1`, [id]);
    clock.advance(CACHE_TTL_MS + 1);
    await withKey(key);
    expect(known(key)?.role).toBe(Role.READ_ONLY);
  });

  it('is the caller of a demo key', async () => {
    expect(known('demo-northside')).toBeUndefined();
    expect(await withKey('demo-northside')).toBe(known('demo-northside'));
    expect(known('demo-northside')?.scope).toEqual({ kind: 'customer', customerId: NORTHSIDE.id });
  });
});

describe('an API key', () => {
  it('authenticates a caller of its customer, with its name and id as the actor', async () => {
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const { id, key } = await givenKey({ customerId: LAKEVIEW.id, role: Role.READ_ONLY, name: 'Dashboard', expiresAt });
    expect(await withKey(key)).toEqual({
      role: Role.READ_ONLY,
      scope: { kind: 'customer', customerId: LAKEVIEW.id },
      actor: { kind: 'API_KEY', label: 'Dashboard', apiKeyId: id },
      key: { name: 'Dashboard', id },
      identity: `["2","API_KEY","${id}",null]`,
      expiresAt,
    });
  });

  it('of an operator has no customer', async () => {
    const { key } = await givenKey({ customerId: null, role: Role.OPERATOR, name: 'Warehouse desk' });
    expect(await withKey(key)).toEqual({
      role: Role.OPERATOR,
      scope: OPERATOR_SCOPE,
      actor: { kind: 'OPERATOR', label: 'Warehouse desk', apiKeyId: null },
      key: { name: 'Warehouse desk', id: expect.stringMatching(/^\d+$/) as string },
      identity: expect.stringMatching(/^\[null,"API_KEY","\d+",null\]$/) as string,
      expiresAt: null,
    });
  });

  it('has 256 random bits and is stored as a hash only', async () => {
    const { id, key } = await givenKey();
    expect(key).toMatch(/^dgk_[\w-]{43}$/);
    const { rows } = await db.admin.query<{ row: string }>('select k::text as row from api_key k where id = $1', [id]);
    expect(rows[0]!.row).toContain(hashApiKey(key).toString('hex'));
    expect(rows[0]!.row).not.toContain(key.slice('dgk_'.length));
  });

  it('is rejected when it is unknown or malformed', async () => {
    const { key } = await givenKey();
    for (const wrong of [generateApiKey(), `${key}x`, key.slice(0, -1), key.toUpperCase(), 'demo-lakeview', '']) {
      expect(await refusalOf(withKey(wrong))).toBe('UNAUTHENTICATED This API key is unknown.');
    }
  });

  it('causes no statement when it is malformed', async () => {
    await refusalOf(withKey('guess'));
    expect(db.statements).toEqual([]);
    await refusalOf(withKey(generateApiKey()));
    expect(db.statements).toEqual(['system api_key_by_hash']);
  });

  it('is accepted right after its creation, even if it was rejected before', async () => {
    const key = generateApiKey();
    expect(await refusalOf(withKey(key))).toBe('UNAUTHENTICATED This API key is unknown.');
    await givenKey({ secretHash: hashApiKey(key) });
    expect(await withKey(key)).toMatchObject({ actor: { label: 'EHR sync' } });
  });

  it('is looked up once for concurrent requests, and again within 5 seconds', async () => {
    const { key } = await givenKey();
    await Promise.all(Array.from({ length: 50 }, () => withKey(key)));
    clock.advance(CACHE_TTL_MS);
    await withKey(key);
    const once = ['system api_key_by_hash', 'system customer_by_id'];
    expect(db.statements).toEqual(once);
    clock.advance(1);
    await withKey(key);
    expect(db.statements).toEqual([...once, ...once]);
  });

  it('is looked up once for concurrent requests when it is unknown', async () => {
    const key = generateApiKey();
    const results = await Promise.all(Array.from({ length: 50 }, () => refusalOf(withKey(key))));
    expect(new Set(results)).toEqual(new Set(['UNAUTHENTICATED This API key is unknown.']));
    expect(db.statements).toEqual(['system api_key_by_hash']);
  });

  it('is rejected within 5 seconds after it was revoked, on every instance', async () => {
    const { id, key } = await givenKey();
    const other = createAccess([]);
    await withKey(key);
    await other.authenticate({ kind: 'apiKey', key });
    await revoke(id);
    clock.advance(CACHE_TTL_MS + 1);
    expect(await refusalOf(withKey(key))).toBe('UNAUTHENTICATED This API key has been revoked.');
    expect(await refusalOf(other.authenticate({ kind: 'apiKey', key }))).toBe(
      'UNAUTHENTICATED This API key has been revoked.',
    );
  });

  it('is cached from the start of its lookup, not from the end', async () => {
    const { id, key } = await givenKey();
    await db.admin.query('begin');
    await db.admin.query('lock table api_key in access exclusive mode');
    const slow = withKey(key);
    clock.advance(3_000);
    await db.admin.query('commit');
    await slow;
    await revoke(id);
    clock.advance(CACHE_TTL_MS - 3_000 + 1);
    expect(await refusalOf(withKey(key))).toBe('UNAUTHENTICATED This API key has been revoked.');
  });

  it('expires to the millisecond, cached or not', async () => {
    const { key } = await givenKey({ expiresAt: new Date(clock.now().getTime() + 1_000) });
    clock.advance(999);
    expect(await withKey(key)).toMatchObject({ role: Role.MEMBER });
    clock.advance(1);
    expect(await refusalOf(withKey(key))).toBe('UNAUTHENTICATED This API key has expired.');
    expect(await refusalOf(createAccess([]).authenticate({ kind: 'apiKey', key }))).toBe(
      'UNAUTHENTICATED This API key has expired.',
    );
  });

  it('can be read only in the system scope', async () => {
    const scopes: Scope[] = [{ kind: 'customer', customerId: NORTHSIDE.id }, OPERATOR_SCOPE];
    for (const scope of scopes) {
      const read = db.database.read(scope, { name: 'probe', text: 'select * from api_key', values: [] });
      await expect(read).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('is not rejected when its lookup fails: the error is passed on and not cached', async () => {
    const { key } = await givenKey();
    await db.admin.query('alter table api_key rename to api_key_away');
    try {
      await expect(withKey(key)).rejects.toMatchObject({ code: '42P01' });
      await expect(isStillValid(key)).rejects.toMatchObject({ code: '42P01' });
    } finally {
      await db.admin.query('alter table api_key_away rename to api_key');
    }
    expect(await withKey(key)).toMatchObject({ actor: { label: 'EHR sync' } });
  });
});

describe('a demo key', () => {
  it('needs one statement, for its customer, and an operator key none', async () => {
    expect(await withKey('demo-northside')).toEqual({
      role: Role.ADMIN,
      scope: { kind: 'customer', customerId: NORTHSIDE.id },
      actor: { kind: 'API_KEY', label: 'Northside demo key', apiKeyId: null },
      key: { name: 'Northside demo key', id: null },
      identity: '["1","API_KEY",null,"Northside demo key"]',
      expiresAt: null,
    });
    expect(await withKey('demo-operator')).toMatchObject({ scope: OPERATOR_SCOPE, actor: { kind: 'OPERATOR' } });
    expect(db.statements).toEqual(['system customer_by_id']);
  });

  it('is rejected unless it is configured', async () => {
    access = createAccess([]);
    expect(await refusalOf(withKey('demo-northside'))).toBe('UNAUTHENTICATED This API key is unknown.');
  });
});

describe('a JWT', () => {
  const withToken = async (claims = {}) => access.authenticate({ kind: 'jwt', token: await issuer.sign(claims) });

  it('authenticates its subject as a caller of its customer', async () => {
    const exp = Math.floor(clock.now().getTime() / 1000) + 300;
    expect(await withToken({ customer_id: LAKEVIEW.id, role: 'READ_ONLY', exp })).toEqual({
      role: Role.READ_ONLY,
      scope: { kind: 'customer', customerId: LAKEVIEW.id },
      actor: { kind: 'USER', label: 'user-7', apiKeyId: null },
      key: null,
      identity: '["2","USER",null,"user-7"]',
      expiresAt: new Date(exp * 1000),
    });
  });

  it('of an operator has no customer', async () => {
    expect(await withToken({ role: 'OPERATOR', customer_id: undefined })).toMatchObject({
      scope: OPERATOR_SCOPE,
      actor: { kind: 'OPERATOR', label: 'user-7', apiKeyId: null },
    });
    expect(db.statements).toEqual([]);
  });

  it('is rejected when its customer does not exist', async () => {
    expect(await refusalOf(withToken({ customer_id: '9223372036854775807' }))).toBe(
      'UNAUTHENTICATED The token is not accepted. Its claim "customer_id" does not name an existing customer.',
    );
  });

  it('causes one lookup of its customer', async () => {
    await withToken();
    await withToken({ sub: 'user-8' });
    expect(db.statements).toEqual(['system customer_by_id']);
  });

  it('is rejected where no issuer is configured', async () => {
    access = new AccessService({ database: db.database, demoKeys: DEMO_KEYS, clock, findCustomer });
    expect(await refusalOf(withToken())).toBe('UNAUTHENTICATED This gateway does not accept JWTs. Use an API key.');
  });
});

describe('a repeated check', () => {
  it('detects a revoked and an expired key', async () => {
    const { id, key } = await givenKey();
    expect(await isStillValid(key)).toBe(true);
    await revoke(id);
    clock.advance(CACHE_TTL_MS + 1);
    expect(await isStillValid(key)).toBe(false);

    const expiring = await givenKey({ expiresAt: new Date(clock.now().getTime() + 1_000) });
    expect(await isStillValid(expiring.key)).toBe(true);
    clock.advance(1_000);
    expect(await isStillValid(expiring.key)).toBe(false);
  });

  it('does not verify a token again, because its expiry is known', async () => {
    const credential = { kind: 'jwt', token: await issuer.sign() } as const;
    issuer.status = 503;
    expect(await access.isStillValid(credential, ofNorthside)).toBe(true);
  });
});

describe('a deactivated customer', () => {
  const setActive = (active: boolean) =>
    db.admin.query('update customer set deactivated_at = case when not $2 then now() end where id = $1', [
      NORTHSIDE.id,
      active,
    ]);
  afterEach(() => setActive(true));

  it('has no valid key within 5 seconds, on every instance, and again when it is reactivated', async () => {
    const { key } = await givenKey();
    const other = createAccess([]);
    await withKey(key);
    await other.authenticate({ kind: 'apiKey', key });
    await setActive(false);
    clock.advance(CACHE_TTL_MS + 1);
    const refusal = 'UNAUTHENTICATED The customer of this API key is deactivated.';
    expect(await refusalOf(withKey(key))).toBe(refusal);
    expect(await refusalOf(withKey('demo-northside'))).toBe(refusal);
    expect(await refusalOf(other.authenticate({ kind: 'apiKey', key }))).toBe(refusal);
    expect(await isStillValid(key)).toBe(false);

    await setActive(true);
    clock.advance(CACHE_TTL_MS + 1);
    expect(await withKey(key)).toMatchObject({ role: Role.MEMBER });
  });

  it('has no valid token', async () => {
    const credential = { kind: 'jwt', token: await issuer.sign() } as const;
    await access.authenticate(credential);
    expect(await access.isStillValid(credential, ofNorthside)).toBe(true);
    await setActive(false);
    clock.advance(CACHE_TTL_MS + 1);
    expect(await refusalOf(access.authenticate(credential))).toBe(
      'UNAUTHENTICATED The token is not accepted. Its customer is deactivated.',
    );
    expect(await access.isStillValid(credential, ofNorthside)).toBe(false);
  });

  it('does not affect other customers and operators', async () => {
    await setActive(false);
    const { key } = await givenKey({ customerId: LAKEVIEW.id });
    expect(await withKey(key)).toMatchObject({ scope: { customerId: LAKEVIEW.id } });
    expect(await withKey('demo-operator')).toMatchObject({ scope: OPERATOR_SCOPE });
    const token = await issuer.sign({ role: 'OPERATOR', customer_id: undefined });
    expect(await access.isStillValid({ kind: 'jwt', token }, { scope: OPERATOR_SCOPE })).toBe(true);
  });
});
