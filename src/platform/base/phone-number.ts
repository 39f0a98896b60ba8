import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { countryCodeOf } from './country';

export const MAX_PHONE_NUMBER_LENGTH = 64;

const AT_LEAST_THREE_DIGITS = /(?:\p{Nd}\P{Nd}*){3}/u;
/** Numbers that the library cannot read, such as two numbers in one field. */
const DIGITS_AND_PUNCTUATION = /^[+\d().\-/x\p{Zs}\p{Pd}]{3,32}$/iu;

/** Without a country, only numbers with their country code are read. */
function parse(text: string, defaultCountry: CountryCode | undefined) {
  return parsePhoneNumberFromString(text, { defaultCountry, extract: false });
}

/** Whether a text can be a phone number, with or without an extension. It need not be in service. */
export function isPhoneNumber(text: string): boolean {
  return AT_LEAST_THREE_DIGITS.test(text) && (DIGITS_AND_PUNCTUATION.test(text) || parse(text, 'US') !== undefined);
}

/** Digits with punctuation, without an extension. */
const NATIONAL = /^(?:\+?1[\s.-]*)?\(?([2-9]\d{2})\)?[\s.-]*(\d{3})[\s.-]*(\d{4})$/;

/**
 * The E.164 form of a phone number, without its extension. Null if its country is not known or it has too few or too many digits.
 *
 * @param country as written in the address of the number's owner. Absent counts as the United States, as in addresses.
 */
export function toE164(text: string, country: string | null | undefined): string | null {
  const code = country == null || country === '' ? 'US' : countryCodeOf(country);
  // Most numbers, in a hundredth of the time.
  const [, area, exchange, line] = (code === 'US' && NATIONAL.exec(text)) || [];
  if (area !== undefined) return `+1${area}${exchange}${line}`;
  const number = parse(text, code);
  return number?.isPossible() ? number.number : null;
}
