import { OPERATOR_SCOPE, type Scope } from '../../src/platform/db/scope';
import { FilledStatements } from '../../src/platform/read/filled-statements';

const HOUR_MS = 3_600_000;
let now = 0;
let filled: FilledStatements;
let fills: number;
beforeEach(() => {
  now = 0;
  fills = 0;
  filled = new FilledStatements(() => now);
});

const customer = (customerId: string): Scope => ({ kind: 'customer', customerId });
const of = (scope: Scope, variables: Record<string, unknown>) =>
  filled.of({ ctx: { session: { scope } }, variables } as never, () => ({
    name: 'it',
    text: 'select',
    values: [(fills += 1)],
  })).values[0];

it('a statement is that of its scope and variables', () => {
  const cases = [
    [customer('1'), { first: 2 }],
    [customer('2'), { first: 2 }],
    [OPERATOR_SCOPE, { first: 2 }],
    [customer('1'), { first: 3 }],
    [customer('1'), { first: null }],
    [customer('1'), {}],
    [customer('1'), { first: '2' }],
  ] as const;
  const first = cases.map(([scope, variables]) => of(scope, variables));
  expect(new Set(first).size).toBe(cases.length);
  expect(cases.map(([scope, variables]) => of(scope, variables))).toEqual(first);
});

it('statements are kept for an hour, eight at most, and none with long variables', () => {
  of(customer('1'), {});
  now = HOUR_MS;
  expect(of(customer('1'), {})).toBe(1);
  now = HOUR_MS + 1;
  expect(of(customer('1'), {})).toBe(2);
  for (let first = 0; first < 7; first += 1) of(customer('1'), { first });
  expect(of(customer('1'), {})).toBe(2);
  of(customer('1'), { first: 8 });
  expect(of(customer('1'), {})).toBe(11);
  const long = { search: 'x'.repeat(300) };
  expect(of(customer('1'), long)).not.toBe(of(customer('1'), long));
});

it('an error is thrown for each run', () => {
  const run = { ctx: { session: { scope: OPERATOR_SCOPE } }, variables: {} } as never;
  const fail = () => {
    throw new Error('refused');
  };
  expect(() => filled.of(run, fail)).toThrow('refused');
  expect(() => filled.of(run, fail)).toThrow('refused');
});
