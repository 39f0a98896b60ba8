import fc from 'fast-check';
import { permutations } from '../support/permutations';
import { ReadingFixture } from './reading-fixture.harness';
import {
  activityOf,
  identityOf,
  readingsOf,
  record,
  type Owner,
  type Sent,
  type Shown,
  type World,
} from './readings-model';
import {
  DEVICES,
  histories,
  PATIENTS,
  readings,
  steps,
  WHEREABOUTS,
  type Delivery,
  type History,
  type Step,
} from './readings-model.arbitraries';
import { ReadingsDriver, type BatchResults, type Observed } from './readings-model.driver';
import { KIND_VALUES, KINDS } from './readings-model.kinds';

let fixture: ReadingFixture;
/** Results and resulting state of each order in which concurrent batches may have been recorded. */
function serializations(
  world: World,
  batches: readonly Sent[][],
): { results: BatchResults['results'][]; world: World }[] {
  return permutations(batches.map((_, index) => index)).map((order) => {
    const results: BatchResults['results'][] = [];
    const after = order.reduce((current, index) => {
      const response = record(current, batches[index]!);
      results[index] = response.results;
      return response.world;
    }, world);
    return { results, world: after };
  });
}

const equals = (one: unknown, other: unknown): boolean => {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
};

const pageSizes = fc.integer({ min: 1, max: 12 });
let runs = 0;
const seen = { batches: 0, atOnce: 0, outcomes: new Map<string, number>() };

/** Sends batches concurrently and finds the order in which they were recorded. @returns the model's state after it */
async function deliver(driver: ReadingsDriver, world: World, batches: readonly Sent[][]): Promise<World> {
  const responses = await Promise.all(batches.map((batch, index) => driver.send(batch, index % 2)));
  const observed = await driver.observe();
  const happened = { results: responses.map(({ results }) => results), stored: observed.stored };
  const allowed = serializations(world, batches);
  // If no order matches, the difference to the first is shown.
  const fitting =
    allowed.find((one) => equals(happened, { results: one.results, stored: one.world.stored })) ?? allowed[0]!;
  expect({ batches, ...happened }).toEqual({ batches, results: fitting.results, stored: fitting.world.stored });
  for (const { results, ids } of responses) {
    expect(ids).toEqual(results.map(({ reading }) => reading && observed.ids.get(identityOf(reading))));
    for (const { outcome, errors, reading } of results) {
      const kind = [outcome, ...errors, ...(outcome === 'RECORDED' ? [reading!.attribution] : [])].join(' ');
      seen.outcomes.set(kind, (seen.outcomes.get(kind) ?? 0) + 1);
    }
  }
  expect(observed.activity).toEqual({
    device: activityOf(fitting.world, 'device'),
    patient: activityOf(fitting.world, 'patient'),
  });
  seen.batches += batches.length;
  if (batches.length > 1) seen.atOnce += batches.length;
  return fitting.world;
}

/** Asserts that lists and newest readings of a device or a patient equal those of the model. */
async function expectLists(
  driver: ReadingsDriver,
  world: World,
  { ids }: Observed,
  [owner, name]: [Owner, string],
  sizes: { forward: number; backward: number },
): Promise<void> {
  const idOf = (reading: Pick<Shown, 'device' | 'patient' | 'kind' | 'at'>) => BigInt(ids.get(identityOf(reading))!);
  const expected = readingsOf(world, owner, name, (one, other) => (idOf(one) < idOf(other) ? 1 : -1));
  for (const direction of ['forward', 'backward'] as const) {
    const size = sizes[direction];
    const pages = await driver.pages(owner, name, size, direction === 'backward');
    expect(pages.flat()).toEqual(expected);
    expect(pages).toHaveLength(Math.max(Math.ceil(expected.length / size), 1));
  }
  expect(await driver.latest(owner, name)).toEqual({
    ofKinds: KINDS.flatMap((kind) => expected.find((reading) => reading.kind === kind) ?? []),
    lastAt: expected[0]?.at ?? null,
  });
  if (owner === 'device') expect(await driver.newest(name)).toEqual(expected[0] ?? null);
}

