import type { Tx } from '../../src/platform/db/session';
import { compile, sql } from '../../src/platform/db/sql';
import type { Statement } from '../../src/platform/db/statement';
import { SYSTEM_SCOPE } from '../../src/platform/db/scope';
import { claimDeliveries, FIRST_WEBHOOK, findPendingWebhooks } from '../../src/features/webhook/delivery.repository';
import { takeEvents } from '../../src/features/webhook/webhook-event.repository';
import { explain, nodesOf, outline, vacuum, type PlanMode, type PlanNode } from '../db/explain';
import { PlanningFixture } from './planning.harness';

const WAITING = 20_000;
/** Rows that the nodes of a plan read: a few for each webhook, and for each claimed delivery its lock and update. */
const ROWS = 300;

let fixture: PlanningFixture;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.reset());

/** Rows that a node returned, and those that it read and dropped. */
function rowsReadBy(node: PlanNode): number {
  const { 'Rows Removed by Filter': removed = 0 } = node as { 'Rows Removed by Filter'?: number };
  return (node['Actual Rows'] + removed) * node['Actual Loops'];
}

/** The statement that `work` sends. */
async function statementOf(work: (tx: Tx) => Promise<unknown>): Promise<Statement & { scope: typeof SYSTEM_SCOPE }> {
  const sent: Statement[] = [];
  const tx = {
    scope: SYSTEM_SCOPE,
    sql: (...parts: Parameters<typeof sql>) => {
      sent.push(compile(SYSTEM_SCOPE, sql(...parts)));
      return Promise.resolve([]);
    },
  } as unknown as Tx;
  await work(tx);
  return { scope: SYSTEM_SCOPE, ...sent[0]! };
}

const LEASE_MS = 60_000;
const share = (customerId: string, webhookId: string, count: number) => ({ customerId, webhookId, count });

/** Inserts due deliveries of a webhook. The last one is a test. */
async function fill(webhookId: string, count: number): Promise<void> {
  await fixture.superuser.query(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, is_test, next_attempt_at)
     select w.customer_id, w.id, 'evt_' || n, 'DEVICE_STATUS_CHANGED', '{}', n = $2, clock_timestamp() - interval '1 hour'
     from webhook w, generate_series(1, $2) n where w.id = $1`,
    [webhookId, count],
  );
}

/** A disabled webhook of customer 1, an active one of customer 2, and 20 of customer 3, each with pending deliveries. */
async function fillAll(): Promise<[string, string]> {
  const [off, on] = [await fixture.webhook('1'), await fixture.webhook('2')];
  await fill(off, WAITING);
  await fill(on, WAITING);
  for (let n = 0; n < 20; n += 1) await fill(await fixture.webhook('3'), 10);
  await fixture.superuser.query(
    `update webhook set active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST' where id = $1`,
    [off],
  );
  await vacuum(fixture.superuser);
  return [off, on];
}

type TracedStatement = Awaited<ReturnType<typeof statementOf>>;

/** @param expected statements with the numbers of rows that they return */
async function expectFewRows(...expected: [TracedStatement, number][]): Promise<void> {
  for (const mode of ['force_custom_plan', 'force_generic_plan'] satisfies PlanMode[]) {
    for (const [statement, rows] of expected) {
      const plan = await explain(fixture.superuser, statement, mode);
      const { name } = statement;
      const read = nodesOf(plan).reduce((sum, node) => sum + rowsReadBy(node), 0);
      expect({ name, mode, rows: plan['Actual Rows'], few: read <= ROWS || outline(plan) }).toEqual({
        name,
        mode,
        rows,
        few: true,
      });
    }
  }
}

it('finds the webhooks with due deliveries, and claims, without reading the other pending deliveries', async () => {
  const [off, on] = await fillAll();
  const find = await statementOf((tx) => findPendingWebhooks(tx, FIRST_WEBHOOK, 1_000));
  const shares = [share('1', off, 8), share('2', on, 8)];
  const claim = await statementOf((tx) => claimDeliveries(tx, { shares, bytes: 1_000_000, leaseMs: LEASE_MS }));
  await expectFewRows([find, 22], [claim, 9]);
});

it('takes the events of a portion without reading the others that wait, also before there are statistics', async () => {
  await fixture.superuser.query(
    `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
     select 1 + n % 2, n, n, 'device.statusChanged', '{}', '{1}'::bigint[] from generate_series(1, $1) n`,
    [WAITING],
  );
  const take = await statementOf((tx) => takeEvents(tx, '1', { events: 20, deliveries: 1_000, bytes: 1_000_000 }));
  await expectFewRows([take, 20]);
  await vacuum(fixture.superuser);
  await expectFewRows([take, 20]);
});

it('takes events until so many webhooks receive them together', async () => {
  await fixture.superuser.query(
    `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids)
     select 1, n, n, 'device.statusChanged', '{}', '{1,2,3}'::bigint[] from generate_series(1, 9) n`,
  );
  const database = fixture.openDatabase();
  const taken = (deliveries: number) =>
    database.transact(SYSTEM_SCOPE, (tx) => takeEvents(tx, '1', { events: 100, deliveries, bytes: 1_000_000 }));
  const idsOf = async (deliveries: number) => (await taken(deliveries)).map(({ id }) => id);
  expect([await idsOf(6), await idsOf(7), await idsOf(1)]).toEqual([['1', '2'], ['1', '2', '3'], ['1']]);
});

it('claims as many of each webhook as given, the longest due first, and locks no others', async () => {
  const [one, other] = [await fixture.webhook('1'), await fixture.webhook('2')];
  for (const webhookId of [one, other]) await fill(webhookId, 20);
  const database = fixture.openDatabase();
  const claimed = await database.transact(SYSTEM_SCOPE, async (tx) => {
    const rows = await claimDeliveries(tx, {
      shares: [share('1', one, 3), share('2', other, 5)],
      bytes: 1_000_000,
      leaseMs: LEASE_MS,
    });
    const unlocked = await fixture.superuser.query('select from webhook_delivery for update skip locked');
    expect(unlocked.rowCount).toBe(40 - 8);
    return rows;
  });
  expect([one, other].map((id) => claimed.filter(({ webhookId }) => webhookId === id).length)).toEqual([3, 5]);
});

it('claims no more bytes than given, but at least one delivery', async () => {
  const webhookId = await fixture.webhook('1');
  await fill(webhookId, 20);
  await fixture.superuser.query(`update webhook_delivery set payload = repeat('x', 1000)`);
  const database = fixture.openDatabase();
  const claim = async (bytes: number) =>
    (
      await database.transact(SYSTEM_SCOPE, (tx) =>
        claimDeliveries(tx, { shares: [share('1', webhookId, 8)], bytes, leaseMs: LEASE_MS }),
      )
    ).length;
  expect([await claim(2_500), await claim(1), await claim(1_000_000)]).toEqual([3, 1, 8]);
});

it('looks through the webhooks in windows', async () => {
  const ids: string[] = [];
  for (const customerId of ['1', '1', '2', '3']) ids.push(await fixture.webhook(customerId));
  for (const id of ids) await fill(id, 2);
  const session = fixture.openDatabase().session(SYSTEM_SCOPE);
  const first = await findPendingWebhooks(session, FIRST_WEBHOOK, 3);
  const second = await findPendingWebhooks(session, first[2]!, 3);
  expect([...first, ...second].map(({ webhookId, isDue }) => [webhookId, isDue])).toEqual(ids.map((id) => [id, true]));
});
