import { inputType, optional, required } from '../../platform/graphql/types';
import { ID } from 'type-graphql';
import { AddressInput } from '../../platform/graphql/address.type';

export const CreateSiteInput = inputType('CreateSiteInput', 'A new site of a customer.', {
  customerId: optional(ID, 'Whose site it is. Operators must give it; others may leave it out or give their own.'),
  name: required(String, 'What people call the place; 1 to 200 characters.'),
  phoneNumber: optional(String, 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.'),
  address: optional(AddressInput, 'Postal address of the place.'),
});
export type CreateSiteInput = InstanceType<typeof CreateSiteInput>;

export const UpdateSiteInput = inputType('UpdateSiteInput', 'A change of a site: what is absent stays, null clears.', {
  siteId: required(ID, 'Which site: its global id or its databaseId.'),
  name: optional(String, 'What people call the place; 1 to 200 characters. It cannot be cleared.'),
  phoneNumber: optional(String, 'Phone number of the place: 3 to 32 digits, spaces and `+().-/x`.'),
  address: optional(AddressInput, 'Postal address of the place; replaced as a whole.'),
  active: optional(Boolean, 'Whether devices may be put there. It cannot be cleared.'),
});
export type UpdateSiteInput = InstanceType<typeof UpdateSiteInput>;