async function follow(history: History, planned: readonly Step[], draw: fc.GeneratorValue): Promise<void> {
  const driver = await ReadingsDriver.create(fixture, (runs += 1), history);
  let world: World = {
    devices: Object.fromEntries(
      Object.entries(history.devices).map(([name, periods]) => [name, { periods, blocked: false }]),
    ),
    zones: Object.fromEntries(
      Object.entries(history.patients).map(([name, whereabouts]) => [name, WHEREABOUTS[whereabouts].zone]),
    ),
    stored: new Map(),
  };
  const all: Sent[] = [];
  const settle = (delivery: Delivery): Sent => {
    if ('reading' in delivery) return delivery.reading;
    const earlier = all[delivery.again % Math.max(all.length, 1)];
    if (!earlier) return draw(() => readings);
    const { variants } = KIND_VALUES[earlier.kind];
    return {
      ...earlier,
      ...(delivery.variant !== null && { values: variants[delivery.variant % variants.length]!, deviceOffset: null }),
      ...(delivery.device !== null && { device: delivery.device, patient: null, manual: false }),
    };
  };
  for (const step of planned) {
    if ('device' in step) {
      await driver.block(step.device, step.blocked);
      const { periods } = world.devices[step.device]!;
      world = { ...world, devices: { ...world.devices, [step.device]: { periods, blocked: step.blocked } } };
      continue;
    }
    const batches = step.batches.map((batch) =>
      batch.map((delivery) => {
        const sent = settle(delivery);
        all.push(sent);
        return sent;
      }),
    );
    world = await deliver(driver, world, step.twice ? [...batches, batches[0]!] : batches);
  }

  // Sends everything again, in another order and in other batches, as after lost responses.
  const shuffled = draw(() => fc.shuffledSubarray(all, { minLength: all.length }));
  const cut = draw(() => fc.nat(all.length));
  const halves = [shuffled.slice(0, cut), shuffled.slice(cut)].filter((half) => half.length > 0);
  world = await deliver(driver, world, halves);

  const observed = await driver.observe();
  expect((await driver.idsInEvents()).sort()).toEqual([...observed.ids.values()].sort());
  const owners = [
    ...DEVICES.map((name): [Owner, string] => ['device', name]),
    ...PATIENTS.map((name): [Owner, string] => ['patient', name]),
  ];
  const sizes = owners.map(() => draw(() => fc.record({ forward: pageSizes, backward: pageSizes })));
  await Promise.all(owners.map((owner, index) => expectLists(driver, world, observed, owner, sizes[index]!)));
}

/**
 * Tests a number of histories per seed. MODEL_RUNS and MODEL_SEED choose others. A failure prints the seed and path with which
 * fc.assert repeats it, and with MODEL_SHRINK the smallest failing history.
 */
export function testReadingsModel(seeds: readonly number[], runs: number): void {
  const { MODEL_RUNS, MODEL_SEED, MODEL_SHRINK } = process.env;
  beforeAll(async () => {
    fixture = await ReadingFixture.start({ instances: 2, clock: { now: () => new Date('2026-11-21T00:00:00Z') } });
  });
  afterAll(() => fixture.stop());

  it.each(MODEL_SEED ? [Number(MODEL_SEED)] : seeds)(
    'readings in any order, in any batches, repeated and concurrent, are returned, stored and listed as in the model (seed %i)',
    async (seed) => {
      await fc.assert(
        fc.asyncProperty(
          histories,
          fc.noBias(fc.array(steps, { minLength: 2, maxLength: 7, size: 'max' })),
          fc.gen(),
          follow,
        ),
        { seed, numRuns: Number(MODEL_RUNS ?? runs), endOnFailure: MODEL_SHRINK === undefined },
      );
    },
  );

  it('the histories include concurrent batches and all hard cases', () => {
    if (MODEL_RUNS ?? MODEL_SEED) console.log({ ...seen, outcomes: Object.fromEntries([...seen.outcomes].sort()) });
    expect(seen.atOnce).toBeGreaterThan(seen.batches / 4);
    expect([...seen.outcomes.keys()]).toEqual(
      expect.arrayContaining([
        'RECORDED ASSOCIATION',
        'RECORDED NAMED',
        'RECORDED UNATTRIBUTED',
        'DUPLICATE',
        'CONFLICT READING_CONFLICT',
        'REFUSED READINGS_DISABLED',
        'REFUSED REFERENCE_MISMATCH',
        'REFUSED REFERENCE_MISSING',
      ]),
    );
  });
}
