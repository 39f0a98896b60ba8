import { delayAfter } from '../../src/features/webhook/retry-schedule';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const HOUR_MS = 3_600_000;
/** Delay after each failure in turn: 5 s, 5 min, 15 min, 30 min, 1 h, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
const DELAYS_MS = [5_000, 300_000, 900_000, 1_800_000, ...[1, 2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)];

const failed = { status: 500, retryAfter: null };

it.each(DELAYS_MS.map((delayMs, index) => [index + 1, delayMs]))(
  'waits after failure %d for %d ms, and up to a fifth longer',
  (failures, delayMs) => {
    expect(delayAfter(failures, failed, NOW, 0)).toBe(delayMs);
    expect(delayAfter(failures, failed, NOW, 0.5)).toBe((delayMs * 11) / 10);
    expect(delayAfter(failures, failed, NOW, 1 - Number.EPSILON)).toBe((delayMs * 12) / 10);
  },
);

it('ends after the twelfth failure', () => {
  expect(delayAfter(12, failed, NOW, 0)).toBeUndefined();
  expect(delayAfter(12, { status: 503, retryAfter: '60' }, NOW, 0)).toBeUndefined();
  expect(delayAfter(13, failed, NOW, 0)).toBeUndefined();
});

it('adds a random jitter by default', () => {
  const random = jest.spyOn(Math, 'random');
  for (const drawn of [0, 0.25, 0.999]) random.mockReturnValueOnce(drawn);
  const delays = [1, 2, 3].map(() => delayAfter(2, failed, NOW));
  random.mockRestore();
  expect(delays).toEqual([300_000, 315_000, 359_940]);
});

describe('Retry-After', () => {
  const after = (retryAfter: string | null, status: number | null = 429, failures = 1) =>
    delayAfter(failures, { status, retryAfter }, NOW, 0);

  it.each<[string, number]>([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Mon, 23 Nov 2026 12:10:00 GMT', 600_000],
    ['Monday, 23-Nov-26 12:10:00 GMT', 600_000],
    ['Mon Nov 23 12:10:00 2026 GMT', 600_000],
  ])('%s is honored', (value, delayMs) => {
    expect(after(value)).toBe(delayMs);
    expect(after(value, 503)).toBe(delayMs);
  });

  it.each(['0', '1', '-120', 'Mon, 23 Nov 2026 11:59:59 GMT', 'soon', '', '1e3', 'Infinity', 'NaN'])(
    '%p does not shorten the delay',
    (value) => {
      expect(after(value)).toBe(5_000);
    },
  );

  it('never delays an attempt by more than a day', () => {
    const DAY_MS = 24 * HOUR_MS;
    expect(after('86401')).toBe(DAY_MS);
    expect(after('9'.repeat(400))).toBe(DAY_MS);
    expect(after('Wed, 23 Nov 2099 12:00:00 GMT')).toBe(DAY_MS);
  });

  it.each([429, 503])('is absent with status %d: the schedule applies', (status) => {
    expect(after(null, status)).toBe(5_000);
  });

  it('is shorter than the schedule: the schedule applies', () => {
    expect(after('60', 429, 5)).toBe(HOUR_MS);
  });

  it.each([500, 502, 504, 404, 302, null])('is ignored with status %p', (status) => {
    expect(after('120', status)).toBe(5_000);
  });
});
