import { apiKeyTable } from '../../platform/access/api-key.entity';
import { Role } from '../../platform/access/policy';
import { owned, raw } from '../../platform/db/sql';
import { anyOf, during, filterMember, idsOf, present } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';

/** The key is neither revoked nor expired. Never null, so that its negation selects all other keys. */
export const IS_ACTIVE = raw('(a.revoked_at is null and (a.expires_at is null or a.expires_at > now()))');
const IS_INACTIVE = raw('(a.revoked_at is not null or a.expires_at <= now())');

/** A key of an operator belongs to no customer, so the primary key is the id alone. */
export const API_KEYS = defineList({
  type: 'ApiKey',
  name: 'api_keys',
  table: apiKeyTable,
  alias: 'a',
  shared: true,
  owned: owned('a'),
  /** Reading keys requires more than `data:read`, also through `node`. */
  action: 'api-key:manage',
  filters: {
    active: filterMember(
      Boolean,
      (active) => (active ? IS_ACTIVE : IS_INACTIVE),
      'If true, keys that are neither revoked nor expired. If false, keys that are revoked or expired.',
    ),
    used: present('a.last_used_at', 'If true, keys that have been used. If false, keys that were never used.'),
    roles: anyOf(Role, 'a.role', 'Keys with any of these roles.'),
    createdAt: during('a.created_at', 'Keys created in this range.'),
    expiresAt: during('a.expires_at', 'Keys that expire in this range.'),
    lastUsedAt: during(
      'a.last_used_at',
      'Keys whose latest use was in this range, by the start of its hour. Keys that were never used do not match.',
    ),
    customerIds: idsOf('Customer', 'a.customer_id', 'Keys of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    NAME: byName('a.name_fold', 'By name, ignoring case and accents.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('a.name_fold'),
    description: 'Keys whose name starts with this text, ignoring case and accents.',
  },
});

export const apiKeyById = nodeLoader(API_KEYS);
