import { inputType, optional, required } from '../../platform/graphql/types';
import { customerIdField } from '../customer/customer.input';
import { ID } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { AddressInput } from '../../platform/graphql/address.type';

export const CreateSiteInput = inputType('CreateSiteInput', 'A new site of a customer.', {
  customerId: customerIdField('Customer that operates the site.'),
  name: required(String, 'Name of the site, 1 to 200 characters.'),
  phoneNumber: optional(
    String,
    'Phone number of the site in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
  ),
  address: optional(AddressInput, 'Postal address of the site.'),
});
export type CreateSiteInput = InstanceType<typeof CreateSiteInput>;

/** Members by which mutation inputs reference the site to change. */
const SITE_REFERENCE = {
  siteId: required(ID, 'Site, by global id or `databaseId`.'),
  expectedVersion: expectedVersionField('site'),
};

export const DeactivateSiteInput = inputType('DeactivateSiteInput', 'Site to deactivate.', SITE_REFERENCE);
export type DeactivateSiteInput = InstanceType<typeof DeactivateSiteInput>;

export const ReactivateSiteInput = inputType('ReactivateSiteInput', 'Site to reactivate.', SITE_REFERENCE);
export type ReactivateSiteInput = InstanceType<typeof ReactivateSiteInput>;

export const UpdateSiteInput = inputType(
  'UpdateSiteInput',
  'New values of a site. Omitted fields stay unchanged; null clears a field.',
  {
    ...SITE_REFERENCE,
    name: optional(String, 'Name of the site, 1 to 200 characters. Cannot be cleared.'),
    phoneNumber: optional(
      String,
      'Phone number of the site in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
    ),
    address: optional(AddressInput, 'Postal address of the site. Replaced as a whole.'),
  },
);
export type UpdateSiteInput = InstanceType<typeof UpdateSiteInput>;
