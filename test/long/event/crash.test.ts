import { join } from 'node:path';
import { pause } from '../../../src/platform/base/loop';
import { findServer } from '../../../src/platform/postgres/server-process';
import { eventually } from '../../support/eventually';
import { GatewayBuild, type GatewayProcess } from '../../support/gateway-process';
import { globalId } from '../../support/global-id';
import { Subscriber } from '../../support/subscriber';
import { KEYS } from '../../support/test-app';
import { WebhookReceiver } from '../../support/webhook-receiver';

/** Callers at a time, each with one reading a call. */
const CALLERS = 24;
/** Readings that are acknowledged between two crashes. */
const ACKNOWLEDGED = 150;
const PATIENCE_MS = 300_000;

let build: GatewayBuild;
beforeAll(async () => {
  build = await GatewayBuild.make();
});
afterAll(() => build.remove());

async function post<Data>({ url }: GatewayProcess, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

const RECORD = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { results { outcome reading { databaseId } } } }`;
interface Recorded {
  recordReadings: { results: { outcome: string; reading: { databaseId: string } | null }[] };
}

/** Many callers that record readings, one a call, until they are stopped. */
class Callers {
  /** Ids of the readings whose recording was acknowledged. */
  readonly acknowledged = new Set<string>();
  private isStopping = false;
  private nth = 0;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly deviceIds: readonly string[],
    private readonly gateways: readonly GatewayProcess[],
  ) {
    this.done = Promise.all(Array.from({ length: CALLERS }, (_, caller) => this.call(caller)));
  }

  /** Waits until this many more are acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.size + count;
    await eventually(() => this.acknowledged.size >= wanted, `${wanted} acknowledged readings`);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.done;
  }

  private async call(caller: number): Promise<void> {
    while (!this.isStopping) {
      this.nth += 1;
      const running = this.gateways.filter(({ hasExited }) => !hasExited);
      const takenAt = new Date(Date.UTC(2026, 0) + this.nth * 1_000).toISOString();
      const reading = { deviceId: this.deviceIds[this.nth % this.deviceIds.length], takenAt, heartRate: { value: 60 } };
      try {
        const { recordReadings } = await post<Recorded>(running[caller % running.length]!, RECORD, {
          input: { readings: [reading] },
        });
        for (const { outcome, reading: stored } of recordReadings.results)
          if (outcome === 'RECORDED') this.acknowledged.add(stored!.databaseId);
      } catch {
        // Not acknowledged. The next call follows when there is a connection again.
        await pause(50);
      }
    }
  }
}

interface Received {
  readingRecorded: { cursor: string; reading: { databaseId: string } };
}
const FOLLOW = `subscription ($after: String) { readingRecorded(after: $after) { cursor reading { databaseId } } }`;

const CREATE_WEBHOOK = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { userErrors { code path } } }`;

/** Id of the reading in the body of a delivery. */
function readingIn(body: string): string {
  return (JSON.parse(body) as { payload: { id: string } }).payload.id;
}

/** A subscriber that resumes after its last cursor whenever its subscription has ended. */
class Follower {
  readonly ids: string[] = [];
  private subscriber: Subscriber<Received> | undefined;
  private isStopping = false;

  constructor(
    private readonly gateway: GatewayProcess,
    private cursor: string,
  ) {}

  async follow(): Promise<void> {
    while (!this.isStopping) {
      const subscriber = new Subscriber<Received>(this.gateway.url, 'northside', FOLLOW, { after: this.cursor });
      this.subscriber = subscriber;
      let taken = 0;
      await subscriber.until(({ received, closed, completed }) => {
        for (const { data, errors } of received.slice(taken)) {
          if (errors || !data) return true;
          taken += 1;
          this.ids.push(data.readingRecorded.reading.databaseId);
          this.cursor = data.readingRecorded.cursor;
        }
        return closed !== undefined || completed || this.isStopping;
      });
      await subscriber.stop();
      // The database may be away.
      await pause(50);
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.subscriber?.stop();
  }
}

/**
 * The settings of the embedded PostgreSQL are durable. An immediate shutdown loses what is in its memory, as a loss of power does.
 */
it(
  'readings that were acknowledged outlive crashes of the database and of an instance, and reach a subscriber once and a webhook at least once',
  async () => {
    const receiver = await WebhookReceiver.start();
    const gateways = [await build.start(), await build.start()];
    const [survivor, killed] = gateways as [GatewayProcess, GatewayProcess];
    const { streamCursor } = await post<{ streamCursor: string }>(survivor, '{ streamCursor }');
    const { devices } = await post<{ devices: { nodes: { databaseId: string }[] } }>(
      survivor,
      '{ devices(first: 20, filter: { statuses: [WITH_PATIENT] }) { nodes { databaseId } } }',
    );
    const { createWebhook } = await post<{ createWebhook: { userErrors: unknown[] } }>(survivor, CREATE_WEBHOOK, {
      input: { url: receiver.url('/readings'), eventTypes: ['READING_HEART_RATE'] },
    });
    expect(createWebhook.userErrors).toEqual([]);
    const follower = new Follower(survivor, streamCursor);
    const following = follower.follow();
    const callers = new Callers(
      devices.nodes.map(({ databaseId }) => databaseId),
      gateways,
    );

    for (let crash = 0; crash < 2; crash += 1) {
      await callers.more(ACKNOWLEDGED);
      const { pid } = (await findServer(join(build.dataDir, 'cluster')))!;
      process.kill(pid, 'SIGQUIT');
    }
    await callers.more(ACKNOWLEDGED);
    await killed.end('SIGKILL');
    await callers.more(ACKNOWLEDGED);
    await callers.stop();

    const acknowledged = [...callers.acknowledged];
    await eventually(() => {
      const received = new Set(follower.ids);
      return acknowledged.every((id) => received.has(id));
    }, 'all acknowledged readings to be received');
    await eventually(() => {
      const delivered = new Set(receiver.received.map(({ body }) => readingIn(body)));
      return acknowledged.every((id) => delivered.has(id));
    }, 'all acknowledged readings to be delivered');
    await receiver.stop();
    // A message that is sent again has its id.
    const messages = new Map(receiver.received.map(({ id, body }) => [readingIn(body), id]));
    expect(receiver.received.filter(({ id, body }) => messages.get(readingIn(body)) !== id)).toEqual([]);
    await follower.stop();
    await following;
    expect(new Set(follower.ids).size).toBe(follower.ids.length);
    for (let from = 0; from < acknowledged.length; from += 100) {
      const ids = acknowledged.slice(from, from + 100);
      const { nodes } = await post<{ nodes: ({ databaseId: string } | null)[] }>(
        survivor,
        'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Reading { databaseId } } }',
        { ids: ids.map((id) => globalId('Reading', id)) },
      );
      expect(nodes.map((node) => node?.databaseId)).toEqual(ids);
    }
  },
  PATIENCE_MS,
);
