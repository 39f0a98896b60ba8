import { Role } from '../../src/platform/access/policy';
import type { CallerName, TestApp } from '../support/test-app';

export type Caller = CallerName | { key: string };

export interface ApiKeyNode {
  id: string;
  databaseId: string;
  name: string;
  role: Role;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  customer: { databaseId: string } | null;
  createdBy: { __typename: string; displayName: string } | null;
  revokedBy: { __typename: string; displayName: string } | null;
}

interface Payload {
  apiKey: ApiKeyNode | null;
  userErrors: { code: string; message: string; path: string[] | null }[];
}

export const API_KEY = `id databaseId name role createdAt expiresAt revokedAt lastUsedAt customer { databaseId }
  createdBy { __typename displayName } revokedBy { __typename displayName }`;
const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey { ${API_KEY} } secret userErrors { code message path } } }`;
const REVOKE = `mutation ($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { apiKey { ${API_KEY} } userErrors { code message path } } }`;

/** An input that is valid for ADMIN of a customer. */
export const MEMBER_KEY = { name: 'EHR sync', role: Role.MEMBER };

export const createApiKey = (app: TestApp, caller: Caller, input: object = MEMBER_KEY) =>
  app.query<{ createApiKey: Payload & { secret: string | null } }>(caller, CREATE, { input });

export const revokeApiKey = (app: TestApp, caller: Caller, apiKeyId: string) =>
  app.query<{ revokeApiKey: Payload }>(caller, REVOKE, { input: { apiKeyId } });

/** Creates a key that must not be refused. */
export async function newApiKey(
  app: TestApp,
  caller: Caller,
  input: object = MEMBER_KEY,
): Promise<{ apiKey: ApiKeyNode; secret: string }> {
  const { data, errors } = await createApiKey(app, caller, input);
  if (errors || !data.createApiKey.apiKey) throw new Error(JSON.stringify({ data, errors }));
  return { apiKey: data.createApiKey.apiKey, secret: data.createApiKey.secret! };
}

/** Names of the keys that a filter selects, oldest first. */
export async function namesOfKeys(app: TestApp, caller: Caller, filter: object = {}): Promise<string[]> {
  const { apiKeys } = await app.data<{ apiKeys: { nodes: { name: string }[] } }>(
    caller,
    'query ($filter: ApiKeyFilter) { apiKeys(first: 100, filter: $filter) { nodes { name } } }',
    { filter },
  );
  return apiKeys.nodes.map(({ name }) => name);
}

/** All rows as text, to see that nothing was written. Uses of keys are recorded in the background. */
export async function storedKeys(app: TestApp): Promise<string[]> {
  const { rows } = await app.admin.query<{ row: string }>(
    `select (to_jsonb(k) - 'last_used_at')::text as row from api_key k order by id`,
  );
  return rows.map(({ row }) => row);
}
