import { followSeeds, outcomesOf, sequenceOf } from '../../device/device-model.run';
import { OrderFixture } from '../../support/order-fixture';

/** Number of sequences, with the seeds 1, 2, 3, … MODEL_RUNS sets another number. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const SEEDS = Array.from({ length: RUNS }, (_, index) => index + 1);
/** Runs per database, because its tables grow with each run. */
const RUNS_AT_A_TIME = 10;

it('runs at least once', () => expect(RUNS).toBeGreaterThan(0));

it.each(SEEDS.filter((_, index) => index % RUNS_AT_A_TIME === 0))(
  'random sequences of operations match the model in responses and stored state: seeds from %d on',
  async (first) => {
    const seeds = SEEDS.slice(first - 1, first - 1 + RUNS_AT_A_TIME);
    const orders = await OrderFixture.start({ instances: 2 });
    try {
      await followSeeds(orders, seeds);
    } finally {
      await orders.stop();
    }
    // The sequences also succeed, and also run concurrently.
    const sequences = seeds.map(sequenceOf);
    const outcomes = sequences.flatMap(outcomesOf);
    const count = (wanted: RegExp) => outcomes.filter((outcome) => wanted.test(outcome)).length;
    const steps = sequences.flat();
    expect(count(/(evice.*|Return) CHANGED$/)).toBeGreaterThan(steps.length / 10);
    expect(count(/(Order.*|replaceDevice) OK$/)).toBeGreaterThan(steps.length / 10);
    expect(steps.filter((commands) => commands.length > 1).length).toBeGreaterThan(steps.length / 10);
  },
);
