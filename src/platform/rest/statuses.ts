import type { RequestErrorCode } from '../base/errors';
import type { UserErrorCode } from '../base/user-error-code';
import type { Fault } from './problem';

/** Codes of top-level errors that have no place in REST: it has no documents, cursors and subscriptions. */
export type GraphqlOnlyCode = 'OPERATION_TOO_COMPLEX' | 'CURSOR_INVALID' | 'CURSOR_EXPIRED';

/** Codes of REST alone, for objects that GraphQL only reads: there, the field is null. */
export const REST_ONLY_CODES = {
  READING_NOT_FOUND: 'The reading does not exist, belongs to another customer, or is of another kind.',
} as const;
type RestOnlyCode = keyof typeof REST_ONLY_CODES;

/** A code of a problem in REST. The other codes are those of GraphQL. */
export type RestCode =
  UserErrorCode | RestOnlyCode | Exclude<RequestErrorCode, GraphqlOnlyCode> | 'INTERNAL_SERVER_ERROR';

/** A fault whose code has a status. */
export interface RestFault extends Fault {
  readonly code: RestCode;
}

/**
 * The HTTP status of each code. 404: the object is not found. 409: the request conflicts with the current state, so it may succeed
 * later or after another one. 422: the values are refused, and would be refused again.
 */
export const STATUSES: Readonly<Record<RestCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SERVICE_UNAVAILABLE: 503,
  OPERATION_TIMEOUT: 503,
  RATE_LIMITED: 429,
  OPERATION_TOO_LARGE: 422,
  OUTCOME_UNKNOWN: 500,
  INTERNAL_SERVER_ERROR: 500,

  CUSTOMER_NOT_FOUND: 404,
  DEVICE_NOT_FOUND: 404,
  PATIENT_NOT_FOUND: 404,
  SITE_NOT_FOUND: 404,
  ITEM_NOT_FOUND: 404,
  ORDER_NOT_FOUND: 404,
  WEBHOOK_NOT_FOUND: 404,
  WEBHOOK_DELIVERY_NOT_FOUND: 404,
  WEBHOOK_PLANNING_FAILURE_NOT_FOUND: 404,
  API_KEY_NOT_FOUND: 404,
  READING_NOT_FOUND: 404,

  DEVICE_AT_IMPILO_SITE: 409,
  DEVICE_NOT_AT_IMPILO_SITE: 409,
  DEVICE_WITHOUT_SITE: 409,
  DEVICE_IN_TRANSIT: 409,
  DEVICE_NOT_AVAILABLE_AT_SITE: 409,
  DEVICE_NOT_IN_STOCK: 409,
  DEVICE_ASSOCIATED: 409,
  DEVICE_NOT_ASSOCIATED: 409,
  DEVICE_ASSOCIATED_ELSEWHERE: 409,
  DEVICE_NOT_REPLACEABLE: 409,
  DEVICE_NOT_RETURNING: 409,
  PATIENT_ARCHIVED: 409,
  SITE_INACTIVE: 409,
  SITE_OPERATED_BY_IMPILO: 409,
  SITE_NOT_OPERATED_BY_IMPILO: 409,
  STALE_VERSION: 409,
  READINGS_DISABLED: 409,
  READING_CONFLICT: 409,
  ITEM_OUT_OF_STOCK: 409,
  NO_REPLACEMENT_IN_STOCK: 409,
  ORDER_STATUS_NOT_ALLOWED: 409,
  CUSTOMER_NAME_TAKEN: 409,
  SKU_TAKEN: 409,
  READING_KIND_IN_USE: 409,
  WAREHOUSE_NOT_EMPTY: 409,
  IDENTIFIER_TAKEN: 409,
  LAST_IDENTIFIER: 409,
  EXTERNAL_IDENTIFIER_TAKEN: 409,
  EXTERNAL_ORDER_ID_TAKEN: 409,
  TOO_MANY_API_KEYS: 409,
  TOO_MANY_WEBHOOKS: 409,

  REFERENCE_MISSING: 422,
  REFERENCE_MISMATCH: 422,
  DUPLICATE_ENTRY: 422,
  INVALID_READING: 422,
  READING_EXPIRED: 422,
  INVALID_URL: 422,
  INVALID_INPUT: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
};

/** False for a code that has no place in REST. */
export function isRestCode(code: unknown): code is RestCode {
  return typeof code === 'string' && Object.hasOwn(STATUSES, code);
}

/** A request that REST itself refuses: GraphQL has no such refusal. The first fault determines the status. */
export class Refusal extends Error {
  constructor(readonly faults: readonly RestFault[]) {
    super(faults.map(({ code, detail }) => `${code}: ${detail}`).join('; '));
    this.name = 'Refusal';
  }
}
