import fc from 'fast-check';
import { expectConsistentHistory } from '../support/device-history';
import { DeviceProgramme, type Status } from '../support/device-programme';
import { run, type CallerName, type Command, type CustomerName, type ModelAnswer, type World } from './device-model';
import { DEVICES, initialWorld, NEW_DEVICES, PATIENTS, SITES, WorldDriver } from './device-model.driver';

/** Sequences that are tried; MODEL_RUNS tries more. A failure prints seed and path, which fc.assert takes to repeat it. */
const RUNS = Number(process.env.MODEL_RUNS ?? 16);
const STEPS = 24;

let programme: DeviceProgramme;
beforeAll(async () => {
  programme = await DeviceProgramme.start({ instances: 2 });
});
afterAll(() => programme.stop());

type Version = 'any' | 'current' | 'stale';
type Planned = Command & { version?: Version };

const oneOf = (names: readonly string[]) => fc.constantFrom(...names);
/** Mostly one of the first names: those with which most commands succeed. */
const mostly = <Name extends string>(usual: readonly [Name, ...Name[]], rare: readonly Name[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
const callers = mostly<CallerName>(['northside', 'northside', 'operator'], ['lakeview']);
const devices = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('free', 'held', 'homeless', 'toPatient') },
  { weight: 6, arbitrary: oneOf(Object.keys(DEVICES)) },
  { weight: 2, arbitrary: oneOf(NEW_DEVICES) },
);
const versions = fc.oneof(
  { weight: 7, arbitrary: fc.constant('any' as const) },
  { weight: 2, arbitrary: fc.constant('current' as const) },
  { weight: 1, arbitrary: fc.constant('stale' as const) },
);
const patients = mostly(['ann', 'bob'], Object.keys(PATIENTS));
const sites = mostly(['clinic', 'office'], Object.keys(SITES));
const statuses = mostly<Status>(
  ['AVAILABLE_AT_SITE', 'WITH_PATIENT', 'LOST', 'DECOMMISSIONED'],
  ['AVAILABLE', 'IN_TRANSIT', 'RETURNING'],
);

/** A command, about this device if it is about one. */
function commandOn(device: string): fc.Arbitrary<Planned> {
  const common = { caller: callers, device: fc.constant(device), version: versions };
  const command = <Kind extends Command['kind']>(kind: Kind) => ({ kind: fc.constant(kind) });
  const maybe = (names: fc.Arbitrary<string>) => fc.option(names, { nil: undefined });
  const registrars = mostly<CallerName>(['operator'], ['northside']);
  const customers = mostly<CustomerName>(['northside'], ['lakeview']);
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ ...command('associateDevice'), ...common, patient: patients }) },
    { weight: 4, arbitrary: fc.record({ ...command('associateDeviceWithSite'), ...common, site: sites }) },
    {
      weight: 6,
      arbitrary: fc.record({
        ...command('disassociateDevice'),
        ...common,
        patient: maybe(patients),
        site: maybe(sites),
      }),
    },
    { weight: 6, arbitrary: fc.record({ ...command('updateDeviceStatus'), ...common, status: statuses }) },
    { weight: 2, arbitrary: fc.record({ ...command('disableDeviceReadings'), ...common }) },
    { weight: 3, arbitrary: fc.record({ ...command('enableDeviceReadings'), ...common }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ...command('registerDevice'),
        caller: registrars,
        device: oneOf(NEW_DEVICES),
        customer: customers,
        site: sites,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ ...command('updatePatient'), caller: callers, patient: patients, archived: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ ...command('updateSite'), caller: callers, site: sites, active: fc.boolean() }),
    },
  );
}

/** One command, or two or three at once, mostly on one device. */
const step = fc
  .tuple(devices, devices)
  .chain(([device, other]) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(commandOn(device)) },
      { weight: 2, arbitrary: fc.tuple(commandOn(device), commandOn(device)) },
      { weight: 1, arbitrary: fc.tuple(commandOn(device), commandOn(device), commandOn(device)) },
      { weight: 1, arbitrary: fc.tuple(commandOn(device), commandOn(device), commandOn(other)) },
    ),
  );

/** The command as it is sent: what the caller believes to be the version is that of the world before the step. */
function settled(world: World, { version = 'any', ...command }: Planned): Command {
  const known = 'device' in command ? world.devices[command.device]?.version : undefined;
  if (version === 'any' || known === undefined || command.kind === 'registerDevice') return command;
  return { ...command, expectedVersion: version === 'current' ? known : known + 1_000 } as Command;
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Each order in which commands that were sent at once may have happened: the answers, as the commands stand, and the world after. */
function serialisations(world: World, commands: readonly Command[]): { answers: ModelAnswer[]; world: World }[] {
  return permutations(commands.map((_, index) => index)).map((order) => {
    const answers: ModelAnswer[] = [];
    const after = order.reduce((current, index) => {
      const result = run(current, commands[index]!);
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

async function follow(steps: readonly (readonly Planned[])[]): Promise<void> {
  const driver = await WorldDriver.create(programme, (runs += 1));
  let world = initialWorld();
  expect(await driver.observe()).toEqual(world);
  for (const planned of steps) {
    const commands = planned.map((command) => settled(world, command));
    const answers = await Promise.all(commands.map((command, index) => driver.send(command, index % 2)));
    const observed = { answers, world: await driver.observe() };

    const allowed = serialisations(world, commands);
    // Where none of the orders fits, the difference to the first is shown.
    const fitting = allowed.find((one) => equals(observed, one)) ?? allowed[0]!;
    expect({ commands, ...observed }).toEqual({ commands, ...fitting });
    world = fitting.world;

    seen.steps += 1;
    if (commands.length > 1) seen.atOnce += 1;
    commands.forEach(({ kind }, index) => {
      const outcome = `${kind} ${answers[index]!.outcome}`;
      seen.outcomes.set(outcome, (seen.outcomes.get(outcome) ?? 0) + 1);
    });
  }
  const { seeded, registered } = driver.deviceIds();
  for (const id of seeded) await expectConsistentHistory(programme, id);
  for (const id of registered) await expectConsistentHistory(programme, id, { registered: true });
}

it(
  'random sequences of operations, some at once, are answered and stored as the model says, in some order',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.noBias(fc.array(step, { minLength: STEPS / 2, maxLength: STEPS, size: 'max' })), follow),
      {
        numRuns: RUNS,
        // On a machine that is busy with other things fewer runs have to do.
        interruptAfterTimeLimit: RUNS * 600,
        endOnFailure: process.env.MODEL_SHRINK === undefined,
      },
    );
    if (process.env.MODEL_RUNS) console.log({ ...seen, outcomes: Object.fromEntries([...seen.outcomes].sort()) });
    // Not a sequence of refusals only, and not one after the other only.
    const changes = [...seen.outcomes].filter(([outcome]) => /evice.* CHANGED$/.test(outcome));
    expect(changes.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(seen.steps / 10);
    expect(seen.atOnce).toBeGreaterThan(seen.steps / 10);
  },
  RUNS * 3_000 + 10_000,
);
