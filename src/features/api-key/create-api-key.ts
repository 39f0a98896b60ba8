import { toActorColumns } from '../../platform/access/actor';
import { Role } from '../../platform/access/policy';
import type { Clock } from '../../platform/base/clock';
import { DomainError } from '../../platform/base/errors';
import type { Tx } from '../../platform/db/session';
import type { RequestContext } from '../../platform/operation/request-context';
import { useCase } from '../../platform/operation/use-case';
import { targetCustomer } from '../customer/target-customer';
import type { CreateApiKeyInput } from './api-key.input';
import { apiKeyNameRule, assertExpiresLater } from './api-key-rules';
import { issueApiKey } from './issue-api-key';

export interface ApiKeyParts {
  readonly clock: Clock;
}

/**
 * Creates an API key. This is the only time that its secret is returned.
 *
 * @throws RequestError FORBIDDEN when a caller other than an operator asks for the role OPERATOR
 */
export const createApiKey = useCase(
  {
    name: 'createApiKey',
    action: 'api-key:manage',
    codes: ['REFERENCE_MISSING', 'CUSTOMER_NOT_FOUND', 'TOO_MANY_API_KEYS'],
    input: { name: apiKeyNameRule },
  },
  async (ctx, tx, input: CreateApiKeyInput, { clock }: ApiKeyParts) => {
    const { name, role, expiresAt = null } = input;
    const customerId = await ownerOf(ctx, tx, input);
    assertExpiresLater(expiresAt, clock);
    return issueApiKey(tx, { customerId, name, role, expiresAt, ...toActorColumns('createdBy', ctx.caller.actor) });
  },
);

/** The customer that the key will belong to; null for a key with the role OPERATOR. */
async function ownerOf(ctx: RequestContext, tx: Tx, { role, customerId }: CreateApiKeyInput): Promise<string | null> {
  if (role !== Role.OPERATOR) return targetCustomer(ctx, tx, customerId);
  ctx.authorize('api-key:manage-operators');
  if (customerId == null) return null;
  const message = 'customerId must be omitted for a key with the role OPERATOR.';
  throw new DomainError('INVALID_INPUT', message, ['input', 'customerId']);
}
