import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { CONNECT_TIMEOUT_MS } from '../db/connection';
import type { Database } from '../db/database';
import { ACCESS_SCOPE } from '../db/scope';
import type { Session } from '../db/session';
import type { Clock } from '../base/clock';
import { RequestError } from '../base/errors';
import { FairQueue } from '../base/fair-queue';
import { ActorKind, type ActorValue } from './actor';
import type { AddressLimit } from './address-limit';
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

/** About 150 bytes each. */
const MAX_ACCEPTED = 10_000;
const LOOKUPS_OF_ADDRESS = 8;
const MAX_WAITING_LOOKUPS = 2_000;

/** A built-in key for the demo data. It is not stored in the database. */
export interface DemoKey {
  readonly key: string;
  readonly role: Role;
  /** Null for an operator. */
  readonly customerId: string | null;
  readonly label: string;
}

interface KnownCustomer {
  id: string;
  /** Null while the customer is active. */
  deactivatedAt: Date | null;
}

export interface AccessDependencies {
  database: Database;
  /** Omitted where no issuer is configured; all tokens are rejected then. */
  jwt?: JwtVerifier;
  /** Empty unless DEMO is on. */
  demoKeys: readonly DemoKey[];
  clock: Clock;
  /** Finds the customer of a key or a token. */
  findCustomer: (session: Session, customerId: string) => Promise<KnownCustomer | undefined>;
  /** Limits wrong credentials by address. Omitted where no strangers call. */
  addresses?: AddressLimit;
  /** Receives the id of each API key that is accepted. Must not wait. */
  onKeyUsed?: (id: string) => void;
}

/** A new key: a prefix that scanners for leaked secrets can recognize, then 256 random bits. */
export function generateApiKey(): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

export function hashApiKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** Authenticates callers. */
export class AccessService {
  private readonly demoKeys: readonly { hash: Buffer; demoKey: DemoKey }[];
  private readonly apiKeys: TtlCache<ApiKeyEntity>;
  private readonly customers: TtlCache<KnownCustomer>;
  /**
   * Keys that were accepted, by hash, with their demo key. They are looked up again whatever else their address sends.
   */
  private readonly accepted = new LRUCache<string, { readonly demoKey: DemoKey | undefined }>({ max: MAX_ACCEPTED });
  /** Callers by what they were made of: the current row of an API key, or a demo key. */
  private readonly callers = new WeakMap<ApiKeyEntity | DemoKey, Caller>();
  /** Lookups of other keys, by address: few at a time, so that what is refused counts before the next one. */
  private readonly lookups = new FairQueue({
    places: Infinity,
    placesOf: () => LOOKUPS_OF_ADDRESS,
    waitersPerOwner: MAX_WAITING_LOOKUPS,
    waitMs: CONNECT_TIMEOUT_MS,
  });

  constructor(private readonly deps: AccessDependencies) {
    const session = deps.database.session(ACCESS_SCOPE);
    this.demoKeys = deps.demoKeys.map((demoKey) => ({ hash: hashApiKey(demoKey.key), demoKey }));
    // Keyed by hash, so that a memory dump of the cache shows no API key.
    this.apiKeys = new TtlCache((hash) => findApiKeyByHash(session, Buffer.from(hash, 'base64url')));
    this.customers = new TtlCache((id) => deps.findCustomer(session, id));
  }

  /**
   * The caller of an API key that was accepted before, if all that `authenticate` would look up is in memory, and is as it must be.
   * Otherwise undefined.
   */
  knownCaller(credential: Credential): Caller | undefined {
    if (credential.kind === 'jwt') return undefined;
    const id = hash('sha256', credential.key, 'base64url');
    const accepted = this.accepted.get(id);
    if (!accepted) return undefined;
    const source = accepted.demoKey ?? this.apiKeys.cachedRow(id);
    if (!source) return undefined;
    const { customerId } = source;
    if (customerId !== null && this.customers.cachedRow(customerId)?.deactivatedAt !== null) return undefined;
    if (source === accepted.demoKey) return this.callerOfDemoKey(accepted.demoKey);
    const row = source as ApiKeyEntity;
    return this.refusalOf(row) === undefined ? this.callerOfRow(row) : undefined;
  }

  /**
   * @param address of the client; omitted where its credential was accepted before
   * @throws RequestError UNAUTHENTICATED when the credential is unknown, expired or revoked, or its customer is deactivated
   * @throws RequestError RATE_LIMITED instead, when the address has sent too many wrong ones
   * @throws RequestError SERVICE_UNAVAILABLE when a token temporarily cannot be verified
   */
  async authenticate(credential: Credential, address?: string): Promise<Caller> {
    if (credential.kind === 'jwt') return this.counted(address, () => this.authenticateToken(credential.token));
    const hash = hashApiKey(credential.key);
    const id = hash.toString('base64url');
    const authenticate = async () => {
      const demoKey = this.findDemoKey(hash);
      const caller = await (demoKey ? this.authenticateDemoKey(demoKey) : this.authenticateKey(credential.key, id));
      this.accepted.set(id, { demoKey });
      return caller;
    };
    if (address === undefined || this.accepted.has(id)) return this.counted(address, authenticate);
    const leave = await this.lookups.enter(address).catch(() => undefined);
    try {
      if (!leave) throw new RequestError('SERVICE_UNAVAILABLE', 'Too many keys are being checked. Try again.');
      this.deps.addresses?.assertMayTry(address);
      return await this.counted(address, authenticate);
    } finally {
      leave?.();
    }
  }

