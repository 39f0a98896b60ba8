import { DomainError, type Problem } from '../base/errors';

/** The payload of a mutation: its answer, or what was refused; never both. */
export type Payload<Answer extends object> =
  | (Answer & { userErrors: Problem[] })
  | ({ [Key in keyof Answer]: null } & { userErrors: Problem[] })
  | { userErrors: Problem[] };

/** The one place where a refusal becomes `userErrors`. Anything else that is thrown goes on as a top-level error. */
export async function toPayload<Answer extends object>(answer: Promise<Answer>): Promise<Payload<Answer>> {
  try {
    return { ...(await answer), userErrors: [] };
  } catch (error) {
    if (error instanceof DomainError) return { userErrors: error.problems };
    throw error;
  }
}
