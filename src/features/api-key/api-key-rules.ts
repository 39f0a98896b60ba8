import type { Clock } from '../../platform/base/clock';
import { DomainError } from '../../platform/base/errors';
import { defineLimit, noteLimitReached } from '../../platform/base/limit';
import { line } from '../../platform/operation/input-rules';

/** Few enough that a person can review them. */
export const MAX_ACTIVE_KEYS = defineLimit('active API keys', {
  value: 100,
  unit: 'keys',
  description:
    'Number of keys of a customer, or of all operators, that are neither revoked nor expired. More is TOO_MANY_API_KEYS.',
});

export const apiKeyNameRule = line(100);

/** @throws DomainError INVALID_INPUT */
export function assertExpiresLater(expiresAt: Date | null, clock: Clock): void {
  if (expiresAt === null || expiresAt > clock.now()) return;
  const message = 'expiresAt must be in the future.';
  throw new DomainError('INVALID_INPUT', message, ['input', 'expiresAt']);
}

/** @throws DomainError TOO_MANY_API_KEYS */
export function assertBelowMaximum(active: number, customerId: string | null): void {
  if (active < MAX_ACTIVE_KEYS) return;
  noteLimitReached('active API keys');
  const owner = customerId === null ? 'Operators have' : 'The customer has';
  const message = `${owner} ${MAX_ACTIVE_KEYS} active API keys, the maximum. Revoke keys that are no longer used.`;
  throw new DomainError('TOO_MANY_API_KEYS', message);
}
