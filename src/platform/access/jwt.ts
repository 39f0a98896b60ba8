import { isUtf8 } from 'node:buffer';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { IMPILO_CUSTOMER_ID } from '../db/scope';
import type { Clock } from '../base/clock';
import { RequestError } from '../base/errors';
import { isInt64 } from '../base/int64';
import { Role } from './policy';

/** Asymmetric signatures only. If HS256 were accepted, a token could be signed with the issuer's public key. */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Accepted difference between the issuer's clock and ours. */
const CLOCK_TOLERANCE_S = 5;

/** A browser's token cannot be revoked, so its lifetime is limited. */
const MAX_LIFETIME_S = 24 * 60 * 60;

const KEYS_TIMEOUT_MS = 3_000;
/** The limit of OpenID Connect. The subject is stored as the actor of changes: it must be text (see `ruleOfText`). */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

export interface JwtVerifierOptions {
  /** URL of the issuer's public keys. They are fetched when first needed and cached for 10 minutes. */
  jwksUrl: URL;
  issuer: string;
  audience: string;
  clock: Clock;
  /** Receives the reason why the keys are unavailable; callers do not see it. */
  onKeysUnavailable?: (reason: unknown) => void;
}

/** The claims of a verified token. */
export interface VerifiedToken {
  subject: string;
  role: Role;
  /** Null for operators. Not checked for existence yet. */
  customerId: string | null;
  expiresAt: Date;
}

/** The issuer's keys are unavailable; the token may be valid. */
class KeysUnavailableError extends Error {}

/** Verifies tokens of browsers: signature, issuer, audience, lifetime, and the claims `sub`, `role` and `customer_id`. */
export class JwtVerifier {
  private readonly keys: JWTVerifyGetKey;

  constructor(private readonly options: JwtVerifierOptions) {
    this.keys = keysOf(options.jwksUrl);
  }

  /**
   * @throws RequestError UNAUTHENTICATED when the token is invalid
   * @throws RequestError SERVICE_UNAVAILABLE when the issuer's keys are unavailable
   */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      // jose would replace other bytes with U+FFFD: two subjects would become one.
      if (token.split('.', 2).some((part) => !isUtf8(Buffer.from(part, 'base64url'))))
        throw refusal('It is not UTF-8.');
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: [...ALGORITHMS],
        issuer: this.options.issuer,
        audience: this.options.audience,
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: MAX_LIFETIME_S,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: this.options.clock.now(),
      });
      return readClaims(payload);
    } catch (error) {
      if (error instanceof RequestError) throw error;
      if (error instanceof KeysUnavailableError) {
        this.options.onKeysUnavailable?.(error.cause);
        throw new RequestError(
          'SERVICE_UNAVAILABLE',
          'The keys of the token issuer are temporarily unavailable. Try again.',
        );
      }
      throw refusal(reasonOf(error));
    }
  }
}

function keysOf(jwksUrl: URL): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(jwksUrl, { timeoutDuration: KEYS_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const isOfToken = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      throw isOfToken ? error : new KeysUnavailableError('', { cause: error });
    }
  };
}

function readClaims(payload: JWTPayload): VerifiedToken {
  const { sub, iat, exp, role } = payload;
  // jose has verified that these exist and that the times are numbers. TypeScript does not know.
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || exp === undefined || iat === undefined) {
    throw refusal('Its claim "sub" is not a string of 1 to 255 printable characters.');
  }
  if (exp - iat > MAX_LIFETIME_S)
    throw refusal('Its lifetime is longer than 24 hours. Configure the issuer for a shorter one.');
  if (!isRole(role)) throw refusal(`Its claim "role" is not one of ${Object.values(Role).join(', ')}.`);
  return { subject: sub, role, customerId: readCustomer(payload.customer_id, role), expiresAt: new Date(exp * 1000) };
}

function readCustomer(claim: unknown, role: Role): string | null {
  if (role === Role.OPERATOR) {
    if (claim !== undefined && claim !== null)
      throw refusal('A token of an operator must not have the claim "customer_id".');
    return null;
  }
  const digits = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof digits !== 'string' || !isInt64(digits)) {
    throw refusal('Its claim "customer_id" is not the id of a customer.');
  }
  const customerId = BigInt(digits).toString();
  if (customerId === IMPILO_CUSTOMER_ID) throw refusal('Its claim "customer_id" is not the id of a customer.');
  return customerId;
}

function isRole(value: unknown): value is Role {
  return Object.values<unknown>(Role).includes(value);
}

/** Names the rule and the claim, never a value, because the token may come from an attacker. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'It has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIM_REASONS[error.claim] ?? 'One of its claims is invalid.';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'Its signature algorithm is not one of the accepted asymmetric algorithms.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'Its key ("kid", "alg") is not among the keys that the issuer publishes.';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'Its header has no "kid" to select one of the issuer\'s keys.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'Its signature is invalid.';
  return 'It is not a well-formed, signed JWT.';
}

const CLAIM_REASONS: Partial<Record<string, string>> = {
  iss: 'Its issuer ("iss") is not the trusted issuer.',
  aud: 'It was issued for another audience ("aud").',
  exp: 'It has no expiration time ("exp").',
  iat: 'It has no time of issue ("iat"), or one in the future.',
  nbf: 'It is not valid yet ("nbf").',
  sub: 'It has no subject ("sub").',
};

function refusal(reason: string): RequestError {
  return new RequestError('UNAUTHENTICATED', `The token is not accepted. ${reason}`);
}
