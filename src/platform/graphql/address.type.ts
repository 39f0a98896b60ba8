import type { AddressValue } from '../base/address';
import { inputType, objectType, optional } from './types';

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

export const Address = objectType<AddressValue>('Address', 'A postal address.', LINES);

export const AddressInput = inputType(
  'AddressInput',
  'A postal address; it is always given and replaced as a whole. Lines have up to 200 characters, city, state and country 100, the ZIP code 20 and the note 2000.',
  LINES,
);
