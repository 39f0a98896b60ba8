import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { all, bigint, raw, scoped, sql } from '../../platform/db/sql';
import { absent, during, filterMember, idsOf } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { SiteOperator } from './site-operator';
import { siteTable } from './site.entity';

const IMPILO = raw(IMPILO_CUSTOMER_ID);

/** Sites of the scope, and Impilo's warehouses, which every customer sees as the place where a device is. */
export const SITES = defineList({
  type: 'Site',
  name: 'sites',
  table: siteTable,
  alias: 's',
  owned: scoped((scope) =>
    scope.kind === 'customer' ? sql`s.customer_id in (${bigint(scope.customerId)}, ${IMPILO})` : all(),
  ),
  filters: {
    active: absent('s.deactivated_at', 'With true, sites that are active; with false, those that are not.'),
    operatedBy: filterMember(
      SiteOperator,
      (operator) =>
        operator === SiteOperator.IMPILO ? sql`s.customer_id = ${IMPILO}` : sql`s.customer_id <> ${IMPILO}`,
      'Sites that are run by a customer, or by Impilo.',
    ),
    createdAt: during('s.created_at', 'Sites that were created in this range.'),
    updatedAt: during('s.updated_at', 'Sites that were changed last in this range.'),
    customerIds: idsOf('Customer', 's.customer_id', 'Sites of any of these customers; for operators.'),
  },
  sorts: {
    CREATED_AT: byId('By when they were created.'),
    NAME: byName('s.name_key', 'By name, whatever the case.'),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: { condition: startsWith('s.name_key'), description: 'Sites whose name starts with this, whatever the case.' },
});

export const siteById = nodeLoader(SITES);
