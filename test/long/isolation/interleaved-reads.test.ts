import { buildGatewaySchema } from '../../../src/features';
import { CALLERS, ComparedReads, type Query } from '../../read/compared-reads';
import { randomFrom, RandomQueries } from '../../read/random-queries';
import type { CallerName } from '../../support/test-app';

/** Documents and statements are kept for other callers and other values. Some clients close the connection while they are read. */

const QUERIES = 120;
const AT_A_TIME = 12;
const ROUNDS = 2;
const IDS = ['1', '2', '7', '55', '700', '1500', '999999'];

interface Read extends Query {
  readonly caller: CallerName;
}

const leaving = (read: Read, ms: number) =>
  reads.send(read, read.caller, AbortSignal.timeout(ms)).catch(() => undefined);

let reads: ComparedReads;
beforeAll(async () => {
  reads = await ComparedReads.start({ RATE_LIMIT_COST_PER_SECOND: '0' });
});
afterAll(() => reads.app.stop());

it.each([1, 2])('interleaved reads of all callers give what each gives alone, seed %i', async (seed) => {
  const random = randomFrom(seed);
  const queries = new RandomQueries(buildGatewaySchema(), random, IDS);
  const all: Read[] = Array.from({ length: QUERIES }, () => queries.next()).flatMap((query) =>
    CALLERS.map((caller) => ({ ...query, caller })),
  );
  const alone = new Map<Read, unknown>();
  for (const read of all) alone.set(read, await reads.byExecutor(read, read.caller));
  const texts = new Set([...alone.values()].map((response) => JSON.stringify(response)));
  expect(texts.size).toBeGreaterThan(QUERIES);

  const waiting = Array.from({ length: ROUNDS }, () => all)
    .flat()
    .map((read) => ({ read, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ read }) => read);
  const reader = async (): Promise<void> => {
    for (let read = waiting.pop(); read; read = waiting.pop()) {
      if (random() < 0.1) await leaving(read, Math.floor(random() * 8));
      const found = await reads.send(read, read.caller);
      expect({ read, found }).toEqual({ read, found: alone.get(read) });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, reader));
});
