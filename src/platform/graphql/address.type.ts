import { Field, InputType, ObjectType } from 'type-graphql';
import type { AddressValue } from '../base/address';

const LINES = {
  lineOne: 'Street and number.',
  lineTwo: 'Apartment, suite or floor.',
  lineThree: 'Further line of the address.',
  city: 'City or town.',
  state: 'State or territory; in the US its two letters.',
  zipCode: 'Postal code. For a US patient the ZIP or ZIP+4 code gives the time zone.',
  country: 'Name or code of the country.',
  note: 'A note for whoever delivers there.',
};

function Line(line: keyof AddressValue): PropertyDecorator {
  return Field(() => String, { nullable: true, description: LINES[line] });
}

@ObjectType({ description: 'A postal address.', simpleResolvers: true })
export class Address implements AddressValue {
  @Line('lineOne') lineOne: string | null;
  @Line('lineTwo') lineTwo: string | null;
  @Line('lineThree') lineThree: string | null;
  @Line('city') city: string | null;
  @Line('state') state: string | null;
  @Line('zipCode') zipCode: string | null;
  @Line('country') country: string | null;
  @Line('note') note: string | null;
}

@InputType({
  description:
    'A postal address; it is always given and replaced as a whole. Lines have up to 200 characters, city, state and country 100, the ZIP code 20 and the note 2000.',
})
export class AddressInput implements AddressValue {
  @Line('lineOne') lineOne?: string | null;
  @Line('lineTwo') lineTwo?: string | null;
  @Line('lineThree') lineThree?: string | null;
  @Line('city') city?: string | null;
  @Line('state') state?: string | null;
  @Line('zipCode') zipCode?: string | null;
  @Line('country') country?: string | null;
  @Line('note') note?: string | null;
}
