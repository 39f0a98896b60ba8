import { z } from 'zod';
import { toCamelCase } from '../../platform/base/camel-case';
import { Address, toAddress } from '../../platform/graphql/address.rest';
import { nodeRoute, pageRoute, route, type RestRoute } from '../../platform/rest/route';
import {
  date,
  flag,
  flagParameter,
  id,
  integer,
  manyParameters,
  numberParameter,
  shape,
  text,
  time,
  words,
} from '../../platform/rest/shapes';
import { createPatient } from './create-patient';
import {
  CreatePatientRequest,
  FIELDS,
  ReplacePatientRequest,
  toChange,
  toInput,
  toReplacement,
  UpdatePatientRequest,
} from './patient-requests.rest';
import { timeZoneOfPatient } from './patient-time-zone';
import type { PatientEntity } from './patient.entity';
import { PATIENTS as PATIENT_LIST } from './patient.list';
import { Sex } from './sex';
import { updatePatient } from './update-patient';

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

const PATIENTS = { name: 'Patients', description: 'Patients of the customer, and where they live.' };

/** Sorts of the list by their names in REST; `patientId` is the platform's name of the default. */
const SORTS: Readonly<Record<string, string>> = {
  patientId: 'CREATED_AT',
  ...Object.fromEntries(Object.keys(PATIENT_LIST.sorts).map((field) => [toCamelCase(field), field])),
};
const Sort = z
  .enum(Object.keys(SORTS))
  .describe('Order of the list, `patientId` by default. `patientId` and `createdAt` are the order of creation.');

export const patientRoutes: readonly RestRoute[] = [
  nodeRoute({
    field: 'patient',
    tag: PATIENTS,
    description: 'A patient by id.',
    shape: Patient,
    toBody: (_call, patient: PatientEntity) => toPatient(patient),
  }),
  pageRoute({
    path: '/patient',
    operationId: 'listPatients',
    tag: PATIENTS,
    summary: 'List patients',
    description: 'Patients of the customer. All given conditions must hold.',
    query: {
      externalIdentifier: manyParameters(
        text('An identifier.'),
        'Patients with any of these external identifiers.',
      ).optional(),
      siteId: manyParameters(numberParameter('Id of a site.'), 'Patients of any of these sites.').optional(),
      name: text(
        'Patients whose name (first and last name, in either order) starts with this text, ignoring case and accents.',
      ).optional(),
      email: text('Patients with this email address, ignoring case.').optional(),
      postalCode: text(
        'Patients whose address has this ZIP code. Only the first five digits of a ZIP+4 code are compared.',
      ).optional(),
      archived: flagParameter('If true, archived patients. If false, patients who are not archived.').optional(),
      enrolled: flagParameter('If true, enrolled patients. If false, patients not enrolled.').optional(),
      dateOfBirthMin: date('Patients born on this date or later.').optional(),
      dateOfBirthMax: date('Patients born on this date or earlier.').optional(),
      sort: Sort.optional(),
      sortDescending: flagParameter('Whether the order is reversed. False by default.').optional(),
    },
    name: 'PatientPage',
    item: Patient,
    fields: {
      'externalIdentifiers.*': 'externalIdentifier',
      zipCode: 'postalCode',
      'dateOfBirth.from': 'dateOfBirthMin',
      'dateOfBirth.through': 'dateOfBirthMax',
    },
    list: ({
      externalIdentifier,
      siteId,
      postalCode,
      dateOfBirthMin,
      dateOfBirthMax,
      sort,
      sortDescending,
      ...same
    }) => [
      'patients',
      {
        filter: {
          externalIdentifiers: externalIdentifier,
          siteIds: siteId,
          name: same.name,
          email: same.email,
          zipCode: postalCode,
          archived: same.archived,
          enrolled: same.enrolled,
          dateOfBirth: { from: dateOfBirthMin, through: dateOfBirthMax },
        },
        sort: {
          field: SORTS[sort ?? 'patientId'],
          direction: sortDescending ? 'DESC' : 'ASC',
        },
      },
    ],
    toItem: async (_call, patient: PatientEntity) => toPatient(patient),
  }),
  route({
    method: 'POST',
    path: '/patient',
    operationId: 'createPatient',
    tag: PATIENTS,
    summary: 'Create a patient',
    description:
      'Creates a patient. Only the names are required. With an `externalIdentifier`, a repeated call is refused with `EXTERNAL_IDENTIFIER_TAKEN`; without one, send an `Idempotency-Key` to be able to repeat it.',
    body: CreatePatientRequest,
    response: [201, Patient, 'The new patient.'],
    runs: [createPatient],
    fields: FIELDS,
    handle: async (call, { body }) => toPatient((await call.run(createPatient, toInput(body))).patient),
  }),
  route({
    method: 'PUT',
    path: '/patient',
    operationId: 'replacePatient',
    tag: PATIENTS,
    summary: 'Replace the values of a patient',
    description:
      'Replaces all values of the patient with this `id`, or else with this `externalIdentifier`. Optional members that are omitted are cleared. Safe to repeat.',
    body: ReplacePatientRequest,
    response: [200, Patient, 'The patient.'],
    runs: [updatePatient],
    fields: FIELDS,
    handle: async (call, { body }) => toPatient((await call.run(updatePatient, toReplacement(body))).patient),
  }),
  route({
    method: 'PATCH',
    path: '/patient',
    operationId: 'updatePatient',
    tag: PATIENTS,
    summary: 'Change values of a patient',
    description:
      'Changes the given values of the patient with this `id`, or else with this `externalIdentifier`. Members that are omitted stay unchanged; null clears a value. Safe to repeat.',
    body: UpdatePatientRequest,
    response: [200, Patient, 'The patient.'],
    runs: [updatePatient],
    fields: FIELDS,
    handle: async (call, { body }) => toPatient((await call.run(updatePatient, toChange(body))).patient),
  }),
];
