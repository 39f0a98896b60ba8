import { normalText } from '../../platform/base/normal-text';
import { DeviceIdentifierType } from './device-status';

/** The form of one type of identifier. Source: docs/glossary.md#forms-of-identifiers. */
interface IdentifierForm {
  /** For people: what a value looks like. */
  description: string;
  example: string;
  /** Returns the key under which all writings of a value are one identifier, or the rule that the value breaks. */
  read: (value: string) => { key: string } | { broken: string };
}

export const MAX_IDENTIFIER_LENGTH = 64;

/** Spaces, characters without width, hyphens and dashes. */
const GAPS = String.raw`\s\p{Cf}\p{Pd}\u2212`;
const gaps = (others: string): RegExp => new RegExp(`[${GAPS}${others}]`, 'gu');
const IN_ANY_TYPE = gaps(':');
const IN_NUMBERS = gaps('./');
const IN_PHONE_NUMBERS = gaps('./()');
const IN_ADDRESSES = new RegExp(`[${GAPS}:.]+`, 'u');

const IN_ANY_NUMBER = gaps(':./()+');
const MAYBE_NUMBER = new RegExp(`^[${GAPS}0-9A-FX:./()+]+$`, 'iu');
const UNPRINTABLE = /\p{C}|\p{Zl}|\p{Zp}/u;

/** The digits of a value, which may be full-width ones. */
const compact = (value: string, between: RegExp): string => value.normalize('NFKC').replace(between, '').toUpperCase();

/**
 * The key of a value for comparison without its type: upper case, without spaces, hyphens and colons. It is also the key of a
 * serial number, and of stored values that do not have the form of their type.
 */
export function plainKey(value: string): string {
  return value.normalize('NFC').toUpperCase().replace(IN_ANY_TYPE, '').normalize('NFC');
}

const isNotSerial = (type: DeviceIdentifierType): boolean => type !== DeviceIdentifierType.SERIAL;

