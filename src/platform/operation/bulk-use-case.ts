import { z } from 'zod';
import { defineLimit } from '../base/limit';
import type { UserErrorCode } from '../base/user-error-code';
import type { Tx } from '../db/session';
import { Entries, type EntryOptions } from './entries';
import type { InputRules } from './input-rules';
import type { RequestContext } from './request-context';
import { useCase, type Outcome, type UseCase } from './use-case';

/** Maximum number of entries of one call. */
export const MAX_ENTRIES = defineLimit('entries of a bulk call', {
  value: 200,
  unit: 'entries',
  description: 'Of `associateDevices` and the other bulk mutations; more is INVALID_INPUT.',
});

/** Result of a bulk call. */
export interface BulkResult<Result extends object> {
  /** In the order of the input. */
  results: Outcome<Result>[];
  /** Number of results with errors. */
  refused: number;
}

interface BulkOptions<Input extends object, List extends string> {
  name: string;
  /** Member of the input that holds the entries. */
  list: List;
  /** Options of the use case for one entry. */
  entry: EntryOptions<Input>;
  /** Codes that only the bulk form has. */
  codes?: readonly UserErrorCode[];
}

/**
 * Defines the bulk form of a use case. Each entry is a unit of its own: a refused one does not undo the others. All entries are
 * processed in one transaction.
 *
 * @param work gives each entry its outcome, with a number of statements that does not depend on the number of entries. Runs
 *   again from the start after a deadlock, as that of `useCase`.
 */
export function bulkUseCase<Input extends object, Result extends object, const List extends string>(
  { name, list, entry, codes = [] }: BulkOptions<Input, List>,
  work: (ctx: RequestContext, tx: Tx, entries: Entries<Input, Result>) => Promise<void>,
): UseCase<Record<List, Input[]>, BulkResult<Result>> {
  const lengthRule: z.ZodType<Input[]> = z
    .custom<Input[]>()
    .refine(({ length }) => length >= 1 && length <= MAX_ENTRIES, `must have 1 to ${MAX_ENTRIES} entries`);
  return useCase<Record<List, Input[]>, BulkResult<Result>>(
    {
      name,
      action: entry.action,
      codes: [...entry.codes, ...codes],
      input: { [list]: lengthRule } as unknown as InputRules<Record<List, Input[]>>,
      itemwise: list,
    },
    async (ctx, tx, input) => {
      const entries = new Entries<Input, Result>(input[list], ['input', list], entry);
      if (entries.checked.length > 0) await work(ctx, tx, entries);
      const results = entries.outcomes();
      return { results, refused: results.filter(({ userErrors }) => userErrors.length > 0).length };
    },
  );
}
