import type { RequestContext } from '../operation/request-context';
import type { RootFields } from '../operation/root-fields';
import type { UseCase } from '../operation/use-case';
import { Refusal, type RestCode } from './statuses';

export type NotFoundCode = Extract<RestCode, `${string}_NOT_FOUND`>;

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

  /** As `query`, for a field that is null when there is nothing to see. @throws Refusal with the code */
  async find<Row>(field: string, args: Readonly<Record<string, unknown>>, code: NotFoundCode): Promise<Row> {
    const row = (await this.query(field, args)) as Row | null;
    if (row === null) throw notFound(code, Object.keys(args)[0]!);
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

/** @param parameter that names the object */
export function notFound(code: NotFoundCode, parameter: string): Refusal {
  const kind = code.replace('_NOT_FOUND', '').toLowerCase().replaceAll('_', ' ');
  return new Refusal([{ code, detail: `There is no ${kind} with this ${parameter}.`, field: parameter }]);
}
