import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { CreateApiKeyInput, RevokeApiKeyInput } from './api-key.input';
import { ApiKey } from './api-key.type';
import { createApiKey } from './create-api-key';
import { revokeApiKey } from './revoke-api-key';

export const ApiKeyMutations = mutationResolver(
  mutation(createApiKey, {
    description:
      'Creates an API key. For `ADMIN` and operators. Only operators can create a key with the role `OPERATOR`. Not safe to repeat: a repeated call creates another key.',
    input: [CreateApiKeyInput, 'API key to create.'],
    payload: {
      apiKey: [ApiKey, 'The new API key. Null when it was refused.'],
      secret: [
        String,
        'The key that programs send as their credential. Returned only here: store it now. Null when the API key was refused.',
      ],
    },
  }),
  mutation(revokeApiKey, {
    description:
      'Revokes an API key for good. Every instance refuses the key and closes its WebSockets within 5 seconds. A caller can revoke the key that it calls with. For `ADMIN` and operators. Safe to repeat.',
    input: [RevokeApiKeyInput, 'API key to revoke.'],
    payload: { apiKey: [ApiKey, 'The revoked API key. Null when the revocation was refused.'] },
  }),
);
