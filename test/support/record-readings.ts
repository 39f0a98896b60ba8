import type { CallerName, GraphqlResponse, TestApp } from './test-app';

/** A reading as a client sends it. */
export type ReadingInput = { takenAt: string } & Record<string, unknown>;

/** A returned reading, with the selected fields. */
export interface ReturnedReading extends Record<string, unknown> {
  __typename: string;
  id: string;
  databaseId: string;
  takenAt: string;
}

/** Result of one reading. */
export interface Result {
  outcome: 'RECORDED' | 'DUPLICATE' | 'CONFLICT' | 'REFUSED';
  reading: ReturnedReading | null;
  userErrors: { code: string; path: string[]; message: string }[];
}

export interface Recorded {
  results: Result[];
  recorded: number;
  duplicates: number;
  conflicts: number;
  refused: number;
}

/** Payload of a call. The other fields are null when the whole call was refused, which few tests do. */
export type RecordReadings = Recorded & { userErrors: Result['userErrors'] };

export interface SendOptions {
  caller?: CallerName | { key: string };
  instance?: number;
  /** Fields to select for each reading. */
  fields?: string;
}

/** For batches that are too large to select more. */
export const BRIEF = '__typename id databaseId takenAt';

/** Response of one call. */
export function sendReadings(
  app: TestApp,
  readings: unknown,
  { caller = 'northside', instance = 0, fields = BRIEF }: SendOptions = {},
): Promise<GraphqlResponse<{ recordReadings: RecordReadings | null } | null>> {
  const mutation = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) {
    results { outcome reading { ${fields} } userErrors { code message path } } recorded duplicates conflicts refused userErrors { code message path } } }`;
  return app.query(caller, mutation, { input: { readings } }, instance);
}

/** Result of a call that must not fail. */
export async function recordReadings(
  app: TestApp,
  readings: readonly ReadingInput[],
  options?: SendOptions,
): Promise<Recorded> {
  const { data, errors } = await sendReadings(app, readings, options);
  const { userErrors, ...recorded } = data?.recordReadings ?? { userErrors: [] };
  if (errors || userErrors.length > 0)
    throw new Error(`recordReadings failed: ${JSON.stringify([errors, userErrors])}`);
  return recorded as Recorded;
}
