import { ID } from 'type-graphql';
import { AddressInput } from '../../platform/graphql/address.type';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { inputType, optional, required } from '../../platform/graphql/types';

export const CreateWarehouseInput = inputType('CreateWarehouseInput', 'A new Impilo warehouse.', {
  name: required(String, 'Name of the warehouse, 1 to 200 characters.'),
  phoneNumber: optional(
    String,
    'Phone number of the warehouse in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
  ),
  address: optional(AddressInput, 'Postal address of the warehouse.'),
});
export type CreateWarehouseInput = InstanceType<typeof CreateWarehouseInput>;

export const UpdateWarehouseInput = inputType(
  'UpdateWarehouseInput',
  'New values of a warehouse. Omitted fields stay unchanged; null clears a field.',
  {
    siteId: required(ID, 'Warehouse, by global id or `databaseId` of the site.'),
    expectedVersion: expectedVersionField('warehouse'),
    name: optional(String, 'Name of the warehouse, 1 to 200 characters. Cannot be cleared.'),
    phoneNumber: optional(
      String,
      'Phone number of the warehouse in any usual writing, with or without an extension: at most 64 characters, with 3 digits or more.',
    ),
    address: optional(AddressInput, 'Postal address of the warehouse. Replaced as a whole.'),
  },
);
export type UpdateWarehouseInput = InstanceType<typeof UpdateWarehouseInput>;
