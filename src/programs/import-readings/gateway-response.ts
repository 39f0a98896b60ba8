import { z } from 'zod';
import { parseJson, type LineProblem } from './file-line';
import { ImportError } from './import-error';

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
const PROBLEM = z.object({ code: z.string(), message: z.string(), path: PATH }).transform(toProblem);
const RESULT = z
  .object({ outcome: z.enum(['RECORDED', 'DUPLICATE', 'CONFLICT', 'REFUSED']), userErrors: z.array(PROBLEM) })
  .transform(({ outcome, userErrors }) => ({ outcome, problems: userErrors }));

const RESPONSE = z.object({
  data: z
    .object({
      recordReadings: z
        .object({ results: z.array(RESULT).nullish(), userErrors: z.array(PROBLEM).default([]) })
        .nullish(),
    })
    .nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().optional(), path: PATH }).optional(),
      }),
    )
    .optional(),
});
type GatewayError = NonNullable<z.output<typeof RESPONSE>['errors']>[number];

/** Result of one reading. Without problems when it is recorded, by this call or before. */
export type ReadingResult = z.output<typeof RESULT>;

/** Result of each reading of a call, or the readings that made the whole call fail, by index. */
export type CallResult =
  { readonly results: readonly ReadingResult[] } | { readonly malformed: ReadonlyMap<number, LineProblem[]> };

/** OUTCOME_UNKNOWN too: a reading that is sent again is a duplicate. */
const RETRYABLE = ['SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'];

/**
 * Reads the response to a call of recordReadings.
 *
 * @param count number of readings sent
 * @throws TemporaryFailure when the same call may succeed later, ImportError when it never will
 */
export function readResponse({ status, headers }: Response, body: string, count: number): CallResult {
  const parsed = RESPONSE.safeParse(parseJson(body));
  const errors = parsed.data?.errors ?? [];
  const codes = errors.map(({ extensions }) => extensions?.code ?? '');
  const detail = errors[0] === undefined ? `It returned HTTP status ${status}.` : `It returned: ${errors[0].message}`;

  if (status === 401 || codes.includes('UNAUTHENTICATED'))
    throw new ImportError(`The gateway rejected the key in API_KEY. ${detail}`);
  if (status === 403 || codes.includes('FORBIDDEN'))
    throw new ImportError(`The key in API_KEY is not allowed to record readings. ${detail}`);
  if (status === 429 || status >= 500 || codes.some((code) => RETRYABLE.includes(code)))
    throw new TemporaryFailure(`The gateway is temporarily unavailable. ${detail}`, toMs(headers.get('retry-after')));
  if (status === 413 || codes.includes('OPERATION_TOO_COMPLEX'))
    throw new ImportError(`The batch is too large for the gateway. Use a smaller --batch-size. ${detail}`);
  if (!parsed.success) throw new ImportError(`The response does not come from a gateway. Check --url. ${detail}`);

  const { results, userErrors } = parsed.data.data?.recordReadings ?? { userErrors: [] };
  if (results?.length === count && errors.length === 0) return { results };
  const malformed = malformedIn(errors, count);
  if (malformed.size > 0) return { malformed };
  const [refusal] = [...errors, ...userErrors];
  if (refusal) throw new ImportError(`The gateway refused the readings. It returned: ${refusal.message}`);
  throw new ImportError(
    `The gateway returned ${results?.length ?? 0} of ${count} results. Check that its version matches this program.`,
  );
}

/** Readings with an unknown member, which makes the whole call fail. Found by the paths of the errors. */
function malformedIn(errors: readonly GatewayError[], count: number): Map<number, LineProblem[]> {
  const malformed = new Map<number, LineProblem[]>();
  for (const error of errors) {
    const { code = 'BAD_USER_INPUT', path } = error.extensions ?? {};
    const index = Number(path?.[2]);
    if (path?.[1] !== 'readings' || !(index < count)) continue;
    const problem = toProblem({ code, message: error.message, path });
    malformed.set(index, [...(malformed.get(index) ?? []), problem]);
  }
  return malformed;
}

/** Makes the path relative to the reading: `["input", "readings", "3", "takenAt"]` becomes `["takenAt"]`. */
function toProblem({ path, ...error }: { code: string; message: string; path?: z.output<typeof PATH> }): LineProblem {
  const names = (path ?? []).map(String);
  return { ...error, path: names[1] === 'readings' ? names.slice(3) : names };
}

/** Parses the header Retry-After in seconds. Its other form, a date, is ignored. */
function toMs(retryAfter: string | null): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
}
