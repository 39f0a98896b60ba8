import type { z } from 'zod';
import { fromCamelCase } from '../../platform/base/camel-case';
import { AddressRequest } from '../../platform/graphql/address.rest';
import { date, flag, id, integer, requestShape, text, words } from '../../platform/rest/shapes';
import { Sex } from './sex';

const SiteReference = requestShape('SiteReference', 'A site of the customer.', { id: id('Id of the site.') });

/** Members that null clears. */
const CLEARABLE = {
  dateOfBirth: date('Date of birth: from 1850 on, and not in the future.').nullish(),
  email: text('Email address, at most 254 characters.').nullish(),
  phoneNumber: text('Phone number in any usual writing, at most 64 characters, with 3 digits or more.').nullish(),
  sex: words(Sex, 'Sex, as recorded by the customer.').nullish(),
  address: AddressRequest.nullish().describe('Home address. Its ZIP code determines the time zone.'),
  site: SiteReference.nullish().describe('Site of the customer that cares for the patient.'),
  timeZoneOverride: text('IANA time zone to use instead of the one of the ZIP code.').nullish(),
};

const FIRST_NAME = text('First name, 1 to 100 characters.');
const LAST_NAME = text('Last name, 1 to 100 characters.');
const ARCHIVED = flag('Whether the patient is archived: new associations and orders are refused.');
const ENROLLED = flag('Whether the patient is enrolled in the monitoring program.');

export const CreatePatientRequest = requestShape('CreatePatientRequest', 'A new patient.', {
  firstName: FIRST_NAME,
  lastName: LAST_NAME,
  externalIdentifier: text(
    "The customer's own identifier of the patient, at most 200 characters. Unique among its patients.",
  ).nullish(),
  ...CLEARABLE,
  archived: ARCHIVED.optional().describe('Whether the patient is archived. False by default.'),
  enrolled: ENROLLED.optional().describe('Whether the patient is enrolled in the monitoring program. True by default.'),
  customerId: id('Customer that owns the patient. Required for operators; others may omit it.').optional(),
});

const REFERENCE = {
  id: id('Id of the patient. This or `externalIdentifier` is required.').optional(),
  externalIdentifier: text(
    'With `id`: the identifier to set, or null to clear it. Without `id`: the identifier of the patient to change.',
  ).nullish(),
  expectedVersion: integer(
    'Change the patient only if it has this `version`; otherwise `STALE_VERSION`. No check when omitted.',
  ).optional(),
};

export const ReplacePatientRequest = requestShape(
  'ReplacePatientRequest',
  'All values of a patient. Optional members that are omitted are cleared.',
  { ...REFERENCE, firstName: FIRST_NAME, lastName: LAST_NAME, archived: ARCHIVED, enrolled: ENROLLED, ...CLEARABLE },
);

export const UpdatePatientRequest = requestShape(
  'UpdatePatientRequest',
  'New values of a patient. Members that are omitted stay unchanged; null clears a value.',
  {
    ...REFERENCE,
    firstName: FIRST_NAME.optional(),
    lastName: LAST_NAME.optional(),
    archived: ARCHIVED.optional(),
    enrolled: ENROLLED.optional(),
    ...CLEARABLE,
  },
);

/** A patient with the names alone. */
const NOTHING = Object.fromEntries(['externalIdentifier', ...Object.keys(CLEARABLE)].map((member) => [member, null]));

export function toReplacement(body: z.output<typeof ReplacePatientRequest>) {
  return toChange({ ...NOTHING, ...body });
}

type Values = Pick<z.output<typeof UpdatePatientRequest>, 'sex' | 'site'>;

export function toInput<Body extends Values>({ sex, site, ...same }: Body) {
  return { ...same, sex: sex && fromCamelCase<Sex>(sex), siteId: site && site.id };
}

/** With `id`, `externalIdentifier` is a value; without, it is the reference. */
export function toChange({ id: patientId, externalIdentifier, ...values }: z.output<typeof UpdatePatientRequest>) {
  const reference =
    patientId === undefined ? { patientExternalIdentifier: externalIdentifier } : { patientId, externalIdentifier };
  return { ...toInput(values), ...reference };
}

/** Members by their names in the inputs of the use cases. */
export const FIELDS = { patientId: 'id', patientExternalIdentifier: 'externalIdentifier', siteId: 'site.id' };
