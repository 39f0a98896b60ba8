import { apiKeyTable } from '../../platform/access/api-key.entity';
import { Role } from '../../platform/access/policy';
import { owned, raw } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';

/** The key is neither revoked nor expired. Never null, so that its negation selects all other keys. */
export const IS_ACTIVE = raw('(k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))');
const IS_INACTIVE = raw('(k.revoked_at is not null or k.expires_at <= now())');

/** A key of an operator belongs to no customer, so the primary key is the id alone. */
export const API_KEYS = defineList({
  type: 'ApiKey',
  name: 'api_keys',
  table: apiKeyTable,
  alias: 'k',
  shared: true,
  owned: owned('k'),
  /** Reading keys requires more than `data:read`, also through `node`. */
  action: 'api-key:manage',
  filters: {
    active: filterMember(
      Boolean,
      (active) => (active ? IS_ACTIVE : IS_INACTIVE),
      'If true, keys that are neither revoked nor expired. If false, keys that are revoked or expired.',
    ),
    used: present('k.last_used_at', 'If true, keys that have been used. If false, keys that were never used.'),
    roles: anyOf(Role, 'k.role', 'Keys with any of these roles.'),
    createdAt: during('k.created_at', 'Keys created in this range.'),
    expiresAt: during('k.expires_at', 'Keys that expire in this range.'),
    lastUsedAt: during(
      'k.last_used_at',
      'Keys whose latest use was in this range, by the start of its hour. Keys that were never used do not match.',
    ),
    customerIds: idsOf('Customer', 'k.customer_id', 'Keys of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    NAME: byName('k.name_key', 'By name, ignoring case.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('k.name_key'),
    description: 'Keys whose name starts with this text, ignoring case.',
  },
});

export const apiKeyById = nodeLoader(API_KEYS);
