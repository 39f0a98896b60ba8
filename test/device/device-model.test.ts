import fc from 'fast-check';
import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder } from '../support/order-history';
import { OrderProgramme } from '../support/order-programme';
import { run } from './device-model';
import { sequence, settle, type Planned } from './device-model.commands';
import { WorldDriver } from './device-model.driver';
import { violationsOf } from './device-model.invariants';
import { initialWorld, PRELUDE } from './device-model.start';
import type { Command, ModelAnswer, World } from './device-model.world';

/** Sequences that are tried; MODEL_RUNS tries more. A failure prints seed and path, which fc.assert takes to repeat it. */
const RUNS = Number(process.env.MODEL_RUNS ?? 24);
const STEPS = 24;

let orders: OrderProgramme;
beforeAll(async () => {
  orders = await OrderProgramme.start({ instances: 2 });
});
afterAll(() => orders.stop());

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/**
 * Each order in which commands that were sent at once may have happened: the answers, as the commands stand, and the world after.
 *
 * @param observed what was answered. Of the stock a command that is alone takes the oldest; beside others, one that was
 *   not yet, or no more, the oldest when it looked
 */
function serialisations(
  world: World,
  commands: readonly Command[],
  observed: readonly ModelAnswer[],
): { answers: ModelAnswer[]; world: World }[] {
  return permutations(commands.map((_, index) => index)).map((order) => {
    const answers: ModelAnswer[] = [];
    const after = order.reduce((current, index) => {
      const chosen = commands.length === 1 ? undefined : observed[index]!.sent;
      const result = run(current, commands[index]!, chosen);
      answers[index] = result.answer;
      return result.world;
    }, world);
    return { answers, world: after };
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

let runs = 0;
const seen = { steps: 0, atOnce: 0, outcomes: new Map<string, number>() };

/** Takes a step, and answers the world after it. */
async function take(driver: WorldDriver, world: World, commands: readonly Command[]): Promise<World> {
  const answers = await Promise.all(commands.map((command, index) => driver.send(command, index % 2)));
  const observed = { answers, world: await driver.observe() };

  const allowed = serialisations(world, commands, answers);
  // Where none of the orders fits, the difference to the first is shown.
  const fitting = allowed.find((one) => equals(observed, one)) ?? allowed[0]!;
  expect({ commands, ...observed }).toEqual({ commands, ...fitting });
  expect({ commands, violations: violationsOf(observed.world) }).toEqual({ commands, violations: [] });
  expect(await driver.disagreements()).toEqual([]);

  seen.steps += 1;
  if (commands.length > 1) seen.atOnce += 1;
  commands.forEach(({ kind }, index) => {
    const outcome = `${kind} ${answers[index]!.outcome}`;
    seen.outcomes.set(outcome, (seen.outcomes.get(outcome) ?? 0) + 1);
  });
  return fitting.world;
}

async function follow(steps: readonly (readonly Planned[])[]): Promise<void> {
  const driver = await WorldDriver.create(orders, (runs += 1));
  let world = initialWorld();
  expect(await driver.observe()).toEqual(world);
  for (const [number, planned] of [...PRELUDE.map((command) => [command]), ...steps].entries()) {
    const commands = planned.map((command, index) => settle(world, command, `order ${number}.${index}`));
    world = await take(driver, world, commands);
  }
  const created = driver.created();
  for (const id of created.seeded) await expectConsistentHistory(orders.programme, id);
  for (const id of created.registered) await expectConsistentHistory(orders.programme, id, { registered: true });
  for (const id of created.orders) await expectConsistentOrder(orders, id);
}

it(
  'random sequences of operations, some at once, are answered and stored as the model says, in some order',
  async () => {
    await fc.assert(fc.asyncProperty(fc.noBias(sequence(STEPS)), follow), {
      numRuns: RUNS,
      // On a machine that is busy with other things fewer runs have to do.
      interruptAfterTimeLimit: RUNS * 600,
      endOnFailure: process.env.MODEL_SHRINK === undefined,
    });
    if (process.env.MODEL_RUNS) console.log({ ...seen, outcomes: Object.fromEntries([...seen.outcomes].sort()) });
    // Not a sequence of refusals only, and not one after the other only.
    const count = (outcomes: RegExp) =>
      [...seen.outcomes].reduce((sum, [outcome, times]) => (outcomes.test(outcome) ? sum + times : sum), 0);
    expect(count(/(evice.*|Return) CHANGED$/)).toBeGreaterThan(seen.steps / 10);
    expect(count(/(Order.*|replaceDevice) OK$/)).toBeGreaterThan(seen.steps / 10);
    expect(seen.atOnce).toBeGreaterThan(seen.steps / 10);
  },
  RUNS * 3_000 + 10_000,
);
