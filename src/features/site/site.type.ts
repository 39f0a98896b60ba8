import { Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import type { SiteEntity } from './site.entity';

export const Site = nodeType<SiteEntity>(
  'Site',
  "A place where devices are kept: one of the customer's, or one of Impilo's warehouses.",
  {
    name: required(String, 'What people call the place.'),
    deactivatedAt: optional(
      DateTime,
      'When the site was deactivated; null while it is active. For a site that was deactivated before times were recorded, when anything of it was last changed.',
    ),
    phoneNumber: optional(String, 'Phone number of the place as it was written; null when none is recorded.'),
    address: optional(Address, 'Postal address of the place; null when none is recorded.'),
    version: required(
      Int,
      'Number of the change that the site has come to, beginning with 1. See `expectedVersion` of the mutations.',
    ),
    createdAt: required(DateTime, 'When the site was added.'),
    updatedAt: required(DateTime, 'When anything of the site was last changed.'),
  },
);

export const SiteConnection = connectionType(Site, 'Site', 'sites');
