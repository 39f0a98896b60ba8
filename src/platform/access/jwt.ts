import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { IMPILO_CUSTOMER_ID } from '../db/scope';
import type { Clock } from '../base/clock';
import { RequestError } from '../base/errors';
import { isInt64 } from '../base/int64';
import { Role } from './policy';

/** Signatures with a private key only: with HS256, whoever knows the public key could sign. */
const ALGORITHMS = [
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

/** How far the issuer's clock and ours may be apart. */
const CLOCK_TOLERANCE_S = 5;

/** A browser's token cannot be revoked, so it has to be short-lived; a day is the most that passes for that. */
const MAX_LIFETIME_S = 24 * 60 * 60;

const KEYS_TIMEOUT_MS = 3_000;
/** OpenID Connect's limit. The subject is stored as the actor of changes, and PostgreSQL takes no NUL. */
const SUBJECT = /^[^\p{Cc}]{1,255}$/u;

export interface JwtVerifierOptions {
  /** Where the issuer publishes its public keys. They are fetched when first needed and kept for 10 minutes. */
  jwksUrl: URL;
  issuer: string;
  audience: string;
  clock: Clock;
  /** Told why the keys could not be had: the caller only learns that they could not. */
  onKeysUnavailable?: (reason: unknown) => void;
}

/** What a good token says. */
export interface VerifiedToken {
  subject: string;
  role: Role;
  /** Null for operators. Whether this customer exists is not known yet. */
  customerId: string | null;
  expiresAt: Date;
}

/** The issuer's keys could not be had: says nothing about the token. */
class KeysUnavailableError extends Error {}

/** Checks the tokens of browsers: signature, issuer, audience, lifetime, and the claims `sub`, `role` and `customer_id`. */
export class JwtVerifier {
  private readonly keys: JWTVerifyGetKey;

  constructor(private readonly options: JwtVerifierOptions) {
    this.keys = keysOf(options.jwksUrl);
  }

  /**
   * @throws RequestError UNAUTHENTICATED when the token is not good
   * @throws RequestError SERVICE_UNAVAILABLE when the issuer's keys cannot be had
   */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ALGORITHMS,
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
          'The keys that tokens are checked with cannot be had just now. Try again.',
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
  // jose has checked that these are there and that the times are numbers; TypeScript does not know.
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || exp === undefined || iat === undefined) {
    throw refusal('Its claim "sub" is not a text of 1 to 255 printable characters.');
  }
  if (exp - iat > MAX_LIFETIME_S) throw refusal('It lives for longer than 24 hours: have short-lived tokens issued.');
  if (!isRole(role)) throw refusal(`Its claim "role" is not one of ${Object.values(Role).join(', ')}.`);
  return { subject: sub, role, customerId: readCustomer(payload.customer_id, role), expiresAt: new Date(exp * 1000) };
}

function readCustomer(claim: unknown, role: Role): string | null {
  if (role === Role.OPERATOR) {
    if (claim !== undefined && claim !== null)
      throw refusal('An operator acts for no customer, and it has a "customer_id".');
    return null;
  }
  const digits = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof digits !== 'string' || !isInt64(digits)) {
    throw refusal('Its claim "customer_id" is not the number of a customer.');
  }
  const customerId = BigInt(digits).toString();
  if (customerId === IMPILO_CUSTOMER_ID) throw refusal('Its claim "customer_id" is not the number of a customer.');
  return customerId;
}

function isRole(value: unknown): value is Role {
  return Object.values<unknown>(Role).includes(value);
}

/** Names the rule and the claim, never a value: the token may have been made by anybody. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'It has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIM_REASONS[error.claim] ?? 'One of its claims is not right.';
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'Its algorithm is not an asymmetric signature that is accepted here.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'Its key ("kid", "alg") is not one that the issuer publishes.';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'Its header does not say by "kid" which of the issuer\'s keys it is.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'Its signature does not fit.';
  return 'It is not a well-formed, signed JWT.';
}

const CLAIM_REASONS: Partial<Record<string, string>> = {
  iss: 'Its issuer ("iss") is not the one that is trusted here.',
  aud: 'It was issued for another audience ("aud").',
  exp: 'It does not say until when it is good ("exp").',
  iat: 'It does not say when it was issued, or a time to come ("iat").',
  nbf: 'It is not good yet ("nbf").',
  sub: 'It does not say whose it is ("sub").',
};

function refusal(reason: string): RequestError {
  return new RequestError('UNAUTHENTICATED', `The token is not accepted. ${reason}`);
}
