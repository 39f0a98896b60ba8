import { DeliveryPruner } from '../../src/features/webhook/delivery-pruner';
import type { Database } from '../../src/platform/db/database';
import { silentLog } from '../support/silent-log';
import { PlanningFixture } from './planning.harness';

const DAYS = 30;

let fixture: PlanningFixture;
let database: Database;
beforeAll(async () => {
  fixture = await PlanningFixture.create();
  database = fixture.openDatabase();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.reset());

/** Writes a pending delivery. */
const deliver = (webhookId: string, messageId: string, dueDaysAgo: number, isClaimed = false) =>
  fixture.superuser.query(
    `insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, created_at, next_attempt_at, claimed_until)
     select customer_id, id, $2, 'ORDER_STATUS', '{}', now() - interval '40 days', now() - $3 * interval '1 day',
       case when $4 then now() + interval '1 minute' end from webhook where id = $1`,
    [webhookId, messageId, dueDaysAgo, isClaimed],
  );

it('deletes deliveries that were due for the retention without an attempt, in batches, and no others', async () => {
  const [off, on] = [await fixture.webhook('1'), await fixture.webhook('2')];
  await fixture.superuser.query(
    `update webhook set active = false, disabled_at = now(), disabled_reason = 'BY_REQUEST' where id = $1`,
    [off],
  );
  for (let n = 0; n < 25; n += 1) await deliver(off, `old ${n}`, DAYS + 1);
  await deliver(on, 'old', DAYS + 1);
  await deliver(off, 'waits', DAYS - 1);
  await deliver(on, 'to be tried', -1);
  await deliver(on, 'in flight', DAYS + 1, true);
  const pruner = new (class extends DeliveryPruner {
    override readonly batchSize = 10;
  })(database, DAYS, silentLog);
  expect(await pruner.prune()).toBe(26);
  expect((await fixture.planned()).map(({ messageId }) => messageId)).toEqual(['waits', 'to be tried', 'in flight']);
});

it('deletes planning failures after the retention', async () => {
  await fixture.superuser.query(
    `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids, set_aside_at, error)
     select 1, n, n, 'device.statusChanged', '{}', '{}'::bigint[], now() - n * interval '29 days', 'It failed' from generate_series(1, 2) n
     union all select 1, 3, 3, 'device.statusChanged', '{}', '{}'::bigint[], null, null`,
  );
  expect(await new DeliveryPruner(database, DAYS, silentLog).prune()).toBe(1);
  const { rows } = await fixture.superuser.query<{ id: string }>('select id from webhook_event order by id');
  expect(rows.map(({ id }) => id)).toEqual(['1', '3']);
});
