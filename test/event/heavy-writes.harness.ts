import { anEvent, customer, follow, write, type Instance, type StreamFixture } from './stream-fixture';

/** Asserts that subscriptions that resume from any position during writes receive all later events exactly once. */
export async function resumeDuringWrites(
  fixture: StreamFixture,
  a: Instance,
  b: Instance,
  total: number,
): Promise<void> {
  const writers = [a, b, a, b].map(async ({ database }, writer) => {
    for (let n = 0; n < total / 4; n += 5) {
      const events = Array.from({ length: 5 }, (_, i) => anEvent(`${writer}:${n + i}`, String(1 + ((n + i) % 3))));
      await write(database, ...events);
    }
  });
  const witness = follow(a, { after: 0 });
  const resumed: { after: number; customerId?: string; seen: ReturnType<typeof follow> }[] = [];
  for (let count = 50; count < total; count += 150) {
    await witness.has(count);
    const after = witness.events[Math.floor(count / 2)]!.position;
    resumed.push({ after, seen: follow(b, { after }) });
    resumed.push({ after, customerId: '2', seen: follow(a, { after, scope: customer('2') }) });
  }
  await Promise.all(writers);
  await witness.has(total);
  const stored = await fixture.stored();
  expect(stored.map(({ position }) => Number(position))).toEqual(Array.from({ length: total }, (_, i) => i + 1));
  expect(witness.positions).toEqual(stored.map(({ position }) => Number(position)));
  expect(resumed).toHaveLength((2 * total) / 150);
  for (const { after, customerId, seen } of resumed) {
    const expected = stored.filter(
      (event) => Number(event.position) > after && (!customerId || event.customerId === customerId),
    );
    await seen.has(expected.length);
    expect(seen.events.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  }
}
