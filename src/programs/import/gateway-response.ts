import { z } from 'zod';
import { parseJson, type LineProblem } from './file-line';
import { ImportError } from './import-error';
import type { ImportKind } from './import-kind';

/** A request that may succeed when it is retried: no connection, no response, or a response that says so. */
export class TemporaryFailure extends Error {
  /** @param retryAfterMs minimum pause that the gateway requested */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

const PATH = z.array(z.union([z.string(), z.number()])).nullish();
const PROBLEM = z.object({ code: z.string(), message: z.string(), path: PATH });
const RESULT = z.object({
  outcome: z.enum(['RECORDED', 'DUPLICATE', 'CONFLICT', 'REFUSED']).optional(),
  reading: z.object({ attribution: z.string() }).nullish(),
  userErrors: z.array(PROBLEM),
});
const PAYLOAD = z.object({ results: z.array(RESULT).nullish(), userErrors: z.array(PROBLEM).default([]) });

const RESPONSE = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().optional(), path: PATH }).optional(),
      }),
    )
    .default([]),
});
export type GatewayResponse = z.output<typeof RESPONSE>;

/** RECORDED and DUPLICATE: the entry is there, from this call or from before. They have no problems. */
export interface EntryResult {
  readonly outcome: 'RECORDED' | 'DUPLICATE' | 'CONFLICT' | 'REFUSED';
  readonly problems: readonly LineProblem[];
  /** How a stored reading found its patient. */
  readonly attribution?: string | undefined;
}

/** Result of each entry of a call, or the entries that made the whole call fail, by index. */
export type CallResult =
  { readonly results: readonly EntryResult[] } | { readonly malformed: ReadonlyMap<number, LineProblem[]> };

/** OUTCOME_UNKNOWN too: an entry that is sent again is recognized. */
const RETRYABLE = ['SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'];

/**
 * Reads the response to a call.
 *
 * @param permission what the key must be allowed to do
 * @throws TemporaryFailure when the same call may succeed later, ImportError when it never will
 */
export function readResponse({ status, headers }: Response, body: string, permission: string): GatewayResponse {
  const parsed = RESPONSE.safeParse(parseJson(body));
  const errors = parsed.data?.errors ?? [];
  const codes = errors.map(({ extensions }) => extensions?.code ?? '');
  const detail = errors[0] === undefined ? `It returned HTTP status ${status}.` : `It returned: ${errors[0].message}`;

  if (status === 401 || codes.includes('UNAUTHENTICATED'))
    throw new ImportError(`The gateway rejected the key in API_KEY. ${detail}`);
  if (status === 403 || codes.includes('FORBIDDEN'))
    throw new ImportError(`The key in API_KEY is not allowed ${permission}. ${detail}`);
  if (status === 429 || status >= 500 || codes.some((code) => RETRYABLE.includes(code)))
    throw new TemporaryFailure(`The gateway is temporarily unavailable. ${detail}`, toMs(headers.get('retry-after')));
  if (status === 413 || codes.includes('OPERATION_TOO_COMPLEX'))
    throw new ImportError(`The batch is too large for the gateway. Use a smaller --batch-size. ${detail}`);
  if (!parsed.success) throw new ImportError(`The response does not come from a gateway. Check --url. ${detail}`);
  return parsed.data;
}

/**
 * Reads the results of a bulk mutation.
 *
 * @param count number of entries sent
 * @throws ImportError when the call was refused as a whole
 */
export function resultsOf({ data, errors }: GatewayResponse, kind: ImportKind, count: number): CallResult {
  const payload = PAYLOAD.safeParse(data?.[kind.mutation]);
  const { results, userErrors } = payload.data ?? { userErrors: [] };
  if (results?.length === count && errors.length === 0) return { results: results.map((one) => toResult(one, kind)) };
  const malformed = malformedIn(errors, kind, count);
  if (malformed.size > 0) return { malformed };
  const [refusal] = [...errors, ...userErrors];
  if (refusal) throw new ImportError(`The gateway refused the ${kind.name}. It returned: ${refusal.message}`);
  throw new ImportError(
    `The gateway returned ${results?.length ?? 0} of ${count} results. Check that its version matches this program.`,
  );
}

function toResult({ outcome, reading, userErrors }: z.output<typeof RESULT>, { name }: ImportKind): EntryResult {
  const problems = userErrors.map((error) => toProblem(error, name));
  return {
    outcome: outcome ?? (problems.length === 0 ? 'RECORDED' : 'REFUSED'),
    problems,
    attribution: reading?.attribution,
  };
}

/** Entries with an unknown member, which makes the whole call fail. Found by the paths of the errors. */
function malformedIn(
  errors: GatewayResponse['errors'],
  { name }: ImportKind,
  count: number,
): Map<number, LineProblem[]> {
  const malformed = new Map<number, LineProblem[]>();
  for (const error of errors) {
    const { code = 'BAD_USER_INPUT', path } = error.extensions ?? {};
    const index = Number(path?.[2]);
    if (path?.[1] !== name || !(index < count)) continue;
    const problem = toProblem({ code, message: error.message, path }, name);
    malformed.set(index, [...(malformed.get(index) ?? []), problem]);
  }
  return malformed;
}

/** Makes the path relative to the entry: `["input", "readings", "3", "takenAt"]` becomes `["takenAt"]`. */
function toProblem({ path, ...error }: z.output<typeof PROBLEM>, list: string): LineProblem {
  const names = (path ?? []).map(String);
  return { ...error, path: names[1] === list ? names.slice(3) : names };
}

/** Parses the header Retry-After in seconds. Its other form, a date, is ignored. */
function toMs(retryAfter: string | null): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
}
