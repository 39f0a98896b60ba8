import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../db/database';
import { SYSTEM_SCOPE } from '../db/scope';
import type { Session } from '../db/session';
import type { Clock } from '../base/clock';
import { RequestError } from '../base/errors';
import { ActorKind, type ActorValue } from './actor';
import type { ApiKeyEntity } from './api-key.entity';
import { findApiKeyByHash } from './api-key.repository';
import { createCaller, type Caller } from './caller';
import type { Credential } from './credential';
import type { JwtVerifier } from './jwt';
import { TtlCache } from '../base/ttl-cache';
import type { Role } from './policy';

const KEY_PREFIX = 'dgk_';
const KEY_BYTES = 32;
const KEY = /^dgk_[\w-]{43}$/;

/** A key that is known without the database, for the demo data only. */
export interface DemoKey {
  readonly key: string;
  readonly role: Role;
  /** Null for an operator. */
  readonly customerId: string | null;
  readonly label: string;
}

export interface AccessDependencies {
  database: Database;
  /** Left out where no issuer is configured: tokens are refused then. */
  jwt?: JwtVerifier;
  /** Empty unless DEMO is on: no other demo key is ever taken. */
  demoKeys: readonly DemoKey[];
  clock: Clock;
  /** A token may name any customer. */
  findCustomer: (session: Session, customerId: string) => Promise<{ id: string } | undefined>;
}

/** A new key: 256 random bits behind a prefix by which scanners of leaked secrets can find it. */
export function generateApiKey(): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Finds out who calls. */
export class AccessService {
  private readonly demoKeys: readonly { hash: Buffer; demoKey: DemoKey }[];
  private readonly apiKeys: TtlCache<ApiKeyEntity>;
  private readonly customers: TtlCache<{ id: string }>;

  constructor(private readonly deps: AccessDependencies) {
    const session = deps.database.session(SYSTEM_SCOPE);
    this.demoKeys = deps.demoKeys.map((demoKey) => ({ hash: hashApiKey(demoKey.key), demoKey }));
    // By hash, so that no memory dump of the cache shows a key.
    this.apiKeys = new TtlCache((hash) => findApiKeyByHash(session, Buffer.from(hash, 'base64url')));
    this.customers = new TtlCache((id) => deps.findCustomer(session, id));
  }

  /**
   * @throws RequestError UNAUTHENTICATED for a credential that is not known, or not good any more
   * @throws RequestError SERVICE_UNAVAILABLE when a token cannot be checked just now
   */
  authenticate(credential: Credential): Promise<Caller> {
    return credential.kind === 'jwt' ? this.authenticateToken(credential.token) : this.authenticateKey(credential.key);
  }

  /**
   * Whether a credential that was good is so still; long-lived sockets ask again and again.
   *
   * @throws what `authenticate` throws for other reasons than the credential: then nothing is known about it
   */
  async isStillValid(credential: Credential): Promise<boolean> {
    try {
      await this.authenticate(credential);
      return true;
    } catch (error) {
      if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
  }

  private async authenticateKey(key: string): Promise<Caller> {
    const hash = hashApiKey(key);
    const demoKey = this.findDemoKey(hash);
    if (demoKey) return createCaller(demoKey.role, demoKey.customerId, byKey(demoKey.label, null), null);

    // Guesses of another shape cost no statement.
    const row = KEY.test(key) ? await this.apiKeys.get(hash.toString('base64url')) : undefined;
    if (!row) throw unauthenticated('This API key is not known.');
    if (row.revokedAt) throw unauthenticated('This API key has been revoked.');
    if (row.expiresAt && row.expiresAt <= this.deps.clock.now()) throw unauthenticated('This API key has expired.');
    return createCaller(row.role, row.customerId, byKey(row.name, row.id), row.expiresAt);
  }

  /** Looks at all of them, equal ones too: the time that it takes does not tell which one was nearly met. */
  private findDemoKey(hash: Buffer): DemoKey | undefined {
    return this.demoKeys.filter((known) => timingSafeEqual(known.hash, hash))[0]?.demoKey;
  }

  private async authenticateToken(token: string): Promise<Caller> {
    if (!this.deps.jwt) throw unauthenticated('This gateway takes no JWTs: use an API key.');
    const { role, customerId, subject, expiresAt } = await this.deps.jwt.verify(token);
    if (customerId !== null && !(await this.customers.get(customerId))) {
      throw unauthenticated('The token is not accepted. Its claim "customer_id" names no customer.');
    }
    return createCaller(role, customerId, { kind: ActorKind.USER, label: subject, apiKeyId: null }, expiresAt);
  }
}

function byKey(label: string, apiKeyId: string | null): ActorValue {
  return { kind: ActorKind.API_KEY, label, apiKeyId };
}

function unauthenticated(message: string): RequestError {
  return new RequestError('UNAUTHENTICATED', message);
}
