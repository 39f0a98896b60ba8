import { raw, type Fragment } from '../../platform/db/sql';
import { hasZipCodes, USUAL_NAMES } from './zip-countries';
import { zoneOfZip, ZIP_ZONES_EDITION } from './zip-zones';

const ZIP = /^(\d{5})(?:\p{Pd}?\d{4})?$/u;

/** An address as far as its time zone depends on it. */
export interface ZipAddress {
  zipCode?: string | null;
  country?: string | null;
}

/**
 * The IANA time zone of an address in the United States and its territories, by its ZIP or ZIP+4 code. Spaces are ignored.
 *
 * @returns null for addresses elsewhere, and for codes without a known zone, such as military ones; it is never guessed from the state
 */
export function timeZoneOfAddress({ zipCode, country }: ZipAddress): string | null {
  const zip = ZIP.exec((zipCode ?? '').replace(/\s/g, ''))?.[1];
  return zip !== undefined && hasZipCodes(country) ? zoneOfZip(zip) : null;
}

/** The patient's time zone: the override if one is set, else the zone of the address, else null. */
export function timeZoneOfPatient(patient: {
  timeZoneOverride: string | null;
  address: ZipAddress | null;
}): string | null {
  return patient.timeZoneOverride ?? (patient.address && timeZoneOfAddress(patient.address));
}

/**
 * The patient's time zone by the name that PostgreSQL has for it, or UTC, in the usual cases: the override is a full name, or the
 * patient has no address, or one with a known ZIP code of the United States. Otherwise null: only `timeZoneOfPatient` can tell.
 *
 * @param patient alias of the row's members
 */
export function usualTimeZone(patient: string): Fragment {
  const zip = `substring(${patient}."address"->>'zipCode' from '^([0-9]{5})(-?[0-9]{4})?$')`;
  const names = USUAL_NAMES.map((name) => `'${name}'`).join(', ');
  return raw(`case
    when ${patient}."timeZoneOverride" like '%/%' then ${patient}."timeZoneOverride"
    when ${patient}."timeZoneOverride" is not null then null
    when ${patient}."address" is null then 'UTC'
    when coalesce(${patient}."address"->>'country', 'US') in (${names}) then (select z.zone from zip_zone z
      where z.edition = '${ZIP_ZONES_EDITION}' and z.prefix = left(${zip}, 3) and z.zips @> ${zip}::int)
    end`);
}
