import { DomainError } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import type { RequestContext } from '../operation/request-context';
import type { RootFields } from '../operation/root-fields';
import type { UseCase } from '../operation/use-case';

type NotFoundCode = Extract<UserErrorCode, `${string}_NOT_FOUND`>;

/** What a route works with: the caller's context, and the root fields of the schema. */
export class RestCall {
  constructor(
    readonly ctx: RequestContext,
    private readonly fields: RootFields,
    private readonly idempotencyKey: string | undefined,
  ) {}

  /** Reads a root field of the schema. @throws RequestError, InvalidValueError */
  query(field: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.fields.query(this.ctx, field, args);
  }

  /** As `query`, for a field that is null when there is nothing to see. @throws DomainError with the code */
  async find<Row>(field: string, args: Readonly<Record<string, unknown>>, code: NotFoundCode): Promise<Row> {
    const row = (await this.query(field, args)) as Row | null;
    const kind = code.replace('_NOT_FOUND', '').toLowerCase().replaceAll('_', ' ');
    const [parameter] = Object.keys(args);
    if (row === null) throw new DomainError(code, `There is no ${kind} with this ${parameter}.`, [parameter!]);
    return row;
  }

  /**
   * Runs a use case with the request's idempotency key.
   *
   * @throws DomainError when it is refused; RequestError
   */
  run<Result extends object>(useCase: UseCase<never, Result, never>, input: object): Promise<Result> {
    const { idempotencyKey } = this;
    return this.fields.mutation(this.ctx, useCase, idempotencyKey === undefined ? input : { ...input, idempotencyKey });
  }
}
