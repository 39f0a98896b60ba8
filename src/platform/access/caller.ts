import { customerIdOf, OPERATOR_SCOPE, type Scope } from '../db/scope';
import { ActorKind, type ActorValue } from './actor';
import { Role } from './policy';

/** Who calls, once the credential has been checked. */
export interface Caller {
  readonly role: Role;
  readonly scope: Extract<Scope, { kind: 'customer' | 'operator' }>;
  readonly actor: ActorValue;
  /** When the credential stops being good; sockets are closed then. */
  readonly expiresAt: Date | null;
}

/**
 * @param customerId null for operators and for nobody else
 * @param actor how the caller proved who it is; that of an operator is of the kind OPERATOR either way
 */
export function createCaller(role: Role, customerId: string | null, actor: ActorValue, expiresAt: Date | null): Caller {
  if ((role === Role.OPERATOR) !== (customerId === null))
    throw new Error('Operators act for no customer, all others for one.');
  return {
    role,
    scope: customerId === null ? OPERATOR_SCOPE : { kind: 'customer', customerId },
    actor: customerId === null ? { ...actor, kind: ActorKind.OPERATOR, apiKeyId: null } : actor,
    expiresAt,
  };
}

/** What traces have of a caller. */
export function traceOfCaller({ role, scope }: Caller) {
  return { role, customerId: customerIdOf(scope) };
}
