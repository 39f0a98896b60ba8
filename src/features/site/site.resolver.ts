import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { computed, defineFields, link } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { SiteOperator } from './site-operator';
import type { SiteEntity } from './site.entity';
import { siteById, SITES } from './site.list';
import { Site, SiteConnection } from './site.type';

export const siteQueries = queryResolver({
  site: nodeQuery(Site, siteById, 'One site by its id; null when there is none.'),
  sites: listQuery(SiteConnection, SITES, "The customer's sites and Impilo's warehouses, by id."),
});

const isWarehouse = ({ customerId }: Pick<SiteEntity, 'customerId'>) => customerId === IMPILO_CUSTOMER_ID;

defineFields<SiteEntity>(Site, {
  active: computed(
    Boolean,
    ['deactivatedAt'],
    ({ deactivatedAt }) => deactivatedAt === null,
    'Whether devices may be put there. What is there already stays.',
  ),
  operatedBy: computed(
    SiteOperator,
    ['customerId'],
    (site) => (isWarehouse(site) ? SiteOperator.IMPILO : SiteOperator.CUSTOMER),
    'Who runs it.',
  ),
  customer: link(Customer, customerById, 'customerId', 'Whose site it is; null for a site that Impilo runs.', {
    unless: isWarehouse,
  }),
});
