/**
 * Works on several items at a time and answers in their order.
 *
 * Takes an item only when there is room for it: of the items that were taken at most `concurrency` are not answered yet. Once
 * one has failed no further one is taken; the failure is thrown in its turn, after those under way have ended.
 */
export async function* inOrder<Item, Answer>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const pending: Promise<Answer>[] = [];
  const failure = new AbortController();
  try {
    for await (const item of items) {
      const answer = work(item);
      answer.catch(() => failure.abort());
      pending.push(answer);
      if (pending.length >= concurrency) yield await pending.shift()!;
      if (failure.signal.aborted) break;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
}
