import type { CallerName, GraphqlResponse, TestApp } from './test-app';

/** A reading as a client sends it. */
export type ReadingInput = { takenAt: string } & Record<string, unknown>;

/** A reading as it is answered: of these members those that were asked for. */
export interface ReturnedReading extends Record<string, unknown> {
  __typename: string;
  id: string;
  databaseId: string;
  takenAt: string;
}

/** What became of a reading. */
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

/** The payload of a call; what it recorded is null when it was refused as a whole, which few tests are about. */
export type RecordReadings = Recorded & { userErrors: Result['userErrors'] };

export interface SendOptions {
  caller?: CallerName | { key: string };
  instance?: number;
  /** What to ask of each reading. */
  fields?: string;
}

/** For batches too large to ask for more. */
export const BRIEF = '__typename id databaseId takenAt';

/** The whole response of one call. */
export function sendReadings(
  app: TestApp,
  readings: unknown,
  { caller = 'northside', instance = 0, fields = BRIEF }: SendOptions = {},
): Promise<GraphqlResponse<{ recordReadings: RecordReadings | null } | null>> {
  const mutation = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) {
    results { outcome reading { ${fields} } userErrors { code message path } } recorded duplicates conflicts refused userErrors { code message path } } }`;
  return app.query(caller, mutation, { input: { readings } }, instance);
}

/** The answer of a call that must not fail; what became of each reading stands in the order of the input. */
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
