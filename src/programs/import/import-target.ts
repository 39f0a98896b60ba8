import { z } from 'zod';
import type { Ask } from './gateway-client';

/** Where entries are imported to, as far as a checkpoint must know it. */
export const IMPORT_TARGET = z.object({
  /** Customer of the key, `databaseId`. Empty for an operator. */
  customer: z.string(),
  /** When the customer was created, or for an operator, the first customer: another database has another time. */
  database: z.string(),
});

export type ImportTarget = z.output<typeof IMPORT_TARGET>;

const CUSTOMER = z.object({ databaseId: z.string(), createdAt: z.string() });
const VIEWER = z.object({ customer: CUSTOMER.nullable() });
const CUSTOMERS = z.object({ nodes: z.array(CUSTOMER) });

/** Asks the gateway. A different key of the same customer leads to the same target. */
export async function askForTarget(ask: Ask): Promise<ImportTarget> {
  const { viewer } = await ask('query ImportTarget { viewer { customer { databaseId createdAt } } }', {});
  const { customer } = VIEWER.parse(viewer);
  if (customer) return { customer: customer.databaseId, database: customer.createdAt };
  const { customers } = await ask('query FirstCustomer { customers(first: 1) { nodes { databaseId createdAt } } }', {});
  const [first] = CUSTOMERS.parse(customers).nodes;
  return { customer: '', database: first?.createdAt ?? '' };
}
