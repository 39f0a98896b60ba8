import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { raw, sql } from '../../platform/db/sql';
import { absent, during, filterMember, idsOf } from '../../platform/graphql/filter-members';
import { defineList, SortDirection } from '../../platform/list/definition';
import { startsWith } from '../../platform/list/filter';
import { byId, byName, indexedForOperators } from '../../platform/list/keyset';
import { nodeLoader } from '../../platform/list/loader';
import { SiteOperator } from './site-operator';
import { siteTable } from './site.entity';

const IMPILO = raw(IMPILO_CUSTOMER_ID);

/** Sites of the scope, and Impilo's warehouses: every customer can see where its devices are. */
export const SITES = defineList({
  type: 'Site',
  name: 'sites',
  table: siteTable,
  alias: 's',
  alsoOf: IMPILO_CUSTOMER_ID,
  filters: {
    active: absent('s.deactivated_at', 'If true, active sites. If false, inactive sites.'),
    operatedBy: filterMember(
      SiteOperator,
      (operator) =>
        operator === SiteOperator.IMPILO ? sql`s.customer_id = ${IMPILO}` : sql`s.customer_id <> ${IMPILO}`,
      'Sites with this operator.',
    ),
    createdAt: during('s.created_at', 'Sites created in this range.'),
    updatedAt: during('s.updated_at', 'Sites whose latest change was in this range.'),
    customerIds: idsOf('Customer', 's.customer_id', 'Sites of any of these customers. For operators.'),
  },
  sorts: {
    CREATED_AT: byId('By creation time.'),
    NAME: indexedForOperators(byName('s.name_fold', 'By name, ignoring case and accents.')),
  },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: {
    condition: startsWith('s.name_fold'),
    description: 'Sites whose name starts with this text, ignoring case and accents.',
  },
});

export const siteById = nodeLoader(SITES);
