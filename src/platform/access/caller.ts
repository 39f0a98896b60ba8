import { customerIdOf, OPERATOR_SCOPE, type Scope } from '../db/scope';
import { ActorKind, type ActorValue } from './actor';
import { Role } from './policy';

/** The authenticated caller. */
export interface Caller {
  readonly role: Role;
  readonly scope: Extract<Scope, { kind: 'customer' | 'operator' }>;
  readonly actor: ActorValue;
  /** The API key, with the name that it has. Null for a token; its subject may be a person. The id is null for demo keys. */
  readonly key: { readonly name: string; readonly id: string | null } | null;
  /** Identifies the key or the subject of the token among all callers, including callers of other customers. */
  readonly identity: string;
  /** Expiry of the credential; the caller's sockets are closed then. */
  readonly expiresAt: Date | null;
}

/**
 * @param customerId null for operators only
 * @param actor an operator's actor gets the kind OPERATOR, with a key or with a token
 */
export function createCaller(role: Role, customerId: string | null, actor: ActorValue, expiresAt: Date | null): Caller {
  if ((role === Role.OPERATOR) !== (customerId === null))
    throw new Error('Operators have no customer; all other roles require one.');
  return {
    role,
    scope: customerId === null ? OPERATOR_SCOPE : { kind: 'customer', customerId },
    key: actor.kind === ActorKind.API_KEY ? { name: actor.label, id: actor.apiKeyId } : null,
    // A key is the same key under any name. Demo keys have only their names.
    identity: JSON.stringify([customerId, actor.kind, actor.apiKeyId, actor.apiKeyId === null ? actor.label : null]),
    actor: customerId === null ? { ...actor, kind: ActorKind.OPERATOR, apiKeyId: null } : actor,
    expiresAt,
  };
}

/** The caller's part of a trace. */
export function traceOfCaller({ role, scope }: Caller) {
  return { role, customerId: customerIdOf(scope) };
}
