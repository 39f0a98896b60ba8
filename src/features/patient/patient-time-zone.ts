import { hasZipCodes } from './zip-countries';
import { zoneOfZip } from './zip-zones';

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
