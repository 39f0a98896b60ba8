import type { Tx } from '../../src/platform/db/session';
import { compile, sql } from '../../src/platform/db/sql';
import type { Statement } from '../../src/platform/db/statement';
import { SYSTEM_SCOPE } from '../../src/platform/db/scope';
import { claimDeliveries } from '../../src/features/webhook/delivery.repository';
import { explain, outline, pagesOf, vacuum, type PlanMode } from '../db/explain';
import { PlanningFixture } from './planning.harness';

const WAITING = 20_000;
/** Pages for each endpoint, for each claimed delivery, and for its lock and update. */
const PAGES = 250;

let fixture: PlanningFixture;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.reset());

const LIMITS = { inFlight: new Map<string, number>(), perWebhook: 8, limit: 200, leaseMs: 60_000 };

async function claimStatement(): Promise<Statement> {
  const sent: Statement[] = [];
  const tx = {
    scope: SYSTEM_SCOPE,
    sql: (...parts: Parameters<typeof sql>) => {
      sent.push(compile(SYSTEM_SCOPE, sql(...parts)));
      return Promise.resolve([]);
    },
  } as unknown as Tx;
  await claimDeliveries(tx, LIMITS);
  return sent[0]!;
}

/** Inserts due deliveries of a webhook. The last one is a test. */
async function fill(webhookId: string, count: number): Promise<void> {
  await fixture.superuser.query(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, is_test, next_attempt_at)
     select w.customer_id, w.id, 'evt_' || n, 'DEVICE_STATUS_CHANGED', '{}', n = $2, clock_timestamp() - interval '1 hour'
     from webhook w, generate_series(1, $2) n where w.id = $1`,
    [webhookId, count],
  );
}

it('finds due deliveries without scanning those of disabled webhooks', async () => {
  const [off, on] = [await fixture.webhook('1'), await fixture.webhook('2')];
  await fill(off, WAITING);
  await fill(on, WAITING);
  await fixture.superuser.query(
    `update webhook set active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST' where id = $1`,
    [off],
  );
  await vacuum(fixture.superuser);
  const statement = { scope: SYSTEM_SCOPE, ...(await claimStatement()) };
  for (const mode of ['force_custom_plan', 'force_generic_plan'] satisfies PlanMode[]) {
    const plan = await explain(fixture.superuser, statement, mode);
    expect({ mode, rows: plan['Actual Rows'], pages: pagesOf(plan) <= PAGES || outline(plan) }).toEqual({
      mode,
      rows: 9,
      pages: true,
    });
  }
});

it('claims at most two deliveries of a failing webhook, and up to the limit of the others', async () => {
  const [failing, well, busy] = [await fixture.webhook('1'), await fixture.webhook('1'), await fixture.webhook('2')];
  for (const webhookId of [failing, well, busy]) await fill(webhookId, 20);
  await fixture.superuser.query('update webhook set failing_since = now() where id = $1', [failing]);
  const database = fixture.openDatabase();
  const claim = async (inFlight: Record<string, number>) => {
    const limits = { ...LIMITS, inFlight: new Map(Object.entries(inFlight)) };
    const claimed = await database.transact(SYSTEM_SCOPE, (tx) => claimDeliveries(tx, limits));
    return [failing, well, busy].map((id) => claimed.filter(({ webhookId }) => webhookId === id).length);
  };
  expect(await claim({ [busy]: 6 })).toEqual([2, 8, 2]);
  expect(await claim({ [failing]: 2, [well]: 8, [busy]: 8 })).toEqual([0, 0, 0]);
});
