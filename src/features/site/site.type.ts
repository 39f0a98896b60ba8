import { nodeType, optional, required } from '../../platform/graphql/types';
import { Address } from '../../platform/graphql/address.type';
import { connectionType } from '../../platform/graphql/connection.type';
import type { SiteEntity } from './site.entity';

export const Site = nodeType<SiteEntity>(
  'Site',
  "A place where devices are kept: one of the customer's, or one of Impilo's warehouses.",
  {
    name: required(String, 'What people call the place.'),
    active: required(Boolean, 'Whether devices may be put there. What is there already stays.'),
    phoneNumber: optional(String, 'Phone number of the place as it was written; null when none is recorded.'),
    address: optional(Address, 'Postal address of the place; null when none is recorded.'),
  },
);

export const SiteConnection = connectionType(Site, 'Site', 'sites');
