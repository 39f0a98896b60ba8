import { eventually } from '../support/eventually';
import { GatewayBuild, type GatewayProcess } from '../support/gateway-process';
import { TcpProxy } from '../support/tcp-proxy';
import { APP_SECRET, KEYS, TestApp } from '../support/test-app';

/** An instance of the app survives. The one that is killed runs in a process of its own, behind a proxy. */
let app: TestApp;
let proxy: TcpProxy;
let build: GatewayBuild;
let killed: GatewayProcess;

beforeAll(async () => {
  [app, build] = await Promise.all([TestApp.start(), GatewayBuild.make()]);
  proxy = await TcpProxy.start(app.database.url);
  // The lock is the test's: a statement, or a commit, that creates an order waits for it.
  await app.admin.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(1); return null; end $$;
    create constraint trigger wait_in_commit after insert on device_order deferrable initially deferred
      for each row execute function wait_for_test()`);
});
afterAll(async () => {
  await proxy.stop();
  await build.remove();
  await app.stop();
});
beforeEach(async () => {
  killed = await build.start({ DATABASE_URL: proxy.url, APP_SECRET, DEMO: 'on', DATABASE_POOL_SIZE: '5' });
  await app.admin.query('select pg_advisory_lock(1)');
});
afterEach(() => app.admin.query('select pg_advisory_unlock_all()'));

const CREATE = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { order { databaseId lines { quantity } } userErrors { code } } }`;

/** An input that only this call has: the quantity names it. */
const inputOf = (quantity: number, idempotencyKey: string) => ({
  patientExternalIdentifier: 'external-identifier',
  lines: [{ itemId: '1', quantity }],
  idempotencyKey,
});

/** Sends the call to the instance that is killed. @returns the name of the error with which it fails */
async function sendInVain(input: object): Promise<string> {
  const headers = { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query: CREATE, variables: { input } });
  return fetch(`${killed.url}/graphql`, { method: 'POST', headers, body }).then(
    ({ status }) => `status ${status}`,
    (error: unknown) => (error as Error).name,
  );
}

const sendAgain = (input: object) => app.query('northside', CREATE, { input });

async function ordersOf(quantity: number): Promise<string[]> {
  const { rows } = await app.admin.query<{ order_id: string }>('select order_id from order_item where count = $1', [
    quantity,
  ]);
  return rows.map(({ order_id }) => order_id);
}

async function untilWaiting(statement: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await app.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like $1`,
      [`${statement}%`],
    );
    return rowCount === 1;
  });
}

/** The call was carried out once, and its result was returned. */
async function expectOneOrder(quantity: number, answer: Promise<{ data: unknown; errors?: unknown }>): Promise<void> {
  const { data, errors } = await answer;
  const [databaseId, ...others] = await ordersOf(quantity);
  expect(others).toEqual([]);
  expect({ data, errors }).toEqual({
    data: { createOrder: { order: { databaseId, lines: [{ quantity }] }, userErrors: [] } },
    errors: undefined,
  });
}

it('an instance is killed between the commit and the response: the call returns the same order on another one', async () => {
  const input = inputOf(101, 'killed after the commit');
  const answer = sendInVain(input);
  await untilWaiting('COMMIT');
  proxy.withholdReplies();
  await app.admin.query('select pg_advisory_unlock_all()');
  await eventually(async () => (await ordersOf(101)).length === 1);
  await killed.end('SIGKILL');
  expect(await answer).toBe('TypeError');
  await expectOneOrder(101, sendAgain(input));
});

it('an instance is killed during the commit: another one waits for the outcome, and returns it', async () => {
  const input = inputOf(102, 'killed during the commit');
  const answer = sendInVain(input);
  await untilWaiting('COMMIT');
  await killed.end('SIGKILL');
  expect(await answer).toBe('TypeError');
  const repeated = [sendAgain(input), sendAgain(input)];
  await eventually(async () => {
    const { rowCount } = await app.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
       and query like '/* claim_idempotency_key */%'`,
    );
    return rowCount === 2;
  });
  await app.admin.query('select pg_advisory_unlock_all()');
  for (const one of repeated) await expectOneOrder(102, one);
});

it('an instance is killed before the commit: another one carries the call out', async () => {
  await app.admin.query(`
    alter table device_order disable trigger wait_in_commit;
    create trigger wait_at_once after insert on device_order for each row execute function wait_for_test()`);
  const input = inputOf(103, 'killed before the commit');
  const answer = sendInVain(input);
  await untilWaiting('/* insert_');
  await killed.end('SIGKILL');
  expect(await answer).toBe('TypeError');
  await app.admin.query('select pg_advisory_unlock_all()');
  await expectOneOrder(103, sendAgain(input));
});
