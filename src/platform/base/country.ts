import { getCountries, type CountryCode } from 'libphonenumber-js';

/** Languages in which the names of countries are known. */
const LANGUAGES = ['en', 'es', 'fr', 'de'];

/** Names and codes in common use that Unicode's list of countries does not have. */
const OTHER_NAMES: Readonly<Partial<Record<CountryCode, readonly string[]>>> = {
  US: ['USA', 'United States of America', 'America'],
  GB: ['UK', 'GBR', 'Great Britain', 'Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland'],
  CA: ['CAN'],
  MX: ['MEX'],
  DE: ['DEU', 'Federal Republic of Germany'],
  FR: ['FRA'],
  ES: ['ESP'],
  IT: ['ITA', 'Italia'],
  NL: ['NLD', 'Holland', 'The Netherlands', 'Nederland'],
  CH: ['CHE', 'Svizzera'],
  AT: ['AUT'],
  IE: ['IRL', 'Republic of Ireland', 'Éire'],
  AU: ['AUS'],
  NZ: ['NZL'],
  IN: ['IND'],
  CN: ['CHN', 'PRC', "People's Republic of China"],
  JP: ['JPN'],
  KR: ['KOR', 'Korea', 'Republic of Korea'],
  BR: ['BRA', 'Brasil'],
  CZ: ['CZE', 'Czech Republic'],
  TR: ['TUR', 'Turkey'],
  HK: ['HKG', 'Hong Kong'],
  MO: ['MAC', 'Macao', 'Macau'],
  MK: ['MKD', 'Macedonia'],
  CI: ['CIV', 'Ivory Coast'],
  MM: ['MMR', 'Myanmar', 'Burma'],
  PR: ['PRI'],
  VI: ['VIR', 'USVI', 'Virgin Islands'],
  GU: ['GUM'],
};

/** Separators of several names of one country: "Puerto Rico, USA". */
export const BETWEEN_COUNTRY_NAMES = /[,;/|()[\]]|\s[-–—]\s/u;

/** The letters and digits of a name, without case, accents and "the". */
export function countryKey(name: string): string {
  const words =
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word !== 'the').join('');
}

const LISTS = LANGUAGES.map((language) => new Intl.DisplayNames(language, { type: 'region' }));

const CODES: ReadonlyMap<string, CountryCode> = new Map(
  getCountries().flatMap((code) => {
    const names = LISTS.map((list) => list.of(code) ?? code);
    return [code, ...names, ...(OTHER_NAMES[code] ?? [])].map((name) => [countryKey(name), code] as const);
  }),
);

/** The ISO code of a country, however it is written. Undefined for an unknown one. */
export function countryCodeOf(country: string): CountryCode | undefined {
  const names = [country, ...country.split(BETWEEN_COUNTRY_NAMES)];
  return names.map((name) => CODES.get(countryKey(name))).find((code) => code !== undefined);
}
