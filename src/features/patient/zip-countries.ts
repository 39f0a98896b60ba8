import { BETWEEN_COUNTRY_NAMES, countryKey } from '../../platform/base/country';

/** Ways in which the United States are usually written. */
export const USUAL_NAMES = ['US', 'USA', 'United States', 'United States of America'] as const;

/**
 * Countries and territories whose mail has US ZIP codes: ISO codes and names in usual languages and spellings. The last three are
 * states in free association with the United States, which its Postal Service serves.
 */
const NAMES: readonly (readonly string[])[] = [
  [...USUAL_NAMES, '840', 'US of America', 'US of A', 'America'],
  [
    'Estados Unidos',
    'Estados Unidos de América',
    'Estados Unidos de Norteamérica',
    'EE. UU.',
    'EEUU',
    'EUA',
    'États-Unis',
    "États-Unis d'Amérique",
  ],
  ['Etazini', 'Vereinigte Staaten', 'Vereinigte Staaten von Amerika', 'Stati Uniti', "Stati Uniti d'America", 'Hoa Kỳ'],
  [
    'Verenigde Staten',
    'Stany Zjednoczone',
    '美国',
    '美國',
    '미국',
    'アメリカ合衆国',
    'アメリカ',
    'США',
    'Соединенные Штаты',
  ],
  ['الولايات المتحدة', 'الولايات المتحدة الأمريكية'],
  ['PR', 'PRI', '630', 'Puerto Rico', 'Commonwealth of Puerto Rico', 'Estado Libre Asociado de Puerto Rico'],
  ['GU', 'GUM', '316', 'Guam', 'Territory of Guam'],
  ['VI', 'VIR', '850', 'USVI', 'Virgin Islands', 'US Virgin Islands', 'American Virgin Islands'],
  ['United States Virgin Islands', 'Virgin Islands of the United States', 'Virgin Islands US', 'Islas Vírgenes'],
  ['Islas Vírgenes de EE. UU.', 'Islas Vírgenes de los Estados Unidos', 'Islas Vírgenes Americanas'],
  ['AS', 'ASM', '016', '16', 'American Samoa', 'Territory of American Samoa', 'Samoa Americana'],
  ['MP', 'MNP', '580', 'CNMI', 'Northern Mariana Islands', 'Northern Marianas', 'Islas Marianas del Norte'],
  ['Commonwealth of the Northern Mariana Islands', 'Saipan'],
  ['UM', 'UMI', '581', 'US Minor Outlying Islands', 'United States Minor Outlying Islands', 'US Outlying Islands'],
  ['Wake Island'],
  ['FM', 'FSM', '583', 'Micronesia', 'Federated States of Micronesia', 'Micronesia Federated States of'],
  ['MH', 'MHL', '584', 'RMI', 'Marshall Islands', 'Republic of the Marshall Islands', 'Islas Marshall'],
  ['PW', 'PLW', '585', 'Palau', 'Republic of Palau', 'Palaos'],
];

const KEYS = new Set(NAMES.flat().map(countryKey));

/** A state or territory as ISO 3166-2 has it, such as US-TX. */
const SUBDIVISION = /^us-[a-z]{2}$/i;

/**
 * Whether the postal codes of a country are US ZIP codes, however the country is written. An address without a country is one of
 * the United States. A country may have several names, all of them known: "Puerto Rico, USA".
 */
export function hasZipCodes(country: string | null | undefined): boolean {
  if (country == null || country.trim() === '') return true;
  if (KEYS.has(countryKey(country)) || SUBDIVISION.test(country.trim())) return true;
  const names = country.split(BETWEEN_COUNTRY_NAMES).filter((name) => name.trim() !== '');
  return names.length > 1 && names.every((name) => KEYS.has(countryKey(name)));
}
