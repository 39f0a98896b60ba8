import { inputType, objectType, optional, type InputOf } from './types';

export const ADDRESS_LINES = {
  lineOne: optional(String, 'Street and number.'),
  lineTwo: optional(String, 'Apartment, suite or floor.'),
  lineThree: optional(String, 'Third line of the address.'),
  city: optional(String, 'City or town.'),
  state: optional(String, 'State or territory. For the US, the two-letter code.'),
  zipCode: optional(String, "Postal code. A US ZIP or ZIP+4 code determines the patient's time zone."),
  country: optional(String, 'Country name or code. An address without one is in the United States.'),
  note: optional(String, 'Note for deliveries to this address.', { weight: 'text' }),
};

export const ADDRESS_LENGTHS =
  'Maximum lengths in characters: 200 for each line; 100 for city, state and country; 20 for the ZIP code; 2,000 for the note.';

/** A postal address as stored in one jsonb column. It is always read and replaced as a whole. */
export type AddressValue = InputOf<typeof ADDRESS_LINES>;

export const Address = objectType<AddressValue>('Address', 'A postal address.', ADDRESS_LINES);

export const AddressInput = inputType(
  'AddressInput',
  `A postal address. It is always replaced as a whole. ${ADDRESS_LENGTHS}`,
  ADDRESS_LINES,
);
