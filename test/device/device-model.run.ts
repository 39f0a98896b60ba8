import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder } from '../support/order-history';
import type { OrderProgramme } from '../support/order-programme';
import { permutations } from '../support/permutations';
import { run } from './device-model';
import { sequence, settle, type Planned } from './device-model.commands';
import { WorldDriver } from './device-model.driver';
import { violationsOf } from './device-model.invariants';
import { initialWorld, PRELUDE } from './device-model.start';
import type { Command, ModelAnswer, World } from './device-model.world';

const STEPS = 24;

type Steps = readonly (readonly Planned[])[];

const withPrelude = (steps: Steps): Steps => [...PRELUDE.map((command) => [command]), ...steps];
const settled = (world: World, planned: readonly Planned[], number: number): Command[] =>
  planned.map((command, index) => settle(world, command, `order ${number}.${index}`));

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

/** Compares as toEqual does, which builds a whole report of the difference each time that there is one. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const equals = (one: unknown, other: unknown): boolean => isDeepStrictEqual(plain(one), plain(other));

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
  return fitting.world;
}

async function follow(orders: OrderProgramme, steps: Steps, number: number): Promise<void> {
  const driver = await WorldDriver.create(orders, number);
  let world = initialWorld();
  expect(await driver.observe()).toEqual(world);
  for (const [index, planned] of withPrelude(steps).entries()) {
    world = await take(driver, world, settled(world, planned, index));
  }
  const created = driver.created();
  for (const id of created.seeded) await expectConsistentHistory(orders.programme, id);
  for (const id of created.registered) await expectConsistentHistory(orders.programme, id, { registered: true });
  for (const id of created.orders) await expectConsistentOrder(orders, id);
}

/** The sequence that a seed stands for: the same on every machine. */
export function sequenceOf(seed: number): Planned[][] {
  return fc.sample(fc.noBias(sequence(STEPS)), { seed, numRuns: 1 })[0]!;
}

/** What the commands of a sequence come to, by the model alone, where those of a step happen one after the other as they stand. */
export function outcomesOf(steps: Steps): string[] {
  let world = initialWorld();
  return withPrelude(steps).flatMap((planned, number) =>
    settled(world, planned, number).map((command) => {
      const { answer, world: after } = run(world, command);
      world = after;
      return `${command.kind} ${answer.outcome}`;
    }),
  );
}

/**
 * Sends the sequences of the seeds, one after the other, and asserts after each step that it was answered and stored as the
 * model says, in some order of those that were sent at once. A failure names the seed.
 */
export async function followSeeds(orders: OrderProgramme, seeds: readonly number[]): Promise<void> {
  for (const [index, seed] of seeds.entries()) {
    try {
      await follow(orders, sequenceOf(seed), index);
    } catch (error) {
      if (error instanceof Error) error.message = `Seed ${seed}: ${error.message}`;
      throw error;
    }
  }
}
