import type { z } from 'zod';
import { requestShape, shape, text } from '../rest/shapes';
import { ADDRESS_LENGTHS, ADDRESS_LINES, type AddressValue } from './address.type';

type Line = keyof typeof ADDRESS_LINES;

/** The members of an address, in the order and with the descriptions of the schema. */
function lines<Type>(member: (line: Line, description: string) => Type): Record<Line, Type> {
  const entries = Object.entries(ADDRESS_LINES) as [Line, { readonly description: string }][];
  return Object.fromEntries(
    entries.map(([line, { description }]) => [line, member(line, description)] as const),
  ) as Record<Line, Type>;
}

export const Address = shape(
  'Address',
  'A postal address. Members that are not recorded are null.',
  lines((_line, description) => text(description).nullable()),
);

export const AddressRequest = requestShape(
  'AddressRequest',
  `A postal address. It is always replaced as a whole: omitted members are cleared. ${ADDRESS_LENGTHS}`,
  lines((_line, description) => text(description).nullish()),
);

export function toAddress(address: AddressValue): z.infer<typeof Address> {
  return lines((line) => address[line] ?? null);
}
