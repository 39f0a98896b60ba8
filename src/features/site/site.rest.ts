import { z } from 'zod';
import { fromCamelCase, toCamelCase } from '../../platform/base/camel-case';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import { Address, AddressRequest, toAddress } from '../../platform/graphql/address.rest';
import { nodeRoute, pageRoute, route, type RestRoute } from '../../platform/rest/route';
import { flag, flagParameter, id, integer, requestShape, shape, text, time, words } from '../../platform/rest/shapes';
import { createSite } from './create-site';
import { SiteOperator } from './site-operator';
import type { SiteEntity } from './site.entity';

export const Site = shape('Site', 'A place where devices are kept: a site of a customer, or an Impilo warehouse.', {
  id: id('Id of the site.'),
  name: text('Name of the site.'),
  active: flag('Whether the site accepts new devices and orders. Devices at an inactive site stay there.'),
  operatedBy: words(
    SiteOperator,
    'Operator of the site. Only sites operated by `customer` receive orders and have devices that can be associated. Values may be added.',
  ),
  phoneNumber: text('Phone number of the site, as entered. Null when not recorded.').nullable(),
  address: Address.nullable().describe('Postal address of the site. Null when not recorded.'),
  customerId: id('Id of the customer that operates the site. Null for an Impilo warehouse.').nullable(),
  createdAt: time('Time at which the site was created.'),
  updatedAt: time('Time of the latest change of the site.'),
  version: integer('Version of the site. It starts at 1 and each change increments it by one.'),
});

export function toSite(site: SiteEntity): z.infer<typeof Site> {
  const { id: siteId, name, deactivatedAt, phoneNumber, address, customerId, createdAt, updatedAt, version } = site;
  const isWarehouse = customerId === IMPILO_CUSTOMER_ID;
  return {
    id: Number(siteId),
    name,
    active: deactivatedAt === null,
    operatedBy: toCamelCase(isWarehouse ? SiteOperator.IMPILO : SiteOperator.CUSTOMER),
    phoneNumber,
    address: address && toAddress(address),
    customerId: isWarehouse ? null : Number(customerId),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    version,
  };
}

const SITES = { name: 'Sites', description: 'Sites of the customer, and the Impilo warehouses that keep its stock.' };

const CreateSiteRequest = requestShape('CreateSiteRequest', 'A new site of a customer.', {
  name: text('Name of the site, 1 to 200 characters.'),
  phoneNumber: text(
    'Phone number in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
  ).nullish(),
  address: AddressRequest.nullish().describe('Postal address of the site.'),
  customerId: id(
    'Customer that operates the site. Required for operators. Other callers can omit it or pass their own customer.',
  ).nullish(),
});

export const siteRoutes: readonly RestRoute[] = [
  nodeRoute({
    field: 'site',
    tag: SITES,
    description: 'A site of the customer, or an Impilo warehouse, by id.',
    shape: Site,
    toBody: (_call, site: SiteEntity) => toSite(site),
  }),
  pageRoute({
    path: '/site',
    operationId: 'listSites',
    tag: SITES,
    summary: 'List sites',
    description: 'Sites of the customer, and Impilo warehouses, in the order of their creation.',
    query: {
      name: text('Sites whose name starts with this text, ignoring case and accents.').optional(),
      active: flagParameter('If true, active sites. If false, inactive sites.').optional(),
      operatedBy: words(
        SiteOperator,
        'If `customer`, sites operated by a customer. If `impilo`, Impilo warehouses.',
      ).optional(),
    },
    name: 'SitePage',
    item: Site,
    list: ({ name, active, operatedBy }) => [
      'sites',
      { search: name, filter: { active, operatedBy: operatedBy && fromCamelCase(operatedBy) } },
    ],
    toItem: (_call, site: SiteEntity) => Promise.resolve(toSite(site)),
  }),
  route({
    method: 'POST',
    path: '/site',
    operationId: 'createSite',
    tag: SITES,
    summary: 'Create a site',
    description:
      'Creates a site of the customer. For `ADMIN` and operators. Without the header `Idempotency-Key`, a repeated request creates another site.',
    body: CreateSiteRequest,
    response: [201, Site, 'The new site.'],
    runs: [createSite],
    handle: async (call, { body }) => toSite((await call.run(createSite, body)).site),
  }),
];
