import { findCustomer } from '../../src/features/customer/customer.repository';
import { AccessService } from '../../src/platform/access/access.service';
import { runKeyCommand } from '../../src/programs/key/key.command';
import { LAKEVIEW, NORTHSIDE, openAccessDatabase, type AccessDatabase } from './access.harness';

const NOW = new Date('2026-11-22T12:00:00Z');
const clock = { now: () => NOW };

let db: AccessDatabase;

beforeAll(async () => {
  db = await openAccessDatabase();
});

beforeEach(async () => {
  await db.admin.query('truncate api_key restart identity');
  db.statements.length = 0;
});

afterAll(() => db.close());

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runKeyCommand(args, {
    withDatabase: (work) => work(db.database),
    now: async () => NOW,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
  });
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

async function countKeys(): Promise<number> {
  const { rows } = await db.admin.query<{ count: number }>('select count(*)::int as count from api_key');
  return rows[0]!.count;
}

function authenticate(key: string) {
  return new AccessService({ database: db.database, demoKeys: [], clock, findCustomer }).authenticate({
    kind: 'apiKey',
    key,
  });
}

describe('create', () => {
  it.each([NORTHSIDE.id, NORTHSIDE.name])('creates a key for the customer "%s" and shows it once', async (customer) => {
    const { exitCode, out, err } = await run(
      'create',
      '--customer',
      customer,
      '--role',
      'MEMBER',
      '--name',
      'EHR sync',
      '--expires',
      '90d',
    );
    expect(exitCode).toBe(0);
    expect(err).toBe(
      'Key 1 "EHR sync" for Northside Health (1), role MEMBER, expires 2027-02-20T12:00:00.000Z.\n' +
        'Store it now. Only its hash is kept, so it cannot be shown again:',
    );
    expect(out).toMatch(/^dgk_[\w-]{43}$/);
    expect(await authenticate(out)).toEqual({
      role: 'MEMBER',
      scope: { kind: 'customer', customerId: '1' },
      actor: { kind: 'API_KEY', label: 'EHR sync', apiKeyId: '1' },
      key: { name: 'EHR sync', id: '1' },
      identity: '["1","API_KEY","1",null]',
      expiresAt: new Date('2027-02-20T12:00:00Z'),
    });
    expect((await run('list')).out).not.toContain(out);
  });

  it('creates a key for an operator', async () => {
    const { exitCode, out, err } = await run('create', '--role', 'OPERATOR', '--name', 'Warehouse desk');
    expect(exitCode).toBe(0);
    expect(err).toContain('Key 1 "Warehouse desk" for operators, role OPERATOR, expires never.');
    expect(await authenticate(out)).toMatchObject({ scope: { kind: 'operator' } });
  });

  it.each([
    ['2030-12-31', '2030-12-31T00:00:00.000Z'],
    ['2030-12-31T18:00:00+02:00', '2030-12-31T16:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['1d', '2026-11-23T12:00:00.000Z'],
  ])('accepts the expiry %s', async (expires, time) => {
    const { err } = await run('create', '--customer', '1', '--role', 'MEMBER', '--name', 'x', '--expires', expires);
    expect(err).toContain(`expires ${time}.`);
  });

  it.each([
    [['--role', 'MEMBER', '--name', 'x'], 1, 'error: A key with the role MEMBER needs --customer <id or name>.'],
    [
      ['--role', 'OPERATOR', '--name', 'x', '--customer', '1'],
      1,
      'error: A key with the role OPERATOR belongs to no customer. Omit --customer.',
    ],
    [
      ['--role', 'MEMBER', '--name', 'x', '--customer', 'northside'],
      1,
      'error: There is no customer with the id or name "northside".',
    ],
    [
      ['--role', 'MEMBER', '--name', 'x', '--customer', 'Impilo'],
      1,
      'error: There is no customer with the id or name "Impilo".',
    ],
    [['--role', 'MEMBER', '--name', 'x', '--customer', '0'], 1, 'error: There is no customer with the id or name "0".'],
    [['--role', 'MEMBER', '--name', 'x', '--customer', '9223372036854775808'], 1, 'error: There is no customer'],
    [
      ['--role', 'OWNER', '--name', 'x'],
      2,
      "argument 'OWNER' is invalid. Allowed choices are ADMIN, MEMBER, READ_ONLY, INGEST, OPERATOR.",
    ],
    [['--name', 'x'], 2, "error: required option '--role <role>' not specified"],
    [['--role', 'MEMBER'], 2, "error: required option '--name <name>' not specified"],
    [['--role', 'MEMBER', '--name', ' '], 2, 'It must not be empty.'],
    [['--role', 'MEMBER', '--name', 'a\u001b[2J'], 2, 'It must not contain control characters or line ends.'],
    [['--role', 'MEMBER', '--name', 'a\u009b2J'], 2, 'It must not contain control characters or line ends.'],
    [['--role', 'MEMBER', '--name', 'x'.repeat(101)], 2, 'It must have at most 100 characters.'],
    [['--role', 'MEMBER', '--name', 'x', '--expires', '0d'], 2, 'It must be 1d to 36500d'],
    [['--role', 'MEMBER', '--name', 'x', '--expires', '36501d'], 2, 'It must be 1d to 36500d'],
    [['--role', 'MEMBER', '--name', 'x', '--expires', '2027-02-29'], 2, 'It must be 1d to 36500d'],
    [['--role', 'MEMBER', '--name', 'x', '--expires', '2030-12-31T18:00:00'], 2, 'It must be 1d to 36500d'],
    [
      ['--customer', '1', '--role', 'MEMBER', '--name', 'x', '--expires', '2026-11-22'],
      1,
      'error: The time of --expires must be in the future.',
    ],
  ])('%j fails', async (args, code, message) => {
    const { exitCode, out, err } = await run('create', ...args);
    expect(err).toContain(message);
    expect(exitCode).toBe(code);
    expect(out).toBe('');
    expect(await countKeys()).toBe(0);
  });

  it('finds the customer by name, ignoring case and surrounding spaces', async () => {
    const { exitCode, err } = await run(
      'create',
      '--role',
      'MEMBER',
      '--name',
      'x',
      '--customer',
      ' northside HEALTH\u200b\u00a0',
    );
    expect(exitCode).toBe(0);
    expect(err).toContain('for Northside Health (1)');
  });
});

describe('list', () => {
  async function givenKeys(): Promise<void> {
    await run('create', '--customer', NORTHSIDE.id, '--role', 'MEMBER', '--name', 'EHR sync');
    await run('create', '--customer', LAKEVIEW.id, '--role', 'INGEST', '--name', 'Hub', '--expires', '90d');
    await run('create', '--role', 'OPERATOR', '--name', 'Warehouse desk');
    await db.admin.query(`update api_key set created_at = '2026-11-22T11:00:00Z'`);
    await db.admin.query(
      `update api_key set expires_at = '2026-11-22T11:30:00Z', last_used_at = '2026-11-22T10:00:00Z' where id = 1`,
    );
    await db.admin.query(`update api_key set revoked_at = '2026-11-22T11:45:00Z' where id = 3`);
  }

  it('shows all keys in an aligned table', async () => {
    await givenKeys();
    expect(await run('list')).toEqual({
      exitCode: 0,
      err: '',
      out: [
        'ID  CUSTOMER              NAME            ROLE      CREATED                   EXPIRES                   LAST USED                 STATE',
        '1   Northside Health (1)  EHR sync        MEMBER    2026-11-22T11:00:00.000Z  2026-11-22T11:30:00.000Z  2026-11-22T10:00:00.000Z  expired',
        '2   Lakeview Care (2)     Hub             INGEST    2026-11-22T11:00:00.000Z  2027-02-20T12:00:00.000Z  never                     active',
        '3   -                     Warehouse desk  OPERATOR  2026-11-22T11:00:00.000Z  never                     never                     revoked 2026-11-22T11:45:00.000Z',
      ].join('\n'),
    });
  });

  it('shows the keys of one customer', async () => {
    await givenKeys();
    const { out } = await run('list', '--customer', LAKEVIEW.name);
    expect(out.split('\n').map((line) => line.slice(0, 2).trim())).toEqual(['ID', '2']);
    expect(await run('list', '--customer', 'unknown')).toMatchObject({ exitCode: 1, out: '' });
  });

  it('reads only in the system scope', async () => {
    await givenKeys();
    db.statements.length = 0;
    await run('list');
    expect(db.statements).toEqual(['system api_keys', 'system customer_by_id']);
  });
});

describe('revoke', () => {
  it('ends a key, and keeps the first time when repeated', async () => {
    const { out: key } = await run('create', '--customer', '1', '--role', 'MEMBER', '--name', 'EHR sync');
    const first = await run('revoke', '1');
    expect(first).toEqual({
      exitCode: 0,
      err: '',
      out: expect.stringMatching(/^Key 1 "EHR sync" was revoked at .*Z\.$/) as string,
    });
    expect(await run('revoke', '1')).toEqual(first);
    await expect(authenticate(key)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'This API key has been revoked.',
    });
  });

  it.each([
    ['2', 1, 'error: Key 2 does not exist. Run list to see all keys.'],
    ['x', 2, 'It must be a number.'],
    ['9223372036854775808', 2, 'It must be a number.'],
  ])('%s fails', async (id, code, message) => {
    const { exitCode, err } = await run('revoke', id);
    expect(err).toContain(message);
    expect(exitCode).toBe(code);
  });
});

describe('the command line', () => {
  it('prints help', async () => {
    const { exitCode, out } = await run('--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('Usage: npm run key -- [options] [command]');
    expect((await run('create', '--help')).out).toContain('--expires <time>');
  });

  it.each([[[]], [['delete', '1']], [['list', '--all']]])('rejects %j', async (args) => {
    const { exitCode, err } = await run(...args);
    expect(exitCode).toBe(2);
    expect(err).not.toBe('');
  });

  it('passes unexpected errors on', async () => {
    await db.admin.query('alter table api_key rename to api_key_away');
    try {
      await expect(run('list')).rejects.toMatchObject({ code: '42P01' });
    } finally {
      await db.admin.query('alter table api_key_away rename to api_key');
    }
  });
});
