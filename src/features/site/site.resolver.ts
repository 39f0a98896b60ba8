import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { computed, defineFields, link } from '../../platform/graphql/fields';
import { phoneNumberE164 } from '../../platform/graphql/phone-number.field';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { SiteOperator } from './site-operator';
import type { SiteEntity } from './site.entity';
import { siteById, SITES } from './site.list';
import { Site, SiteConnection } from './site.type';

export const siteQueries = queryResolver({
  site: nodeQuery(Site, siteById, 'Site by id. Null when it is not found.'),
  sites: listQuery(
    SiteConnection,
    SITES,
    'Sites of the customer, and Impilo warehouses. For operators, sites of all customers.',
  ),
});

const isWarehouse = ({ customerId }: Pick<SiteEntity, 'customerId'>) => customerId === IMPILO_CUSTOMER_ID;

defineFields<SiteEntity>(Site, {
  active: computed(
    Boolean,
    ['deactivatedAt'],
    ({ deactivatedAt }) => deactivatedAt === null,
    'Whether the site accepts new devices and orders. Devices at an inactive site stay there.',
  ),
  phoneNumberE164: phoneNumberE164('site'),
  operatedBy: computed(
    SiteOperator,
    ['customerId'],
    (site) => (isWarehouse(site) ? SiteOperator.IMPILO : SiteOperator.CUSTOMER),
    'Operator of the site.',
  ),
  customer: link(
    Customer,
    customerById,
    'customerId',
    'Customer that operates the site. Null for an Impilo warehouse.',
    { except: IMPILO_CUSTOMER_ID },
  ),
});
