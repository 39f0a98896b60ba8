import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding, Scenario } from './scenario';
import { attackFor, percentile, toPercentiles, type Stage } from './stage';

const OPERATOR = 'demo-operator';

const ORDINARY_CUSTOMERS = 9;
const CHANGE_INTERVAL_MS = 250;
const ALONE_SECONDS = 5;
const BESIDE_SECONDS = 15;

/** An ordinary customer beside the others may wait this much longer than alone. */
const SLOWDOWN_BAR = 2;
/** Below this time, the machine's own noise is greater than any slowdown. */
const NOISE_MS = 50;
const DELIVERY_TIMEOUT_MS = 30_000;

const FLOODING_WEBHOOKS = 50;
const FLOODED_DEVICES = 200;
const SLOW_WEBHOOKS = 26;
const SLOW_DEVICES = 20;
/** Just below the time that an attempt may take. */
const SLOW_RESPONSE_MS = 14_000;

/** A customer with devices and webhooks of its own. */
interface Customer {
  readonly key: string;
  readonly deviceIds: readonly string[];
}

/** The endpoints of all customers. The first part of the path is what kind of endpoint it is. */
class Receiver {
  /** Called with the id of the device in a delivery to an ordinary customer. */
  received: (deviceId: string) => void = () => undefined;
  /** Deliveries to the flooding customer. */
  flooded = 0;
  private readonly pending = new Set<NodeJS.Timeout>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        if (request.url!.startsWith('/ordinary')) receiver.received(deviceIn(body));
        if (request.url!.startsWith('/flood')) receiver.flooded += 1;
        if (!request.url!.startsWith('/slow')) return response.writeHead(204).end();
        const timer = setTimeout(() => {
          receiver.pending.delete(timer);
          response.writeHead(204).end();
        }, SLOW_RESPONSE_MS);
        return receiver.pending.add(timer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const timer of this.pending) clearTimeout(timer);
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const WEBHOOKS: Scenario = {
  name: 'webhooks-fair',
  attack: `one customer changes ${FLOODED_DEVICES} devices at a time for ${FLOODING_WEBHOOKS} webhooks, another has ${SLOW_WEBHOOKS} endpoints that respond after ${SLOW_RESPONSE_MS / 1_000} s`,
  async run(stage) {
    const receiver = await Receiver.start();
    try {
      const ordinary: Customer[] = [];
      for (let count = 0; count < ORDINARY_CUSTOMERS; count += 1)
        ordinary.push(await createCustomer(stage, `Ordinary ${count}`, 1, [`${receiver.url}/ordinary`]));
      const endpoints = (kind: string, count: number) =>
        Array.from({ length: count }, (_, index) => `${receiver.url}/${kind}/${index}`);
      const flooding = await createCustomer(stage, 'Flood', FLOODED_DEVICES, endpoints('flood', FLOODING_WEBHOOKS));
      const slow = await createCustomer(stage, 'Slow', SLOW_DEVICES, endpoints('slow', SLOW_WEBHOOKS));

      const alone = await timesOf(stage, receiver, ordinary, ALONE_SECONDS);
      let floods = 0;
      const end = performance.now() + BESIDE_SECONDS * 1_000;
      const [beside] = await Promise.all([
        timesOf(stage, receiver, ordinary, BESIDE_SECONDS),
        attackFor(BESIDE_SECONDS, 2, async () => {
          if (await changeAll(stage, flooding, end)) floods += 1;
        }),
        attackFor(BESIDE_SECONDS, 1, async () => {
          await changeAll(stage, slow);
          await sleep(1_000);
        }),
      ]);
      for (const [what, times] of Object.entries({ alone, beside })) console.log(`  ${what}: ${toPercentiles(times)}`);
      console.log(`  flooding customer: ${floods} changes of all devices, ${receiver.flooded} deliveries sent`);
      const slowdown = percentile(beside, 0.99) / Math.max(percentile(alone, 0.99), NOISE_MS);
      const what = `p99 from event to delivery of ${ORDINARY_CUSTOMERS} ordinary customers, ${beside.length} events`;
      return [...(await stage.survival()), { what, value: slowdown, unit: 'x', bar: SLOWDOWN_BAR }] as Finding[];
    } finally {
      receiver.stop();
    }
  },
};

/** Milliseconds from the response to a change until its delivery, while each customer makes a change now and then. */
async function timesOf(
  stage: Stage,
  receiver: Receiver,
  customers: readonly Customer[],
  seconds: number,
): Promise<number[]> {
  const arrived = new Map<string, () => void>();
  receiver.received = (deviceId) => arrived.get(deviceId)?.();
  const times: number[] = [];
  await Promise.all(
    customers.map((customer) =>
      attackFor(seconds, 1, async () => {
        const delivery = new Promise<void>((resolve) => arrived.set(customer.deviceIds[0]!, resolve));
        await changeAll(stage, customer);
        const changedAt = performance.now();
        await Promise.race([delivery, sleep(DELIVERY_TIMEOUT_MS)]);
        times.push(performance.now() - changedAt);
        await sleep(CHANGE_INTERVAL_MS);
      }),
    ),
  );
  return times;
}

const states = new WeakMap<Customer, boolean>();

/**
 * Changes the status of all devices of a customer. A refusal by the limit of its rate is repeated until `end`.
 *
 * @returns whether they were changed
 */
async function changeAll(stage: Stage, customer: Customer, end = 0): Promise<boolean> {
  const isLost = states.get(customer) !== true;
  states.set(customer, isLost);
  const devices = customer.deviceIds.map((deviceId) => ({ deviceId, status: isLost ? 'LOST' : 'DECOMMISSIONED' }));
  for (;;) {
    try {
      await callAs(stage, customer.key, 'updateDeviceStatuses', 'results { userErrors { code } }', { devices });
      return true;
    } catch (error) {
      if (end === 0 || !String(error).includes('RATE_LIMITED')) throw error;
      if (performance.now() >= end) return false;
    }
  }
}

async function createCustomer(
  stage: Stage,
  name: string,
  devices: number,
  endpoints: readonly string[],
): Promise<Customer> {
  const call = (mutation: string, fields: string, input: object) => callAs(stage, OPERATOR, mutation, fields, input);
  const { customer } = (await call('createCustomer', 'customer { id }', { name })) as { customer: { id: string } };
  const customerId = customer.id;
  const { secret } = (await call('createApiKey', 'secret', { customerId, name, role: 'ADMIN' })) as { secret: string };
  const { site } = (await call('createSite', 'site { id }', { customerId, name })) as { site: { id: string } };
  const registered = (await call('registerDevices', 'results { device { databaseId } }', {
    devices: Array.from({ length: devices }, (_, index) => ({
      customerId,
      itemId: '1',
      siteId: site.id,
      identifiers: [{ type: 'SERIAL', value: `${name}-${index}` }],
    })),
  })) as { results: { device: { databaseId: string } }[] };
  for (const url of endpoints)
    await call('createWebhook', 'webhook { id }', { customerId, url, eventTypes: ['DEVICE_STATUS_CHANGED'] });
  return { key: secret, deviceIds: registered.results.map(({ device }) => device.databaseId) };
}

/** Calls a mutation. @returns its payload */
async function callAs(stage: Stage, key: string, mutation: string, fields: string, input: object): Promise<object> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message } } }`;
  const { text } = await stage.send(key, { query, variables: { input } });
  const { data, errors } = (text === '' ? {} : JSON.parse(text)) as {
    data?: Record<string, { userErrors: unknown[] } | null>;
    errors?: unknown;
  };
  const payload = data?.[mutation];
  if (!payload || payload.userErrors.length > 0)
    throw new Error(`${mutation} failed: ${JSON.stringify(errors ?? payload).slice(0, 300)}`);
  return payload;
}

function deviceIn(body: string): string {
  return (JSON.parse(body) as { payload: { deviceId: string } }).payload.deviceId;
}
