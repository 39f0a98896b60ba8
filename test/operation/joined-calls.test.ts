import { RequestError } from '../../src/platform/base/errors';
import { Work } from '../../src/platform/base/work';
import { OutcomeUnknownError, UnreachableError } from '../../src/platform/db/pg-error';
import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import type { Tx } from '../../src/platform/db/session';
import { JoinedCalls, type CallSize } from '../../src/platform/operation/joined-calls';
import type { RequestContext } from '../../src/platform/operation/request-context';
import type { CheckedCall } from '../../src/platform/operation/use-case';
import { gate } from '../support/gate';

/** A call: its name, which is also its result, and its size. */
interface Input extends CallSize {
  name: string;
}

const NEVER_MS = 2 ** 31 - 1;

/** A database whose transactions wait until the test lets them go on. */
class FakeDatabase {
  /** The calls of each transaction, in the order in which they began. */
  readonly groups: string[][] = [];
  readonly gates: ReturnType<typeof gate>[] = [];
  /** Errors of calls, which fail their transactions. */
  readonly failures = new Map<string, Error>();

  readonly calls = (slowMs = NEVER_MS) =>
    new JoinedCalls<Input, string>(
      {
        largestCall: { items: 10, bytes: 100 },
        largestGroup: { items: 20, bytes: 150 },
        sizeOf: (input) => input,
        work: async (_tx, inputs) => {
          this.groups.push(inputs.map(({ name }) => name));
          const mayEnd = gate();
          this.gates.push(mayEnd);
          await mayEnd.opened;
          for (const { name } of inputs) if (this.failures.has(name)) throw this.failures.get(name)!;
          return inputs.map(({ name }) => ({ result: `of ${name}`, writes: name.length }));
        },
      },
      slowMs,
    );

  call(input: Input, ctx: RequestContext): Omit<CheckedCall<Input>, 'parts'> {
    return {
      ctx,
      input,
      inTransaction: async (work, counter = ctx.work) => {
        counter.countStatement();
        counter.countStatement();
        const result = await work({} as Tx);
        counter.assertInTime();
        return result;
      },
    };
  }

  context(scope: Scope = { kind: 'customer', customerId: '1' }, timeoutMs = NEVER_MS): RequestContext {
    const work = new Work({ timeoutMs, maxResultBytes: 1 });
    return { caller: { scope }, work, run: {} } as unknown as RequestContext;
  }

  async end(transaction: number): Promise<void> {
    this.gates[transaction]!.open();
    await new Promise(setImmediate);
  }
}

const small = (name: string): Input => ({ name, items: 1, bytes: 1 });

let database: FakeDatabase;
let calls: JoinedCalls<Input, string>;
beforeEach(() => {
  database = new FakeDatabase();
  calls = database.calls();
});

const join = (input: Input | string, ctx = database.context()) =>
  calls.join(database.call(typeof input === 'string' ? small(input) : input, ctx))!;

/** One call runs, and the others wait for it. @returns the results of the others */
async function behindAnother(inputs: readonly (Input | string)[], contexts: readonly RequestContext[] = []) {
  const first = join('first');
  const others = Promise.allSettled(inputs.map((input, index) => join(input, contexts[index])));
  await database.end(0);
  expect(await first).toBe('of first');
  expect(database.groups[0]).toEqual(['first']);
  return others;
}

const reasons = (results: readonly PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as unknown)));

it('a call is carried out at once, and the calls that arrive until it has ended are the next group', async () => {
  const others = behindAnother(['a', 'b', 'c']);
  await new Promise(setImmediate);
  expect(database.groups).toEqual([['first'], ['a', 'b', 'c']]);
  const next = join('d');
  await database.end(1);
  expect(reasons(await others)).toEqual(['of a', 'of b', 'of c']);
  await database.end(2);
  expect(await next).toBe('of d');
  expect(database.groups).toEqual([['first'], ['a', 'b', 'c'], ['d']]);
});

it('calls of two customers are not joined, and none waits for the other customer', async () => {
  const others = [join('a'), join('b', database.context({ kind: 'customer', customerId: '2' }))];
  expect(database.groups).toEqual([['a'], ['b']]);
  await database.end(1);
  await database.end(0);
  expect(await Promise.all(others)).toEqual(['of a', 'of b']);
});

it('calls of operators and large calls are not joined', () => {
  expect(calls.join(database.call(small('a'), database.context(OPERATOR_SCOPE)))).toBeUndefined();
  expect(join({ name: 'many items', items: 11, bytes: 1 })).toBeUndefined();
  expect(join({ name: 'many bytes', items: 1, bytes: 101 })).toBeUndefined();
});

it.each([
  ['items', { items: 10, bytes: 1 }],
  ['bytes', { items: 1, bytes: 75 }],
])('a group has a maximum of %s; the calls that do not fit wait for the next one', async (_what, size) => {
  const others = behindAnother(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, ...size })));
  await new Promise(setImmediate);
  await database.end(1);
  await database.end(2);
  await database.end(3);
  expect(database.groups.slice(1)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(reasons(await others)).toEqual(['of a', 'of b', 'of c', 'of d', 'of e']);
});

it('each call counts the statements of its group, and its own rows', async () => {
  const contexts = [database.context(), database.context()];
  const others = behindAnother(['a', 'four'], contexts);
  await new Promise(setImmediate);
  await database.end(1);
  await others;
  expect(contexts.map(({ work }) => [work.statements, work.writes])).toEqual([
    [2, 1],
    [2, 4],
  ]);
});

it('after a failure, each call is carried out on its own, and only the one whose fault it is fails', async () => {
  const fault = new Error('a fault of b');
  database.failures.set('b', fault);
  const others = behindAnother(['a', 'b', 'c']);
  await new Promise(setImmediate);
  for (const transaction of [1, 2, 3, 4]) await database.end(transaction);
  expect(reasons(await others)).toEqual(['of a', fault, 'of c']);
  expect(database.groups.slice(1)).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
});

it.each([
  ['the database does not respond', new UnreachableError()],
  ['the outcome is unknown', new OutcomeUnknownError(new Error('Connection terminated'))],
  ['no connection is free', new RequestError('RATE_LIMITED', 'Too many.')],
])('no call is repeated when %s', async (_when, failure) => {
  database.failures.set('b', failure);
  const others = behindAnother(['a', 'b']);
  await new Promise(setImmediate);
  await database.end(1);
  expect(reasons(await others)).toEqual([failure, failure]);
  expect(database.groups.slice(1)).toEqual([['a', 'b']]);
});

it('a call whose time is over is stopped before its group begins; the others are carried out', async () => {
  const [late, early] = [database.context(undefined, -1), database.context()];
  const others = behindAnother(['late', 'early'], [late, early]);
  await new Promise(setImmediate);
  await database.end(1);
  const [ofLate, ofEarly] = reasons(await others);
  expect(ofLate).toMatchObject({ code: 'OPERATION_TIMEOUT' });
  expect(ofEarly).toBe('of early');
  expect(database.groups.slice(1)).toEqual([['early']]);
});

it('a group that is slow no longer delays the next one', async () => {
  calls = database.calls(0);
  const stuck = join('stuck');
  const next = join('next');
  while (database.groups.length < 2) await new Promise(setImmediate);
  await database.end(1);
  expect(await next).toBe('of next');
  await database.end(0);
  expect(await stuck).toBe('of stuck');
  const last = join('last');
  await database.end(2);
  expect(await last).toBe('of last');
});
