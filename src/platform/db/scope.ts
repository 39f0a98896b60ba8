/**
 * The party that a statement runs for. It determines the database role and thereby the row-level security policies:
 * a customer's own rows, all rows for an operator, keys and events for the gateway's workers.
 */
export type Scope =
  | { readonly kind: 'customer'; readonly customerId: string }
  | { readonly kind: 'operator' }
  | { readonly kind: 'system' };

export const OPERATOR_SCOPE = { kind: 'operator' } as const satisfies Scope;
export const SYSTEM_SCOPE = { kind: 'system' } as const satisfies Scope;

/** The owner of the warehouses. No caller acts for it. */
export const IMPILO_CUSTOMER_ID = '0';

export const DATABASE_ROLES: Record<Scope['kind'], string> = {
  customer: 'gateway_customer',
  operator: 'gateway_operator',
  system: 'gateway_worker',
};

/** The customer of the scope; null for operators and workers. */
export function customerIdOf(scope: Scope): string | null {
  return scope.kind === 'customer' ? scope.customerId : null;
}

/** A key that differs between scopes with different visible rows. Part of cache keys and cursors. */
export function scopeKey(scope: Scope): string {
  return scope.kind === 'customer' ? `customer:${scope.customerId}` : scope.kind;
}
