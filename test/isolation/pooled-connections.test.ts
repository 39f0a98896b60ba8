import { Client } from 'pg';
import type { GraphqlResponse } from '../support/test-app';
import { TestApp } from '../support/test-app';

/** Waves of requests that wait for the connection at once. */
const WAVES = 8;
const WAVE_SIZE = 30;
const DISTURBED_ROUNDS = 30;
const DISTURBANCES_A_ROUND = 5;
const NAMES = { northside: 'Northside Health', lakeview: 'Lakeview Care' } as const;
type Customer = keyof typeof NAMES;

const LIST = `{ viewer { customer { name } } devices(first: 3) { nodes { customer { name } } } patients(first: 3) { nodes { customer { name } } } }`;
const OVERRIDE = `mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { device { customer { name } } userErrors { code } } }`;

let app: TestApp;
let locker: Client;
let devices: Record<Customer, string>;

beforeAll(async () => {
  app = await TestApp.start({ env: { DATABASE_POOL_SIZE: '1', STATEMENT_TIMEOUT_MS: '400' } });
  locker = new Client({ connectionString: app.database.url });
  await locker.connect();
  const first = async (caller: Customer): Promise<string> => {
    const { devices } = await app.data<{ devices: { nodes: { databaseId: string }[] } }>(
      caller,
      '{ devices(first: 1) { nodes { databaseId } } }',
    );
    return devices.nodes[0]!.databaseId;
  };
  devices = { northside: await first('northside'), lakeview: await first('lakeview') };
});
afterAll(async () => {
  await locker.end();
  await app.stop();
});

/** Every customer's name in an answer is the caller's. */
function expectOwn(caller: Customer, { data }: GraphqlResponse<unknown>): void {
  const names = [...JSON.stringify(data ?? null).matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name);
  expect(names.filter((name) => name !== NAMES[caller])).toEqual([]);
}

function expectUnavailable({ errors = [] }: GraphqlResponse<unknown>): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const { extensions } of errors) expect(extensions.code).toBe('SERVICE_UNAVAILABLE');
}

async function expectServed(): Promise<void> {
  for (const caller of ['northside', 'lakeview', 'northside'] as const) {
    const answer = await app.query<{ devices: { nodes: unknown[] } }>(caller, LIST);
    expect(answer.errors).toBeUndefined();
    expect(answer.data.devices.nodes).toHaveLength(3);
    expectOwn(caller, answer);
  }
}

/** While the device is locked by somebody else, a change of it waits on the one connection there is. */
async function whileLocked(
  device: string,
  work: (change: Promise<GraphqlResponse<unknown>>) => Promise<void>,
  caller: Customer,
): Promise<void> {
  await locker.query('begin');
  await locker.query('select from device where id = $1 for update', [device]);
  const change = app.query(caller, OVERRIDE, { input: { deviceId: device, status: 'LOST' } });
  try {
    await work(change);
  } finally {
    await locker.query('rollback');
    await change;
  }
}

/** Does something to the connection that waits for a lock, once it waits. */
async function toTheWaiting(action: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<void> {
  for (;;) {
    const { rows } = await app.admin.query<{ done: boolean }>(
      `select ${action}(pid) as done from pg_stat_activity
       where datname = current_database() and application_name = 'device-gateway customer' and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('keeps interleaved customers on one connection apart', async () => {
  for (let wave = 0; wave < WAVES; wave += 1) {
    const callers = Array.from({ length: WAVE_SIZE }, (_, index): Customer =>
      (wave + index) % 3 === 0 ? 'lakeview' : 'northside',
    );
    const answers = await Promise.all(
      callers.map((caller) => app.query<{ devices: { nodes: unknown[] } }>(caller, LIST)),
    );
    answers.forEach((answer, index) => {
      expect(answer.errors).toBeUndefined();
      expect(answer.data.devices.nodes).toHaveLength(3);
      expectOwn(callers[index]!, answer);
    });
  }
  const { rows } = await app.admin.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'device-gateway customer'`,
  );
  expect(rows[0]!.count).toBe('1');
});

const DISTURBANCES = {
  'timed out': async (change: Promise<GraphqlResponse<unknown>>) => expectUnavailable(await change),
  cancelled: async (change: Promise<GraphqlResponse<unknown>>) => {
    await toTheWaiting('pg_cancel_backend');
    expectUnavailable(await change);
  },
  'cut off': async (change: Promise<GraphqlResponse<unknown>>) => {
    await toTheWaiting('pg_terminate_backend');
    expectUnavailable(await change);
  },
};

it.each(Object.entries(DISTURBANCES))('keeps them apart after a statement was %s', async (_name, disturb) => {
  for (const caller of ['northside', 'lakeview', 'northside', 'lakeview'] as const) {
    const other: Customer = caller === 'northside' ? 'lakeview' : 'northside';
    let queued: { next: Customer; answer: Promise<GraphqlResponse<unknown>> }[] = [];
    await whileLocked(
      devices[caller],
      async (change) => {
        // They wait for the connection and are the next on it.
        queued = [other, caller, other, caller].map((next) => ({ next, answer: app.query(next, LIST) }));
        await disturb(change);
      },
      caller,
    );
    for (const { next, answer } of queued) expectOwn(next, await answer);
    await expectServed();
  }
});

it('keeps them apart while statements are cancelled and cut off at random moments', async () => {
  const disturb = async (round: number): Promise<void> => {
    for (let count = 0; count < DISTURBANCES_A_ROUND; count += 1) {
      const action = (round + count) % DISTURBANCES_A_ROUND === 0 ? 'pg_terminate_backend' : 'pg_cancel_backend';
      await app.admin.query(
        `select ${action}(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'device-gateway customer'`,
      );
    }
  };
  const seen = { answered: 0, failed: 0 };
  for (let round = 0; round < DISTURBED_ROUNDS; round += 1) {
    const callers: Customer[] = ['northside', 'lakeview', 'lakeview', 'northside', 'lakeview', 'northside'];
    const status = round % 2 === 0 ? 'LOST' : 'DECOMMISSIONED';
    const disturbing = disturb(round);
    const answers = await Promise.all(
      callers.map((caller, index) =>
        index < 4
          ? app.query(caller, LIST)
          : app.query(caller, OVERRIDE, { input: { deviceId: devices[caller], status } }),
      ),
    );
    await disturbing;
    answers.forEach((answer, index) => {
      expectOwn(callers[index]!, answer);
      seen[answer.errors ? 'failed' : 'answered'] += 1;
    });
  }
  expect(seen.failed).toBeGreaterThan(0);
  expect(seen.answered).toBeGreaterThan(0);
  // The last disturbance may have hit the connection that is there: the first statement then fails and gets rid of it.
  await app.query('northside', LIST);
  await expectServed();
});
