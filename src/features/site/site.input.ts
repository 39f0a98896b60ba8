import { inputType, optional, required } from '../../platform/graphql/types';
import { customerIdField } from '../customer/customer.input';
import { ID } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { AddressInput } from '../../platform/graphql/address.type';

export const CreateSiteInput = inputType('CreateSiteInput', 'A new site of a customer.', {
  customerId: customerIdField('Whose site.'),
  name: required(String, 'What people call the place; 1 to 200 characters.'),
  phoneNumber: optional(String, 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.'),
  address: optional(AddressInput, 'Postal address of the place.'),
});
export type CreateSiteInput = InstanceType<typeof CreateSiteInput>;

/** How the inputs of mutations name the site that they change. */
const WHICH_SITE = {
  siteId: required(ID, 'Which site: its global id or its databaseId.'),
  expectedVersion: expectedVersionField('site'),
};

export const DeactivateSiteInput = inputType('DeactivateSiteInput', 'The site to deactivate.', WHICH_SITE);
export type DeactivateSiteInput = InstanceType<typeof DeactivateSiteInput>;

export const ReactivateSiteInput = inputType('ReactivateSiteInput', 'The site to activate again.', WHICH_SITE);
export type ReactivateSiteInput = InstanceType<typeof ReactivateSiteInput>;

export const UpdateSiteInput = inputType('UpdateSiteInput', 'A change of a site: what is absent stays, null clears.', {
  ...WHICH_SITE,
  name: optional(String, 'What people call the place; 1 to 200 characters. It cannot be cleared.'),
  phoneNumber: optional(String, 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.'),
  address: optional(AddressInput, 'Postal address of the place; replaced as a whole.'),
});
export type UpdateSiteInput = InstanceType<typeof UpdateSiteInput>;
