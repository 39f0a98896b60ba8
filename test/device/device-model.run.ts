import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expectConsistentHistory } from '../support/device-history';
import { expectConsistentOrder } from '../support/order-history';
import type { OrderFixture } from '../support/order-fixture';
import { permutations } from '../support/permutations';
import { run } from './device-model';
import { sequence, settle, type Planned } from './device-model.commands';
import { WorldDriver } from './device-model.driver';
import { violationsOf } from './device-model.invariants';
import { initialWorld, PRELUDE } from './device-model.start';
import type { Command, ModelResponse, World } from './device-model.world';

const STEPS = 24;

type Steps = readonly (readonly Planned[])[];

const withPrelude = (steps: Steps): Steps => [...PRELUDE.map((command) => [command]), ...steps];
const settled = (world: World, planned: readonly Planned[], number: number): Command[] =>
  planned.map((command, index) => settle(world, command, `order ${number}.${index}`));

/**
 * All orders in which concurrent commands may have run: the results in the order of the commands, and the world after them.
 *
 * @param observed the results of the gateway. A command that runs alone takes the oldest device in stock. A concurrent one may
 *   take a device that is the oldest only before or after the others
 */
function serializations(
  world: World,
  commands: readonly Command[],
  observed: readonly ModelResponse[],
): { responses: ModelResponse[]; world: World }[] {
  return permutations(commands.map((_, index) => index)).map((order) => {
    const responses: ModelResponse[] = [];
    const after = order.reduce((current, index) => {
      const chosen = commands.length === 1 ? undefined : observed[index]!.sent;
      const result = run(current, commands[index]!, chosen);
      responses[index] = result.response;
      return result.world;
    }, world);
    return { responses, world: after };
  });
}

/** Compares like toEqual, without its expensive report of the differences. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const equals = (one: unknown, other: unknown): boolean => isDeepStrictEqual(plain(one), plain(other));

/** Takes a step and returns the world after it. */
async function take(driver: WorldDriver, world: World, commands: readonly Command[]): Promise<World> {
  const responses = await Promise.all(commands.map((command, index) => driver.send(command, index % 2)));
  const observed = { responses, world: await driver.observe() };

  const allowed = serializations(world, commands, responses);
  // If no serialization matches, the failure shows the difference to the first.
  const matching = allowed.find((one) => equals(observed, one)) ?? allowed[0]!;
  expect({ commands, ...observed }).toEqual({ commands, ...matching });
  expect({ commands, violations: violationsOf(observed.world) }).toEqual({ commands, violations: [] });
  expect(await driver.disagreements()).toEqual([]);
  return matching.world;
}

async function follow(orders: OrderFixture, steps: Steps, number: number): Promise<void> {
  const driver = await WorldDriver.create(orders, number);
  let world = initialWorld();
  expect(await driver.observe()).toEqual(world);
  for (const [index, planned] of withPrelude(steps).entries()) {
    world = await take(driver, world, settled(world, planned, index));
  }
  const created = driver.created();
  for (const id of created.seeded) await expectConsistentHistory(orders.fixture, id);
  for (const id of created.registered) await expectConsistentHistory(orders.fixture, id, { registered: true });
  for (const id of created.orders) await expectConsistentOrder(orders, id);
}

/** Sends commands, one after the other, to a world of their own. Asserts what `followSeeds` asserts. @returns the world after them */
export async function followCommands(
  orders: OrderFixture,
  commands: readonly Command[],
  number: number,
): Promise<World> {
  const driver = await WorldDriver.create(orders, number);
  let world = initialWorld();
  for (const command of commands) world = await take(driver, world, [command]);
  return world;
}

/** The sequence of a seed, which is the same on every machine. */
export function sequenceOf(seed: number): Planned[][] {
  return fc.sample(fc.noBias(sequence(STEPS)), { seed, numRuns: 1 })[0]!;
}

/** Outcomes of a sequence by the model alone. The commands of a step run one after the other, in their order. */
export function outcomesOf(steps: Steps): string[] {
  let world = initialWorld();
  return withPrelude(steps).flatMap((planned, number) =>
    settled(world, planned, number).map((command) => {
      const { response, world: after } = run(world, command);
      world = after;
      return `${command.kind} ${response.outcome}`;
    }),
  );
}

/**
 * Runs the sequences of the seeds, one after the other. Asserts after each step that responses and stored state match the model
 * for some order of the concurrent commands. A failure names the seed.
 */
export async function followSeeds(orders: OrderFixture, seeds: readonly number[]): Promise<void> {
  for (const [index, seed] of seeds.entries()) {
    try {
      await follow(orders, sequenceOf(seed), index);
    } catch (error) {
      if (error instanceof Error) error.message = `Seed ${seed}: ${error.message}`;
      throw error;
    }
  }
}
