/**
 * Works on several items concurrently and yields the results in the order of the items.
 *
 * At most `concurrency` items are in progress or waiting to be yielded; the next item is read only when there is room. After a
 * failure no further item is read. The failure is thrown in order, after all items in progress have ended.
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