  /**
   * Reads a credential, and counts its absence.
   *
   * @throws RequestError UNAUTHENTICATED, or RATE_LIMITED instead
   */
  read(address: string, read: () => Credential): Credential {
    try {
      return read();
    } catch (error) {
      this.deps.addresses?.assertMayTry(address);
      this.deps.addresses?.refusedWithout(address);
      throw error;
    }
  }

  /** Counts a refused credential. The one that is too much is refused as such. */
  private async counted(address: string | undefined, authenticate: () => Promise<Caller>): Promise<Caller> {
    try {
      return await authenticate();
    } catch (error) {
      if (address !== undefined && error instanceof RequestError && error.code === 'UNAUTHENTICATED') {
        this.deps.addresses?.assertMayTry(address);
        this.deps.addresses?.refusedWrong(address);
      }
      throw error;
    }
  }

  /**
   * Whether a credential is still valid; checked periodically for open sockets.
   *
   * Of a token, only the customer is checked: it cannot be revoked, and it expires at a known time.
   *
   * @throws the errors of `authenticate` that are not about the credential: its validity is unknown then
   */
  async isStillValid(credential: Credential, { scope }: Pick<Caller, 'scope'>): Promise<boolean> {
    if (credential.kind === 'jwt')
      return scope.kind !== 'customer' || (await this.customers.get(scope.customerId))?.deactivatedAt === null;
    try {
      await this.authenticate(credential);
      return true;
    } catch (error) {
      if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
  }

  /** Milliseconds until the credential of a caller expires. Infinity for one that never does. */
  expiresInMs({ expiresAt }: Pick<Caller, 'expiresAt'>): number {
    return expiresAt ? expiresAt.getTime() - this.deps.clock.now().getTime() : Infinity;
  }

  private async authenticateDemoKey(demoKey: DemoKey): Promise<Caller> {
    await this.assertActive(demoKey.customerId);
    return this.callerOfDemoKey(demoKey);
  }

  /** @param id its hash */
  private async authenticateKey(key: string, id: string): Promise<Caller> {
    // A malformed key costs no statement.
    const row = KEY.test(key) ? await this.apiKeys.get(id) : undefined;
    if (!row) throw unauthenticated('This API key is unknown.');
    const refusal = this.refusalOf(row);
    if (refusal !== undefined) throw unauthenticated(refusal);
    await this.assertActive(row.customerId);
    return this.callerOfRow(row);
  }

  /** Why a key is not valid, apart from its customer. */
  private refusalOf(row: ApiKeyEntity): string | undefined {
    if (row.revokedAt) return 'This API key has been revoked.';
    return this.expiresInMs(row) <= 0 ? 'This API key has expired.' : undefined;
  }

  private callerOfRow(row: ApiKeyEntity): Caller {
    this.deps.onKeyUsed?.(row.id);
    return this.callerOf(row, () => createCaller(row.role, row.customerId, byKey(row.name, row.id), row.expiresAt));
  }

  private callerOfDemoKey(demoKey: DemoKey): Caller {
    const { role, customerId, label } = demoKey;
    return this.callerOf(demoKey, () => createCaller(role, customerId, byKey(label, null), null));
  }

  private callerOf(source: ApiKeyEntity | DemoKey, create: () => Caller): Caller {
    let caller = this.callers.get(source);
    if (!caller) this.callers.set(source, (caller = create()));
    return caller;
  }

  /** @param customerId of a key; null for operators */
  private async assertActive(customerId: string | null): Promise<void> {
    const customer = customerId === null ? undefined : await this.customers.get(customerId);
    if (customer?.deactivatedAt) throw unauthenticated('The customer of this API key is deactivated.');
  }

  /** Compares all demo keys in constant time, even after a match, so that timing reveals nothing about them. */
  private findDemoKey(hash: Buffer): DemoKey | undefined {
    return this.demoKeys.filter((known) => timingSafeEqual(known.hash, hash))[0]?.demoKey;
  }

  private async authenticateToken(token: string): Promise<Caller> {
    if (!this.deps.jwt) throw unauthenticated('This gateway does not accept JWTs. Use an API key.');
    const { role, customerId, subject, expiresAt } = await this.deps.jwt.verify(token);
    if (customerId !== null) {
      const customer = await this.customers.get(customerId);
      if (!customer)
        throw unauthenticated('The token is not accepted. Its claim "customer_id" does not name an existing customer.');
      if (customer.deactivatedAt) throw unauthenticated('The token is not accepted. Its customer is deactivated.');
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
