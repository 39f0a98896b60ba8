import { z } from 'zod';
import { toCamelCase } from '../../platform/base/camel-case';
import { Address, toAddress } from '../../platform/graphql/address.rest';
import { route, type RestRoute } from '../../platform/rest/route';
import { date, flag, id, integer, numberParameter, shape, text, time, words } from '../../platform/rest/shapes';
import { timeZoneOfPatient } from './patient-time-zone';
import type { PatientEntity } from './patient.entity';
import { Sex } from './sex';

const SiteOfPatient = shape('SiteOfPatient', 'The site that cares for a patient. `GET /site/{id}` has its details.', {
  id: id('Id of the site.'),
});

export const Patient = shape('Patient', 'A patient: a person whom one customer monitors.', {
  id: id('Id of the patient.'),
  externalIdentifier: text("The customer's own identifier of the patient. Null when there is none.").nullable(),
  firstName: text('First (given) name.'),
  lastName: text('Last (family) name.'),
  dateOfBirth: date('Date of birth. Null when not recorded.').nullable(),
  email: text('Email address. Null when not recorded.').nullable(),
  phoneNumber: text('Phone number, as entered. Null when not recorded.').nullable(),
  archived: flag(
    'Whether the patient is archived: new associations and orders are refused, existing associations stay.',
  ),
  enrolled: flag('Whether the patient is enrolled in the monitoring program.'),
  sex: words(Sex, 'Sex, as recorded by the customer. Null when not recorded.').nullable(),
  address: Address.nullable().describe('Home address. Null when not recorded.'),
  site: SiteOfPatient.nullable().describe('Site that cares for the patient. Null when none is recorded.'),
  timeZone: text(
    'IANA time zone of the patient: `timeZoneOverride` if it is set, else the zone of the ZIP code. Null when neither gives one.',
  ).nullable(),
  timeZoneOverride: text('Time zone to use instead of the one of the ZIP code. Null when none is set.').nullable(),
  customerId: id('Id of the customer that owns the patient.'),
  createdAt: time('Time at which the patient was created.'),
  updatedAt: time('Time of the latest change of the patient.'),
  version: integer('Version of the patient. It starts at 1 and each change increments it by one.'),
});

export function toPatient(patient: PatientEntity): z.infer<typeof Patient> {
  const { externalIdentifier, firstName, lastName, dateOfBirth, email, phoneNumber, archivedAt, enrolled } = patient;
  const { sex, address, siteId, timeZoneOverride, customerId, createdAt, updatedAt, version } = patient;
  return {
    id: Number(patient.id),
    externalIdentifier,
    firstName,
    lastName,
    dateOfBirth,
    email,
    phoneNumber,
    archived: archivedAt !== null,
    enrolled,
    sex: sex && toCamelCase(sex),
    address: address && toAddress(address),
    site: siteId === null ? null : { id: Number(siteId) },
    timeZone: timeZoneOfPatient(patient),
    timeZoneOverride,
    customerId: Number(customerId),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    version,
  };
}

const PATIENTS = { name: 'Patients', description: 'Patients of the customer.' };

export const patientRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/patient/{id}',
    operationId: 'getPatient',
    tag: PATIENTS,
    summary: 'Get a patient',
    description: 'A patient by id.',
    params: z.strictObject({ id: numberParameter('Id of the patient.') }),
    answer: [200, Patient, 'The patient.'],
    codes: ['PATIENT_NOT_FOUND'],
    handle: async (call, { params }) =>
      toPatient(await call.find<PatientEntity>('patient', { id: String(params.id) }, 'PATIENT_NOT_FOUND')),
  }),
];
