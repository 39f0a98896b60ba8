import { Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import type { SiteEntity } from './site.entity';

export const Site = nodeType<SiteEntity>(
  'Site',
  'A place where devices are kept: a site of a customer, or an Impilo warehouse.',
  {
    name: required(String, 'Name of the site.'),
    deactivatedAt: optional(
      DateTime,
      'Time at which the site was deactivated. Null while it is active. Estimated for sites deactivated before this field existed.',
    ),
    phoneNumber: optional(String, 'Phone number of the site, as entered. Null when not recorded.'),
    address: optional(Address, 'Postal address of the site. Null when not recorded.'),
    version: required(
      Int,
      'Version of the site. It starts at 1 and each change increments it by one. Pass it as `expectedVersion` to change the site only if it is still in the state that you read.',
    ),
    createdAt: required(DateTime, 'Time at which the site was created.'),
    updatedAt: required(DateTime, 'Time of the latest change of the site.'),
  },
);

export const SiteConnection = connectionType(Site, 'Site', 'sites');
