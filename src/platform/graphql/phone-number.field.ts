import { setImmediate } from 'node:timers/promises';
import { toE164 } from '../base/phone-number';
import { defineLoader } from '../list/loader';
import type { AddressValue } from './address.type';
import type { RequestContext } from '../operation/request-context';
import type { FieldDefinition } from './fields';

interface Reachable {
  phoneNumber: string | null;
  address: AddressValue | null;
}

interface PhoneNumber {
  text: string;
  country: string | null;
}

/** Reading a foreign number takes 0.1 ms, so others get their turn after so many. */
const AT_ONCE = 50;

/** A loader, so that a number is read once for an operation, however often it selects it. */
const phoneNumbers = defineLoader<PhoneNumber, string | null>(
  'phone_numbers',
  ({ text, country }) => JSON.stringify([text, country]),
  async (_ctx, numbers) => {
    const read: (string | null)[] = [];
    for (const [index, { text, country }] of numbers.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
      read.push(toE164(text, country));
    }
    return read;
  },
);

/** The field `phoneNumberE164`. It is read from the stored number, so it needs no column. */
export function phoneNumberE164<Row extends Reachable>(owner: string): FieldDefinition<Row> {
  const resolve = ({ phoneNumber, address }: Reachable, _args: never, { loaders }: RequestContext) =>
    phoneNumber === null ? null : loaders.load(phoneNumbers, { text: phoneNumber, country: address?.country ?? null });
  return {
    type: String,
    description: `Phone number of the ${owner} in the E.164 form, such as +15550101234, without its extension. Read with the country of the address, by default the United States. Null when there is none, or when it has too few or too many digits for its country.`,
    nullable: true,
    source: { kind: 'computed', columns: ['phoneNumber', 'address'], loads: true },
    resolve,
  };
}
