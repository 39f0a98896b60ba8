/**
 * Works on several items at a time and yields the results in their order.
 *
 * Takes an item only when there is room for it: at most `concurrency` items are in progress or not yielded yet. Once one has
 * failed no further one is taken; the failure is thrown in its turn, after those in progress have ended.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  const failure = new AbortController();
  try {
    for await (const item of items) {
      const result = work(item);
      result.catch(() => failure.abort());
      pending.push(result);
      if (pending.length >= concurrency) yield await pending.shift()!;
      if (failure.signal.aborted) break;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
}
