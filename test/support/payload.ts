/** The payload of a mutation, which is refused as a whole or item by item. */
export type Payload = { userErrors: unknown[] } | { results: { userErrors: unknown[] }[] };

/** All userErrors of a payload, including those of items. */
export function userErrorsOf(payload: Payload): unknown[] {
  return 'results' in payload ? payload.results.flatMap(({ userErrors }) => userErrors) : payload.userErrors;
}
