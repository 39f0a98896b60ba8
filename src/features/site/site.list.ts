import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { all, bigint, oneOf, raw, scoped, sql } from '../../platform/db/sql';
import { defineList, ids, OLDEST_FIRST } from '../../platform/list/definition';
import { isNull, startsWith } from '../../platform/list/filter';
import { nodeLoader } from '../../platform/list/loader';
import { SiteOperator } from './site-operator';
import { siteTable, type SiteEntity } from './site.entity';
import type { SiteFilter } from './site.input';

const IMPILO = raw(IMPILO_CUSTOMER_ID);

/** Sites of the scope, and Impilo's warehouses, which every customer sees as the place where a device is. */
export const SITES = defineList<SiteEntity, SiteFilter>({
  type: 'Site',
  name: 'sites',
  table: siteTable,
  alias: 's',
  owned: scoped((scope) =>
    scope.kind === 'customer' ? sql`s.customer_id in (${bigint(scope.customerId)}, ${IMPILO})` : all(),
  ),
  filters: {
    name: startsWith('s.name_key'),
    active: isNull('s.deactivated_at'),
    operatedBy: (operator) =>
      operator === SiteOperator.IMPILO ? sql`s.customer_id = ${IMPILO}` : sql`s.customer_id <> ${IMPILO}`,
    customerId: ids('Customer', (customers) => oneOf('s.customer_id', customers, 'bigint')),
  },
  ...OLDEST_FIRST,
});

export const siteById = nodeLoader(SITES);
