import { inputType, objectType, optional, type InputOf } from './types';

const LINES = {
  lineOne: optional(String, 'Street and number.'),
  lineTwo: optional(String, 'Apartment, suite or floor.'),
  lineThree: optional(String, 'Further line of the address.'),
  city: optional(String, 'City or town.'),
  state: optional(String, 'State or territory; in the US its two letters.'),
  zipCode: optional(String, 'Postal code. For a US patient the ZIP or ZIP+4 code gives the time zone.'),
  country: optional(String, 'Name or code of the country.'),
  note: optional(String, 'A note for whoever delivers there.'),
};

/** A postal address as it is stored, in one jsonb column: it is always read and replaced as a whole. */
export type AddressValue = InputOf<typeof LINES>;

export const Address = objectType<AddressValue>('Address', 'A postal address.', LINES);

export const AddressInput = inputType(
  'AddressInput',
  'A postal address; it is always given and replaced as a whole. Lines have up to 200 characters, city, state and country 100, the ZIP code 20 and the note 2000.',
  LINES,
);
