/**
 * The party that a statement runs for. It determines the database role and thereby the row-level security policies:
 * a customer's own rows, all rows for an operator, keys and events for the gateway's workers.
 */
export type Scope =
  | { readonly kind: 'customer'; readonly customerId: string }
  | { readonly kind: 'operator' }
  | { readonly kind: 'system'; readonly purpose: SystemPurpose };

/**
 * The gateway's own work, with its number of connections. Each purpose has connections of its own, so that none waits for another
 * that is stuck.
 */
export const SYSTEM_PURPOSES = {
  /** Callers: keys and customers. */
  access: 2,
  /** Positions of events, and reading them. */
  stream: 2,
  /** Planning of webhook deliveries: one to queue events, one for the customers that are behind, two for the others. */
  planning: 4,
  /** Claiming webhook deliveries. A claim does not wait for the records of those before. */
  claims: 1,
  /** Recording the outcome of webhook deliveries: one for each customer at a time. */
  delivery: 2,
  /** Short statements at intervals: the clock, whether the database accepts writes, lag, rate limits. */
  watch: 2,
  /** Pruning, partitions, the use of keys. */
  upkeep: 2,
} as const;
export type SystemPurpose = keyof typeof SYSTEM_PURPOSES;

/** Connections of the gateway's own work. */
export const SYSTEM_CONNECTIONS = Object.values<number>(SYSTEM_PURPOSES).reduce((sum, one) => sum + one, 0);
export const OPERATOR_CONNECTIONS = 5;
/** Connections of an instance other than those of customers: of operators, of its own work, a listener and a probe. */
export const OWN_CONNECTIONS = OPERATOR_CONNECTIONS + SYSTEM_CONNECTIONS + 2;

export const OPERATOR_SCOPE = { kind: 'operator' } as const satisfies Scope;
export const ACCESS_SCOPE = { kind: 'system', purpose: 'access' } as const satisfies Scope;
export const STREAM_SCOPE = { kind: 'system', purpose: 'stream' } as const satisfies Scope;
export const PLANNING_SCOPE = { kind: 'system', purpose: 'planning' } as const satisfies Scope;
export const CLAIMS_SCOPE = { kind: 'system', purpose: 'claims' } as const satisfies Scope;
export const DELIVERY_SCOPE = { kind: 'system', purpose: 'delivery' } as const satisfies Scope;
export const WATCH_SCOPE = { kind: 'system', purpose: 'watch' } as const satisfies Scope;
/** Upkeep, and programs. */
export const SYSTEM_SCOPE = { kind: 'system', purpose: 'upkeep' } as const satisfies Scope;

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
