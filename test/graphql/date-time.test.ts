import { GraphQLDateTime } from 'graphql-scalars';
import { InvalidValue } from '../../src/platform/base/invalid-value';
import { DateTime } from '../../src/platform/graphql/scalars.type';

it.each([
  '2026-03-08T07:30:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '0001-01-01T00:00:00.000Z',
  '2026-03-08T24:00:00.000Z',
  '2026-03-08T07:30:00.0000',
  '2026-03-08t07:30:00.000z',
  '2026-03-08T07:30:60.000Z',
  '2026-03-08T02:30:00-05:00',
  '2026-02-30T00:00:00.000Z',
  '2025-02-29T00:00:00.000Z',
  '2026-13-01T00:00:00.000Z',
  '2026-03-08T25:00:00.000Z',
  '2026-03-08 07:30:00.000Z',
  'Sun, 08 Mar 2026 7:30 Z ',
  '',
])('%p is a time, or none, as RFC 3339 says', (text) => {
  const expected = (() => {
    try {
      return GraphQLDateTime.parseValue(text);
    } catch {
      return expect.any(InvalidValue) as unknown;
    }
  })();
  expect(DateTime.parseValue(text)).toEqual(expected);
});

it.each(['0000-01-01T00:00:00.000Z', '+10000-01-01T00:00:00.00Z'])('%p has a year that cannot be stored', (text) => {
  expect(DateTime.parseValue(text)).toBeInstanceOf(InvalidValue);
});
