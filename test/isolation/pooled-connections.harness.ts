import { Client } from 'pg';
import { eventually } from '../support/eventually';
import type { GraphqlResponse } from '../support/test-app';
import { TestApp } from '../support/test-app';

const NAMES = { northside: 'Northside Health', lakeview: 'Lakeview Care' } as const;
export type Customer = keyof typeof NAMES;

export const LIST = `{ viewer { customer { name } } devices(first: 3) { nodes { customer { name } } } patients(first: 3) { nodes { customer { name } } } }`;
const OVERRIDE = `mutation ($input: UpdateDeviceStatusInput!) { updateDeviceStatus(input: $input) { device { customer { name } } userErrors { code } } }`;

/** Asserts that every customer name in a result is the caller's. */
export function expectOwn(caller: Customer, { data }: GraphqlResponse<unknown>): void {
  const names = [...JSON.stringify(data ?? null).matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name);
  expect(names.filter((name) => name !== NAMES[caller])).toEqual([]);
}

export function expectUnavailable({ errors = [] }: GraphqlResponse<unknown>): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const { extensions } of errors) expect(['SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(extensions.code);
}

/** Indexes of the instances: with the default statement timeout, and with a short one. */
export const PATIENT = 0;
export const IMPATIENT = 1;

const OF_CUSTOMERS = `datname = current_database() and application_name = 'device-gateway customer'`;
/** Callers of the requests in a round. The last two change a device. */
const CALLERS: readonly Customer[] = ['northside', 'lakeview', 'lakeview', 'northside', 'lakeview', 'northside'];
const DISTURBANCES_A_ROUND = 5;
const WAVE_SIZE = 30;

/** Gateways with one connection for all customers, and another client that locks rows. */
export class PooledGateways {
  private constructor(
    readonly app: TestApp,
    private readonly locker: Client,
    private readonly devices: Readonly<Record<Customer, string>>,
  ) {}

  static async start(): Promise<PooledGateways> {
    const app = await TestApp.start({ env: { DATABASE_POOL_SIZE: '1' } });
    await app.startInstance({ DATABASE_POOL_SIZE: '1', STATEMENT_TIMEOUT_MS: '400' });
    const locker = new Client({ connectionString: app.database.url });
    await locker.connect();
    const first = async (caller: Customer): Promise<string> => {
      const { devices } = await app.data<{ devices: { nodes: { databaseId: string }[] } }>(
        caller,
        '{ devices(first: 1) { nodes { databaseId } } }',
      );
      return devices.nodes[0]!.databaseId;
    };
    const devices = { northside: await first('northside'), lakeview: await first('lakeview') };
    return new PooledGateways(app, locker, devices);
  }

  async stop(): Promise<void> {
    await this.locker.end();
    await this.app.stop();
  }

  list(caller: Customer, instance: number): Promise<GraphqlResponse<{ devices: { nodes: unknown[] } }>> {
    return this.app.query(caller, LIST, {}, instance);
  }

  /** Asserts that each customer soon gets its own rows again. On a slow machine a statement may time out first. */
  async expectServed(instance: number): Promise<void> {
    for (const caller of ['northside', 'lakeview', 'northside'] as const) {
      const result = await eventually(async () => {
        const one = await this.list(caller, instance);
        expectOwn(caller, one);
        return one.errors ? undefined : one;
      });
      expect(result.data.devices.nodes).toHaveLength(3);
    }
  }

  /** Runs `work` while another client locks the caller's device and a change of the device waits on the only connection. */
  async whileLocked(
    caller: Customer,
    instance: number,
    work: (change: Promise<GraphqlResponse<unknown>>) => Promise<void>,
  ): Promise<void> {
    await this.locker.query('begin');
    await this.locker.query('select from device where id = $1 for update', [this.devices[caller]]);
    const change = this.change(caller, 'LOST', instance);
    try {
      await work(change);
    } finally {
      await this.locker.query('rollback');
      await change;
    }
  }

  /** Cancels or terminates the connection that waits for a lock. */
  async disturbWaiting(action: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<void> {
    await eventually(async () => {
      const { rowCount } = await this.app.admin.query(
        `select ${action}(pid) from pg_stat_activity where ${OF_CUSTOMERS} and wait_event_type = 'Lock'`,
      );
      return rowCount! > 0;
    }, 'a statement to wait for a lock');
  }

  /** Sends waves of requests of both customers that wait for the connection at the same time. */
  async interleave(waves: number): Promise<void> {
    for (let wave = 0; wave < waves; wave += 1) {
      const callers = Array.from({ length: WAVE_SIZE }, (_, index): Customer =>
        (wave + index) % 3 === 0 ? 'lakeview' : 'northside',
      );
      const results = await Promise.all(callers.map((caller) => this.list(caller, PATIENT)));
      results.forEach((result, index) => {
        expect(result.errors).toBeUndefined();
        expect(result.data.devices.nodes).toHaveLength(3);
        expectOwn(callers[index]!, result);
      });
    }
    // One of each gateway; a connection that is idle for ten seconds is closed.
    expect([1, 2]).toContain(await this.connections());
  }

  private async connections(): Promise<number> {
    const { rows } = await this.app.admin.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity where ${OF_CUSTOMERS}`,
    );
    return rows[0]!.count;
  }

  /** Cancels statements and terminates connections during requests, until some requests failed and some succeeded. */
  async disturbAtRandom(rounds: number): Promise<void> {
    const counts = { succeeded: 0, failed: 0 };
    for (let round = 0; round < rounds || counts.failed === 0 || counts.succeeded === 0; round += 1) {
      const status = round % 2 === 0 ? 'LOST' : 'DECOMMISSIONED';
      const disturbing = this.disturb(round);
      const results = await Promise.all(
        CALLERS.map((caller, index) => (index < 4 ? this.list(caller, PATIENT) : this.change(caller, status, PATIENT))),
      );
      await disturbing;
      results.forEach((result, index) => {
        expectOwn(CALLERS[index]!, result);
        counts[result.errors ? 'failed' : 'succeeded'] += 1;
      });
    }
    // The last disturbance may have terminated the current connection. Then the first statement fails and removes it.
    await this.expectServed(PATIENT);
  }

  private async disturb(round: number): Promise<void> {
    for (let count = 0; count < DISTURBANCES_A_ROUND; count += 1) {
      const action = (round + count) % DISTURBANCES_A_ROUND === 0 ? 'pg_terminate_backend' : 'pg_cancel_backend';
      await this.app.admin.query(`select ${action}(pid) from pg_stat_activity where ${OF_CUSTOMERS}`);
    }
  }

  private change(caller: Customer, status: string, instance: number): Promise<GraphqlResponse<unknown>> {
    return this.app.query(caller, OVERRIDE, { input: { deviceId: this.devices[caller], status } }, instance);
  }
}
