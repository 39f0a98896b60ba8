/** Payload of a mutation. It is refused as a whole, or item by item. */
export interface Payload {
  userErrors: unknown[];
  results?: { userErrors: unknown[] }[] | null;
}

/** All refusals of a mutation, including those of its items. */
export function userErrorsOf({ userErrors, results }: Payload): unknown[] {
  return [...userErrors, ...(results ?? []).flatMap((item) => item.userErrors)];
}
