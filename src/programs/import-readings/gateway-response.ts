import { z } from 'zod';
import { parseJson, type LineProblem } from './file-line';
import { ImportError } from './import-error';

/** A request that may succeed when it is sent again: no connection, no response, or a response that says so. */
export class TemporaryFailure extends Error {
  /** @param retryAfterMs what the gateway asked for */
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

/** What became of one reading; no problems when it is recorded, now or before. */
export type ReadingResult = z.output<typeof RESULT>;

/** What became of the readings of a call: of each, or which ones made the gateway refuse the call. */
export type CallResult =
  { readonly results: readonly ReadingResult[] } | { readonly culprits: ReadonlyMap<number, LineProblem[]> };

const AGAIN_LATER = ['SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'];

/**
 * Reads the response to a call of recordReadings.
 *
 * @param count how many readings were sent
 * @throws TemporaryFailure when the same call may succeed later, ImportError when it never will
 */
export function readResponse({ status, headers }: Response, body: string, count: number): CallResult {
  const parsed = RESPONSE.safeParse(parseJson(body));
  const errors = parsed.data?.errors ?? [];
  const codes = errors.map(({ extensions }) => extensions?.code ?? '');
  const said = errors[0] === undefined ? `It answered with the status ${status}.` : `It says: ${errors[0].message}`;

  if (status === 401 || codes.includes('UNAUTHENTICATED'))
    throw new ImportError(`The gateway does not take the key in API_KEY. ${said}`);
  if (status === 403 || codes.includes('FORBIDDEN'))
    throw new ImportError(`The key in API_KEY may not record readings. ${said}`);
  if (status === 429 || status >= 500 || codes.some((code) => AGAIN_LATER.includes(code)))
    throw new TemporaryFailure(`The gateway cannot take readings now. ${said}`, toMs(headers.get('retry-after')));
  if (status === 413 || codes.includes('OPERATION_TOO_COMPLEX'))
    throw new ImportError(`The gateway does not take that much at once: give a smaller --batch-size. ${said}`);
  if (!parsed.success) throw new ImportError(`No gateway answers there: check --url. ${said}`);

  const { results, userErrors } = parsed.data.data?.recordReadings ?? { userErrors: [] };
  if (results?.length === count && errors.length === 0) return { results };
  const culprits = culpritsOf(errors, count);
  if (culprits.size > 0) return { culprits };
  const [refusal] = [...errors, ...userErrors];
  if (refusal) throw new ImportError(`The gateway refuses the readings. It says: ${refusal.message}`);
  throw new ImportError(
    `The gateway answered ${results?.length ?? 'no'} of ${count} readings: is it of another version?`,
  );
}

/** The readings that made the gateway refuse the call: those with a value of the wrong type, by its path. */
function culpritsOf(errors: readonly GatewayError[], count: number): Map<number, LineProblem[]> {
  const culprits = new Map<number, LineProblem[]>();
  for (const error of errors) {
    const { code = 'BAD_USER_INPUT', path } = error.extensions ?? {};
    const index = Number(path?.[2]);
    if (path?.[1] !== 'readings' || !(index < count)) continue;
    const problem = toProblem({ code, message: error.message, path });
    culprits.set(index, [...(culprits.get(index) ?? []), problem]);
  }
  return culprits;
}

/** Its path within the reading, without the call's: `["input", "readings", "3", "takenAt"]` becomes `["takenAt"]`. */
function toProblem({ path, ...error }: { code: string; message: string; path?: z.output<typeof PATH> }): LineProblem {
  const names = (path ?? []).map(String);
  return { ...error, path: names[1] === 'readings' ? names.slice(3) : names };
}

/** The header Retry-After in its one form that matters here, seconds. */
function toMs(retryAfter: string | null): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
}
