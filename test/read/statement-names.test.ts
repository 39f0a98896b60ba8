import { CONNECTION_LIFETIME_MS } from '../../src/platform/db/connections';
import { StatementNames } from '../../src/platform/read/statement-names';

let nowMs = 0;
let names: StatementNames;
beforeEach(() => {
  nowMs = 0;
  names = new StatementNames({ statements: 4, characters: 400, longest: 150 }, () => nowMs);
});

/** Whether a statement of a length gets a name. `mark` tells statements of one length apart. */
const has = (owner: string, mark: string, length = 20): boolean =>
  names.of({ name: 'read', text: `/* read */${mark}`.padEnd(length), values: [] }, owner) !== undefined;

it('a statement keeps its name', () => {
  const statement = { name: 'read', text: '/* read */ select 1', values: [] };
  expect(names.of(statement, 'a')).toBe(names.of({ ...statement }, 'b'));
});

it('the number of names is bounded', () => {
  expect(['1', '2', '3'].map((mark) => has('a', mark))).toEqual([true, true, true]);
  expect(has('b', '4')).toBe(true);
  expect(has('b', '5')).toBe(false);
  expect(has('b', '1')).toBe(true);
});

it('the length of all texts is bounded, and that of one', () => {
  expect(has('a', '1', 151)).toBe(false);
  expect([has('a', '1', 150), has('a', '2', 150), has('b', '3', 101)]).toEqual([true, true, false]);
  expect(has('b', '3', 100)).toBe(true);
});

it('one owner has at most three quarters', () => {
  expect(['1', '2', '3', '4'].map((mark) => has('a', mark))).toEqual([true, true, true, false]);
  expect(has('b', '4')).toBe(true);
});

it('names that were not used for the lifetime of a connection make place, those used the longest time ago first', () => {
  ['1', '2', '3'].forEach((mark) => has('a', mark));
  nowMs += CONNECTION_LIFETIME_MS;
  has('a', '1');
  has('b', '4');
  expect(has('c', '5')).toBe(true);
  expect(has('c', '6')).toBe(true);
  // '2' and '3' are gone, and the others are in use.
  expect(has('c', '2')).toBe(false);
  expect(has('c', '1')).toBe(true);
});
