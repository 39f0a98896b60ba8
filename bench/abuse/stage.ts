import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_COST_PER_SECOND } from '../../src/platform/access/rate-limits';
import type { BenchServer, StartOptions, TestBed } from '../test-bed';
import type { Finding } from './scenario';

/** The heap of a gateway on a small machine. A gateway that needs more ends with "heap out of memory". */
const HEAP_MB = 512;
/** Greatest allowed memory of a gateway: its heap, its code, and the buffers of sockets. */
const MEMORY_BAR_MB = 1_024;

/** A light caller beside an abuse may be this much slower than alone. */
const SLOWDOWN_BAR = 3;
/** Below this time, the machine's own noise is greater than any slowdown. */
const NOISE_MS = 20;

const LIGHT_PAUSE_MS = 10;
const LIGHT_ALONE_MS = 3_000;
/** A response that takes longer counts as failed. */
const TIMEOUT_MS = 15_000;
const LIGHT_QUERY = '{ devices(first: 5) { nodes { id currentStatus patient { firstName } } } }';

/** The defaults, which the gateway of other benchmarks does not have. */
const RATES = {
  RATE_LIMIT_COST_PER_SECOND: String(DEFAULT_COST_PER_SECOND),
  RATE_LIMIT_CREDENTIAL_COST_PER_SECOND: String(DEFAULT_COST_PER_SECOND),
};

/** The attacking caller's customer is 1, the light caller's is 2. */
export const ATTACKER = 'demo-northside-readonly';
export const ATTACKING_ADMIN = 'demo-northside';
const LIGHT_CALLER = 'demo-lakeview';

export interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown>;
}

/** Where a scenario plays: a gateway as a process of its own, and a light caller of another customer beside the attack. */
export class Stage {
  private constructor(
    readonly bed: TestBed,
    readonly gateway: BenchServer,
  ) {}

  static async open(bed: TestBed, env: NodeJS.ProcessEnv = {}, options: StartOptions = {}): Promise<Stage> {
    return new Stage(
      bed,
      await bed.start('gateway-server.js', { heapMb: HEAP_MB, ...options, env: { ...RATES, ...env } }),
    );
  }

  get url(): string {
    return this.gateway.url;
  }

  get isAlive(): boolean {
    return this.gateway.process.exitCode === null && this.gateway.process.signalCode === null;
  }

  /** Sends a request and reads the whole response. A refused connection or a dead gateway counts as status 0. */
  async send(key: string, request: GraphqlRequest | string): Promise<{ status: number; bytes: number; text: string }> {
    try {
      const response = await fetch(`${this.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: typeof request === 'string' ? request : JSON.stringify(request),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, bytes: text.length, text };
    } catch {
      return { status: 0, bytes: 0, text: '' };
    }
  }

  /**
   * Runs an attack with the light caller beside it.
   *
   * @returns whether the gateway is alive, its greatest memory use, and the light caller's p99 relative to the p99 alone
   */
  async besideLightCaller(attack: () => Promise<unknown>): Promise<Finding[]> {
    const alone = await this.callLightly(sleep(LIGHT_ALONE_MS));
    const beside = await this.callLightly(attack());
    for (const [what, { times }] of Object.entries({ alone, beside }))
      console.log(`  light caller ${what}: ${toPercentiles(times)}`);
    const slowdown = percentile(beside.times, 0.99) / Math.max(percentile(alone.times, 0.99), NOISE_MS);
    return [
      ...(await this.survival()),
      { what: 'requests of the light caller that failed', value: beside.failed, unit: '', bar: 0 },
      {
        what: `p99 of the light caller, ${beside.times.length} requests`,
        value: slowdown,
        unit: 'x',
        bar: SLOWDOWN_BAR,
      },
    ];
  }

  async survival(): Promise<Finding[]> {
    if (!this.isAlive) return [{ what: 'gateways that died', value: 1, unit: '', bar: 0 }];
    this.gateway.process.send('memory');
    const reply = once(this.gateway.process, 'message', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const [peak] = (await reply.catch(() => [])) as [number?];
    if (peak === undefined) return [{ what: 'gateways that hang', value: 1, unit: '', bar: 0 }];
    return [{ what: 'greatest memory use', value: Math.round(peak / 1024), unit: ' MB', bar: MEMORY_BAR_MB }];
  }

  private async callLightly(until: Promise<unknown>): Promise<{ times: number[]; failed: number }> {
    const state = { isOver: false };
    const over = until.finally(() => (state.isOver = true));
    const times: number[] = [];
    let failed = 0;
    while (!state.isOver && this.isAlive) {
      const start = performance.now();
      const { status, text } = await this.send(LIGHT_CALLER, { query: LIGHT_QUERY });
      times.push(performance.now() - start);
      if (status !== 200 || text.includes('"errors"')) failed += 1;
      await sleep(LIGHT_PAUSE_MS);
    }
    await over;
    return { times, failed };
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function toPercentiles(times: readonly number[]): string {
  return [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${percentile(times, share).toFixed(0)} ms`).join(', ');
}

/** Repeats `work` for some seconds, `atOnce` at a time. */
export async function attackFor(seconds: number, atOnce: number, work: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const attacker = async () => {
    while (performance.now() < end) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, attacker));
}
