import { eventually } from '../support/eventually';
import type { GatewayBuild, GatewayProcess, TimeLimits } from '../support/gateway-process';
import { APP_SECRET } from '../support/test-app';
import { WebhookFixture } from './webhook-fixture.harness';

const ENDPOINTS = ['/steady', '/failing-at-first', '/slow'];

/** Default timeout of an attempt. A test that holds an attempt sets another one. */
export const ATTEMPT_TIMEOUT_MS = 15_000;

interface Lease {
  id: string;
  until: string;
}

/** Gateways on one database. Those that are killed run in their own processes. */
export class CrashingGateways {
  private constructor(
    readonly webhooks: WebhookFixture,
    private readonly build: GatewayBuild,
  ) {}

  static async start(build: GatewayBuild, { instances = 1 } = {}): Promise<CrashingGateways> {
    return new CrashingGateways(await WebhookFixture.start({ instances }), build);
  }

  stop(): Promise<void> {
    return this.webhooks.stop();
  }

  startProcess(timeLimits: TimeLimits = {}): Promise<GatewayProcess> {
    const { url } = this.webhooks.app.database;
    return this.build.start({ DATABASE_URL: url, APP_SECRET, DEMO: 'on', DATABASE_POOL_SIZE: '5' }, timeLimits);
  }

  /** Prolongs all leases, so that none ends while the test runs. @returns the leases */
  prolongLeases(): Promise<Lease[]> {
    return this.webhooks.sql<Lease>(
      `update webhook_delivery set claimed_until = clock_timestamp() + interval '1 day' where claimed_until is not null
       returning id, claimed_until::text as until`,
    );
  }

  /** Ends leases as if their time had passed. Skips those that were recorded or claimed again since. */
  async endLeases(leases: readonly Lease[]): Promise<void> {
    await this.webhooks.sql(
      `update webhook_delivery d set claimed_until = now() from unnest($1::bigint[], $2::timestamptz[]) l(id, until)
       where d.id = l.id and d.claimed_until = l.until`,
      [leases.map(({ id }) => id), leases.map(({ until }) => until)],
    );
  }

  /**
   * Asserts that each of three endpoints accepts every event, although one endpoint fails at first and one of two instances is
   * killed during its deliveries.
   *
   * @param killedAfter number of deliveries at an endpoint after which the instance is killed
   */
  async expectAllDelivered(options: { events: number; failures: number; killedAfter: number }): Promise<void> {
    const { events, failures, killedAfter } = options;
    const { webhooks } = this;
    for (const path of ENDPOINTS) await webhooks.create(path, ['DEVICE_STATUS_CHANGED']);
    webhooks.receiver.respond('/failing-at-first', (nth) => ({ status: nth <= failures ? 500 : 200 }));
    // Some turns of the event loop later than the others.
    webhooks.receiver.respond('/slow', () => ({ after: new Promise(setImmediate) }));
    const killed = await this.startProcess();

    const ids = await webhooks.changeDevices(events / 2);
    await webhooks.receiver.count('/steady', killedAfter);
    await killed.end('SIGKILL');
    const leases = 'select id, claimed_until::text as until from webhook_delivery where claimed_until is not null';
    const orphans = await webhooks.sql<Lease>(leases);
    ids.push(...(await webhooks.changeDevices(events / 2)));
    const another = await this.startProcess();
    await webhooks.planned();
    await this.endLeases(orphans);
    await eventually(async () => {
      await webhooks.sql(
        `update webhook_delivery set next_attempt_at = now() where status = 'PENDING' and failures > 0 and next_attempt_at > now()`,
      );
      return (await webhooks.sql(`select from webhook_delivery where status = 'PENDING' limit 1`)).length === 0;
    });
    await another.end('SIGTERM');

    const outcomes = await webhooks.sql('select status, count(*)::int from webhook_delivery group by 1');
    expect(outcomes).toEqual([{ status: 'SUCCEEDED', count: ENDPOINTS.length * events }]);
    for (const path of ENDPOINTS) {
      const accepted = webhooks.receiver.at(path).slice(path === '/failing-at-first' ? failures : 0);
      expect({ path, ids: new Set(accepted.map(({ id }) => id)) }).toEqual({ path, ids: new Set(ids) });
    }
  }
}