/** What spreadsheets make of identifiers, and what their cells contain instead of one. */
const DAMAGE: readonly { pattern: RegExp; what: string; concerns?: (type: DeviceIdentifierType) => boolean }[] = [
  { pattern: /^\d([.,]\d+)?E\+\d+$|^\d[.,]\d+E\d+$/i, what: 'a number that a spreadsheet has rounded' },
  { pattern: /^\d+[.,]0+$/, what: 'a number to which a spreadsheet has added decimals', concerns: isNotSerial },
  { pattern: /^#(N\/A|NAME\?|NULL!|NUM!|REF!|VALUE!|DIV\/0!|#+)$/i, what: 'an error of a spreadsheet' },
  { pattern: /^['’‘`]/, what: 'a text with the apostrophe that a spreadsheet puts before it' },
  { pattern: /^="[^"]*"$/, what: 'a formula of a spreadsheet' },
];
const AS_TEXT = 'Format the column as text and export the original value again';

function damageOf(type: DeviceIdentifierType, value: string): string | undefined {
  const found = DAMAGE.find(({ pattern, concerns = () => true }) => pattern.test(value) && concerns(type));
  return found && `must not be ${found.what}. ${AS_TEXT}`;
}

const rounded = (what: string): string =>
  `must be the whole ${what}. This one ends in zeros, as if a spreadsheet had rounded it. ${AS_TEXT}`;

/** The check digit that Luhn's algorithm appends to digits. */
export function checkDigitOf(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

export const IDENTIFIER_FORMS: Readonly<Record<DeviceIdentifierType, IdentifierForm>> = {
  SERIAL: {
    description: `1 to ${MAX_IDENTIFIER_LENGTH} printable characters`,
    example: 'A&D-9',
    read: (value) => {
      const key = plainKey(value);
      return key === '' ? { broken: 'must not consist of spaces, colons and hyphens' } : { key };
    },
  },
  IMEI: {
    description: '15 digits, or the 16 of an IMEISV',
    example: '35-209900-176148-1',
    read: (value) => {
      const digits = compact(value, IN_NUMBERS);
      const count = digits.length;
      if (!/^\d+$/.test(digits)) return { broken: 'must be an IMEI of 15 digits, such as 352099001761481' };
      if (count === 14) {
        const missing = 'must be an IMEI of 15 digits. This one has 14: its check digit is missing';
        return { broken: `${missing}, or a spreadsheet has dropped a zero at its beginning` };
      }
      if (count !== 15 && count !== 16) return { broken: `must be an IMEI of 15 digits. This one has ${count}` };
      // The two digits after the fourteenth of an IMEISV are the version of the software.
      const key = digits.slice(0, 14) + checkDigitOf(digits.slice(0, 14));
      const isWrong = count === 15 && digits !== key;
      if (/^\d{8}0{7}/.test(digits) || (isWrong && digits.endsWith('0000'))) return { broken: rounded('IMEI') };
      if (isWrong) return { broken: 'must be an IMEI whose last digit, the check digit, matches the others' };
      return { key };
    },
  },
  ICCID: {
    description: '19 or 20 digits',
    example: '8901 2608 5229 1234 567',
    read: (value) => {
      const digits = compact(value, IN_NUMBERS);
      if (!/^\d{19}[\dF]?$/.test(digits)) {
        const count = /^\d+$/.test(digits) ? `. This one has ${digits.length}` : '';
        return { broken: `must be an ICCID of 19 or 20 digits, such as 8901260852291234567${count}` };
      }
      if (/^\d{15}0+$/.test(digits))
        return { broken: `${rounded('ICCID')}. If these are its digits, append the letter F` };
      // The twentieth is a check digit or fills the field. Cards, modems and operators show it or not.
      return { key: digits.slice(0, 19) };
    },
  },
  MAC_ADDRESS: {
    description: '12 hexadecimal digits, or the 16 of an EUI-64',
    example: '00:1B:44:11:3A:B7',
    read: (value) => {
      const groups = value.normalize('NFKC').trim().replace(/^0x/i, '').toUpperCase().split(IN_ADDRESSES);
      const bytes = groups.filter((group) => group !== '');
      const isInBytes = (bytes.length === 6 || bytes.length === 8) && bytes.every(({ length }) => length <= 2);
      const key = bytes.map((byte) => (isInBytes ? byte.padStart(2, '0') : byte)).join('');
      if (!/^[0-9A-F]+$/.test(key))
        return { broken: 'must be a MAC address of 12 hexadecimal digits, such as 00:1B:44:11:3A:B7' };
      if (key.length !== 12 && key.length !== 16) {
        const dropped = key.length < 12 ? '. A spreadsheet may have dropped zeros at its beginning' : '';
        return { broken: `must be a MAC address of 12 hexadecimal digits. This one has ${key.length}${dropped}` };
      }
      if (/^(0+|F+)$/.test(key)) return { broken: 'must name one device. This address stands for none or for all' };
      return { key };
    },
  },
  SIM_CARD_NUMBER: {
    description: 'a phone number with its country code',
    example: '+1 555 010 1234',
    read: (value) => {
      const number = compact(value, IN_PHONE_NUMBERS);
      const digits = number.replace(/^\+/, '');
      if (!/^\d+$/.test(digits))
        return { broken: 'must be a phone number with its country code, such as +15550101234' };
      // Ten digits or fewer without a plus sign are more often a number without its country code than a short one with it.
      if (number === digits && digits.length <= 10)
        return { broken: 'must begin with a plus sign and the country code, such as +15550101234' };
      if (!/^[1-9]\d{6,14}$/.test(digits))
        return { broken: 'must have 7 to 15 digits that begin with the country code, such as +15550101234' };
      if (digits.startsWith('1') && digits.length !== 11)
        return { broken: 'must have ten digits after the country code 1, such as +15550101234' };
      return { key: digits };
    },
  },
};

/** The value as it is stored: in normal form, and without characters that have no width. */
export function cleanIdentifier(value: string): string {
  return normalText(value).replace(/\p{Cf}/gu, '');
}

/** Reads a clean value: its key, or the rule that it breaks. */
export function readIdentifier(type: DeviceIdentifierType, value: string): { key: string } | { broken: string } {
  if (value === '') return { broken: 'must not be empty' };
  if (value.length > MAX_IDENTIFIER_LENGTH) return { broken: `must have at most ${MAX_IDENTIFIER_LENGTH} characters` };
  if (UNPRINTABLE.test(value)) return { broken: 'must have printable characters only' };
  const damage = damageOf(type, value);
  return damage === undefined ? IDENTIFIER_FORMS[type].read(value) : { broken: damage };
}

/** A key, and the type that an identifier with this key must have. Null for any type. */
export interface IdentifierKey {
  readonly key: string;
  readonly type: DeviceIdentifierType | null;
}

const NUMBERED = Object.values(DeviceIdentifierType).filter(isNotSerial);

/** Whether a value can have the form of another type than SERIAL. Most serial numbers have other letters. */
const isNumberLike = (value: string): boolean =>
  value.length <= MAX_IDENTIFIER_LENGTH && MAYBE_NUMBER.test(value.normalize('NFKC'));

/**
 * The keys by which a value names a device, the closest one first: the value as it is written, then its form in each type that
 * it fits. Callers name a device by the value alone.
 *
 * @param type the only type that counts, if the caller names it
 */
export function identifierKeys(given: string, type?: DeviceIdentifierType): readonly IdentifierKey[] {
  const value = cleanIdentifier(given);
  const plain = { key: plainKey(value), type: type ?? null };
  if (!isNumberLike(value)) return [plain];
  const forms = NUMBERED.filter((one) => type === undefined || one === type).flatMap((one): IdentifierKey[] => {
    const read = readIdentifier(one, value);
    return 'key' in read && read.key !== plain.key ? [{ key: read.key, type: one }] : [];
  });
  return [plain, ...forms];
}

/** The beginnings of keys that a text can mean: as it is written, and as the beginning of a number or an address. */
export function identifierPrefixes(given: string): readonly string[] {
  const value = cleanIdentifier(given);
  const prefixes = [plainKey(value), ...(isNumberLike(value) ? [compact(value, IN_ANY_NUMBER)] : [])];
  return [...new Set(prefixes)].filter((prefix) => prefix !== '');
}
