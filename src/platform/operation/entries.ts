import { DomainError, problemsOf } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import { inputChecker } from './input-rules';
import type { Outcome, UseCaseOptions } from './use-case';

/** One entry of a bulk call, with what was found for it so far. */
export interface Entry<Input extends object> {
  /** Position in the input. */
  readonly index: number;
  readonly input: Input;
}

/** The options of a use case whose rules also hold for each entry of its bulk form. */
export type EntryOptions<Input extends object> = Pick<UseCaseOptions<Input>, 'action' | 'codes' | 'input' | 'subject'>;

/**
 * The entries of a bulk call and their outcomes. A use case processes all entries step by step: it reads and locks what they
 * name with one statement, applies a pure rule to each, and writes what is left with one statement.
 *
 * A rule that throws a refusal removes its entry from the following steps. The entry's errors are those of the single mutation,
 * with the path of the entry.
 */
export class Entries<Input extends object, Result extends object> {
  /** The entries whose input is well-formed. */
  readonly checked: readonly Entry<Input>[];
  private readonly subject: EntryOptions<Input>['subject'];
  private readonly found: (Outcome<Result> | undefined)[];

  /** @param list path of the list in the arguments, e.g. `['input', 'devices']` */
  constructor(
    inputs: readonly Input[],
    private readonly list: readonly string[],
    { input: rules = {}, subject }: EntryOptions<Input>,
  ) {
    this.subject = subject;
    this.found = inputs.map(() => undefined);
    const check = inputChecker<Input>(rules);
    const entries = inputs.map((input, index): Entry<Input> => ({ index, input }));
    this.checked = this.each(entries, ({ input }) => ({ input: check(input) }));
  }

  /** Applies a pure rule to each entry. Returns the entries that it does not refuse, with what it returns. */
  each<From extends Entry<Input>, More extends object>(
    entries: readonly From[],
    rule: (entry: From) => More,
  ): (Omit<From, keyof More> & More)[] {
    return entries.flatMap((entry) => {
      try {
        return [{ ...entry, ...rule(entry) }];
      } catch (error) {
        this.refuse(entry, error);
        return [];
      }
    });
  }

  succeed({ index }: Entry<Input>, result: Result): void {
    this.found[index] = { ...result, userErrors: [] };
  }

  /** @throws the error itself unless it is a refusal */
  refuse({ index, input }: Entry<Input>, error: unknown): void {
    const problems = problemsOf(error);
    if (!problems) throw error;
    const current = error instanceof DomainError ? error.current : {};
    const userErrors = problems.map((problem) => {
      const [, ...members] = problem.path ?? this.subject?.(input) ?? [];
      return { ...problem, path: [...this.list, String(index), ...members] };
    });
    this.found[index] = { ...(current as Partial<Result>), userErrors };
  }

  /** The outcomes in the order of the input. */
  outcomes(): Outcome<Result>[] {
    return this.found.map((outcome, index) => {
      if (!outcome) throw new Error(`Entry ${index} has no outcome.`);
      return outcome;
    });
  }
}

/** Refuses an entry that names the same object as an earlier one. */
export function assertFirst(seen: Set<string>, id: string, kind: string): void {
  if (seen.has(id)) {
    const code: UserErrorCode = 'DUPLICATE_ENTRY';
    throw new DomainError(
      code,
      `An earlier entry of the call names the same ${kind}. Send this entry in another call.`,
    );
  }
  seen.add(id);
}
