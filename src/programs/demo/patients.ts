import type { AddressValue } from '../../platform/base/address';
import type { CatalogCustomer } from './catalog';
import type { DemoData, PatientRow, SiteRow } from './demo-rows';
import { LOCALITIES, SPECIAL_LOCALITIES, type Locality } from './localities';
import { FIRST_NAMES, LAST_NAMES, STREETS } from './names';
import type { Random } from './random';

/** Of an area code's numbers only 555-0100 to 555-0199 are kept for fiction. */
export function fictitiousPhoneNumber(areaCode: string, random: Random): string {
  return `+1 ${areaCode}-555-01${random.digits(2)}`;
}

/** Where a customer's patients live, by chance, but in each of its places at least one; mostly around its sites. */
export function dealLocalities(customer: CatalogCustomer, served: ReadonlySet<string>, random: Random): Locality[] {
  const covered = LOCALITIES.filter(({ state }) => customer.states?.includes(state) ?? true);
  const near = covered.filter(({ state }) => served.has(state));
  const special = customer.states ? [] : SPECIAL_LOCALITIES;
  const rest = customer.patientCount - covered.length - special.length;
  const dealt = Array.from({ length: rest }, () => random.pick(random.chance(0.75) ? near : covered));
  return random.shuffle([...covered, ...special, ...dealt]);
}

export interface NewPatient {
  customer: CatalogCustomer;
  locality: Locality;
  site: SiteRow | null;
  now: Date;
  externalIdentifier?: string;
}

export function createPatient(
  data: DemoData,
  random: Random,
  { customer, locality, site, now, externalIdentifier }: NewPatient,
): PatientRow {
  const id = data.patient.length + 1;
  const sex = random.chance(0.53) ? 'FEMALE' : 'MALE';
  const firstName = random.pick(FIRST_NAMES[sex]);
  const lastName = random.pick(LAST_NAMES);
  const emailName = `${firstName}.${lastName.replace(/\W/g, '')}${id}`.toLowerCase();
  const birthYear = random.integer(1931, random.chance(0.7) ? 1965 : 2005);
  const twoDigits = (max: number) => String(random.integer(1, max)).padStart(2, '0');
  const patient: PatientRow = {
    customer_id: customer.id,
    id,
    external_identifier:
      externalIdentifier ?? (random.chance(0.93) ? `${customer.externalIdentifierPrefix}${100_000 + id * 7}` : null),
    first_name: firstName,
    last_name: lastName,
    date_of_birth: random.chance(0.97) ? `${birthYear}-${twoDigits(12)}-${twoDigits(28)}` : null,
    sex: random.chance(0.96) ? sex : random.pick(['OTHER', 'UNKNOWN', null]),
    email: random.chance(0.8) ? `${emailName}@${customer.emailDomain}` : null,
    phone_number: random.chance(0.9) ? fictitiousPhoneNumber(locality.areaCode, random) : null,
    // An address that nobody has taken down yet: no ZIP code, and so no time zone.
    address: random.chance(0.015) && !locality.timeZone && !externalIdentifier ? null : createAddress(locality, random),
    time_zone: locality.timeZone ?? null,
    archived: false,
    enrolled: true,
    site_id: site?.id ?? null,
    created_at: now,
    updated_at: now,
  };
  data.patient.push(patient);
  return patient;
}

function createAddress({ city, state, zipCode }: Locality, random: Random): AddressValue {
  const extended =
    /^\d{5}$/.test(zipCode) && random.chance(0.12) ? `${zipCode}-${random.integer(1001, 9899)}` : zipCode;
  return {
    lineOne:
      city === 'APO' ? `Unit ${random.integer(1000, 9999)}` : `${random.integer(2, 1899)} ${random.pick(STREETS)}`,
    ...(city !== 'APO' && random.chance(0.2) && { lineTwo: `Apt ${random.integer(1, 40)}` }),
    city,
    state,
    zipCode: extended,
    country: 'US',
  };
}
