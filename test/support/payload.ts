/** The answer of a mutation: it refuses as a whole, or item by item. */
export type Payload = { userErrors: unknown[] } | { results: { userErrors: unknown[] }[] };

/** All that a mutation refused, of its items too. */
export function userErrorsOf(payload: Payload): unknown[] {
  return 'results' in payload ? payload.results.flatMap(({ userErrors }) => userErrors) : payload.userErrors;
}
