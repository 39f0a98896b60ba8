import type { CallerName, TestApp } from './test-app';
import type { UserError } from './patients';

export const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

interface Versioned extends Record<string, unknown> {
  id: string;
  databaseId: string;
  version: number;
}

export interface WritePayload {
  row: Versioned | null;
  userErrors: UserError[];
}

/** A row after a change. */
export function changedTo(before: Versioned, change: object): unknown {
  return { ...before, ...change, version: before.version + 1, updatedAt: ISO };
}

/** Calls mutations whose payload has one row, by default as an operator. */
export class OperatorWrites {
  /**
   * @param member of the payload
   * @param selection of its fields
   * @param table whose rows a refusal must not change
   */
  constructor(
    private readonly app: TestApp,
    private readonly member: string,
    private readonly selection: string,
    private readonly table: string,
  ) {}

  async write(name: string, input: object, caller: CallerName | { key: string } = 'operator'): Promise<WritePayload> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const mutation = `mutation ($input: ${type}!) { payload: ${name}(input: $input) {
      row: ${this.member} { ${this.selection} } userErrors { code message path } } }`;
    return (await this.app.data<{ payload: WritePayload }>(caller, mutation, { input })).payload;
  }

  /** As `write` for a call that must succeed: its row. */
  async done(name: string, input: object): Promise<Versioned> {
    const { row, userErrors } = await this.write(name, input);
    expect(userErrors).toEqual([]);
    return row!;
  }

  /** Expects that a call is refused with these errors and writes nothing. */
  async refused(name: string, input: object, ...errors: [code: string, ...path: string[]][]): Promise<WritePayload> {
    const before = await this.stored();
    const payload = await this.write(name, input);
    expect(payload.userErrors.map(({ code, path }) => [code, ...(path ?? [])])).toEqual(errors);
    for (const { message } of payload.userErrors) expect(message).toMatch(/^.{10,200}\.$/s);
    expect(await this.stored()).toEqual(before);
    return payload;
  }

  async stored(): Promise<object[]> {
    return (await this.app.admin.query<object>(`select * from ${this.table} order by id`)).rows;
  }
}
