import { eventually } from '../support/eventually';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';

let app: TestApp;
let proxy: TcpProxy;

beforeAll(async () => {
  app = await TestApp.start();
  proxy = await TcpProxy.start(app.database.url);
  await app.startInstance({ DATABASE_URL: proxy.url });
  // The lock is the test's: statements, or commits, that insert a site wait for it.
  await app.admin.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(1); return null; end $$;
    create constraint trigger wait after insert on site deferrable initially deferred
      for each row execute function wait_for_test()`);
});
afterAll(async () => {
  await proxy.stop();
  await app.stop();
});
beforeEach(() => app.admin.query('select pg_advisory_lock(1)'));
afterEach(() => app.admin.query('select pg_advisory_unlock_all()'));

const CREATE = `mutation ($input: CreateSiteInput!) { createSite(input: $input) { site { databaseId } userErrors { code } } }`;

/** Sends the call to the instance with the proxy. */
const createSite = (input: object) => app.query('northside', CREATE, { input }, 1);

async function sitesNamed(name: string): Promise<string[]> {
  const { rows } = await app.admin.query<{ id: string }>('select id from site where name = $1', [name]);
  return rows.map(({ id }) => id);
}

const WAITING = `from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like`;

/** Waits until a statement waits for the test. */
async function untilWaiting(statement: string): Promise<void> {
  await eventually(async () => ((await app.admin.query(`select ${WAITING} $1`, [`${statement}%`])).rowCount ?? 0) > 0);
}

async function cutConnections(): Promise<void> {
  proxy.down();
  proxy.up();
  await app.admin.query('select pg_advisory_unlock_all()');
}

async function killBackend(): Promise<void> {
  await app.admin.query(`select pg_terminate_backend(pid) ${WAITING} '%'`);
  await app.admin.query('select pg_advisory_unlock_all()');
}

describe('a connection that is lost during COMMIT', () => {
  it('leaves the outcome unknown when it is lost silently, soon after the time limit of statements', async () => {
    const silent = await TcpProxy.start(app.database.url);
    try {
      await app.startInstance({ DATABASE_URL: silent.url, STATEMENT_TIMEOUT_MS: '3000' });
      const answer = app.query('northside', CREATE, { input: { name: 'Silent' } }, 2);
      await untilWaiting('COMMIT');
      silent.withholdReplies();
      await app.admin.query('select pg_advisory_unlock_all()');
      expect((await answer).errors).toMatchObject([{ extensions: { code: 'OUTCOME_UNKNOWN' } }]);
      expect(await sitesNamed('Silent')).toHaveLength(1);
    } finally {
      await silent.stop();
    }
  });

  it('leaves the outcome unknown without a key', async () => {
    const answer = createSite({ name: 'Unknown' });
    await untilWaiting('COMMIT');
    await cutConnections();
    const { data, errors } = await answer;
    expect(data).toEqual({ createSite: null });
    const errorId = String(errors![0]!.extensions.errorId);
    expect(errors).toMatchObject([
      {
        path: ['createSite'],
        message: `The connection to the database was lost during the commit, so the change may have been made. Read the object to find out. A call with an idempotencyKey can be sent again. Error id: ${errorId}`,
        extensions: { code: 'OUTCOME_UNKNOWN', errorId },
      },
    ]);
    expect(app.log).toContain(errorId);
    // It was made, which only PostgreSQL knows.
    await eventually(async () => (await sitesNamed('Unknown')).length === 1);
  });

  it('is looked up by the key, and its result is returned', async () => {
    const input = { name: 'Found', idempotencyKey: 'found' };
    const answer = createSite(input);
    await untilWaiting('COMMIT');
    await cutConnections();
    const { data, errors } = await answer;
    expect(errors).toBeUndefined();
    const [databaseId, ...others] = await sitesNamed('Found');
    expect(others).toEqual([]);
    expect(data).toEqual({ createSite: { site: { databaseId }, userErrors: [] } });
  });

  it('is carried out again with a key when it was rolled back', async () => {
    const input = { name: 'Rolled back', idempotencyKey: 'rolled back' };
    const answer = createSite(input);
    await untilWaiting('COMMIT');
    await killBackend();
    const { data, errors } = await answer;
    expect(errors).toBeUndefined();
    const [databaseId, ...others] = await sitesNamed('Rolled back');
    expect(others).toEqual([]);
    expect(data).toEqual({ createSite: { site: { databaseId }, userErrors: [] } });
  });

  it('lets the call be repeated with its key when the database stays away', async () => {
    const input = { name: 'Away', idempotencyKey: 'away' };
    const answer = createSite(input);
    await untilWaiting('COMMIT');
    proxy.down();
    expect((await answer).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    proxy.up();
    await app.admin.query('select pg_advisory_unlock_all()');
    expect((await createSite(input)).data).toMatchObject({ createSite: { userErrors: [] } });
    expect(await sitesNamed('Away')).toHaveLength(1);
  });
});

describe('a backend that is killed before COMMIT', () => {
  it.each<[string, object]>([
    ['without a key', {}],
    ['with a key', { idempotencyKey: 'killed' }],
  ])('changes nothing, and the call can be sent again %s', async (how, key) => {
    await app.admin.query('alter table site disable trigger wait');
    await app.admin.query(
      'create trigger wait_at_once after insert on site for each row execute function wait_for_test()',
    );
    const input = { name: `Killed ${how}`, ...key };
    const answer = createSite(input);
    await untilWaiting('/* insert_site */');
    await killBackend();
    const { errors } = await answer;
    await app.admin.query('drop trigger wait_at_once on site');
    await app.admin.query('alter table site enable trigger wait');
    expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(await sitesNamed(input.name)).toEqual([]);
    expect((await createSite(input)).data).toMatchObject({ createSite: { userErrors: [] } });
    expect(await sitesNamed(input.name)).toHaveLength(1);
  });
});
