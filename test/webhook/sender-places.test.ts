import { fewestFirst } from '../../src/features/webhook/webhook-sender';
import { SenderPlaces, type DueWebhook } from '../../src/features/webhook/sender-places';

const PLACES = 200;

let nowMs = 0;
let places: SenderPlaces;
beforeEach(() => {
  nowMs = 0;
  places = new SenderPlaces(1_000, () => nowMs);
});

/** Webhooks of a customer, all with more due deliveries than places. */
const due = (customerId: number, count = 1, isFailing = false): DueWebhook[] =>
  Array.from({ length: count }, (_, n) => ({
    customerId: `${customerId}`,
    webhookId: `${customerId * 1_000 + n}`,
    isFailing,
  }));

/** Starts an attempt in each place that the customers get. @returns the number of each customer, and the ends of the attempts */
function start(webhooks: readonly DueWebhook[]) {
  const counts: Record<string, number> = {};
  const ends: (() => void)[] = [];
  for (const share of places.shareOut(webhooks)) {
    counts[share.customerId] = (counts[share.customerId] ?? 0) + share.count;
    for (let n = 0; n < share.count; n += 1) ends.push(places.take(share, 100));
  }
  return { counts, ends };
}

it('an endpoint gets 8 places, and 2 while it fails', () => {
  expect(start([...due(1), ...due(2, 1, true)]).counts).toEqual({ 1: 8, 2: 2 });
});

it('one customer alone leaves half of the places, so the next one starts at once', () => {
  expect(start(due(1, 50)).counts).toEqual({ 1: PLACES / 2 });
  expect(start([...due(1, 50), ...due(2)]).counts).toEqual({ 2: 8 });
});

it('customers that come one after another always find a free place', () => {
  let free = PLACES;
  for (let customer = 1; customer <= 7; customer += 1) {
    const { [customer]: got = 0, ...others } = start(
      Array.from({ length: customer }, (_, n) => due(n + 1, 50)).flat(),
    ).counts;
    expect({ customer, others }).toEqual({ customer, others: {} });
    expect(got).toBeGreaterThan(0);
    free -= got;
    expect(free).toBeGreaterThan(0);
  }
});

it('customers with many endpoints get no more than those with few', () => {
  const { counts } = start([...due(1, 1_200), ...due(2, 2), ...due(3, 50)]);
  expect(counts[2]).toBe(16);
  expect(Math.abs(counts[1]! - counts[3]!)).toBeLessThanOrEqual(1);
});

it('26 endpoints that respond after 14 s get two places each, when they have responded once and while they take long', () => {
  const slow = due(1, 26);
  const { ends } = start(slow);
  nowMs += 1_001;
  expect(Object.values(start(slow).counts)).toEqual([]);
  nowMs += 13_000;
  for (const end of ends) end();
  expect(start(slow).counts).toEqual({ 1: 52 });
});

it('an endpoint that becomes quick again gets its places back', () => {
  const [webhook] = due(1);
  const attempt = (durationMs: number) => {
    const end = places.take(webhook!, 1);
    nowMs += durationMs;
    end();
    return places.shareOut([webhook!])[0]!.count;
  };
  expect([attempt(100), attempt(14_000), attempt(100), attempt(100), attempt(100), attempt(100)]).toEqual([
    8, 2, 2, 2, 8, 8,
  ]);
});

it('customers wait in turn when there are more than places', () => {
  const customers = Array.from({ length: 300 }, (_, n) => due(n + 1)).flat();
  const first = start(customers);
  for (const end of first.ends) end();
  const second = start(customers);
  const served = new Set([...Object.keys(first.counts), ...Object.keys(second.counts)]);
  expect(served.size).toBe(300);
});

it('counts the bytes of bodies in flight', () => {
  const { freeBytes } = places;
  const end = places.take({ customerId: '1', webhookId: '1' }, freeBytes + 1);
  expect(places.freeBytes).toBe(-1);
  end();
  expect(places.freeBytes).toBe(freeBytes);
});

it('of the deliveries that are claimed together, those of customers with few of them are sent first', () => {
  const claimed = ['1', '2', '1', '3', '1', '3', '1'].map((customerId, id) => ({ customerId, id }));
  expect(fewestFirst(claimed).map(({ id }) => id)).toEqual([1, 3, 5, 0, 2, 4, 6]);
});
