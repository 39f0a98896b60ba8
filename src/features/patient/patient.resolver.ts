import { badInput } from '../../platform/base/errors';
import { refuseInvalid } from '../../platform/base/invalid-value';
import { computed, defineFields, link, list, optionalLink } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { phoneNumberE164 } from '../../platform/graphql/phone-number.field';
import { TimeZone } from '../../platform/graphql/scalars.type';
import type { RequestContext } from '../../platform/operation/request-context';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { resolveCustomerId } from '../customer/target-customer';
import type { SiteEntity } from '../site/site.entity';
import { siteById } from '../site/site.list';
import { Site } from '../site/site.type';
import { timeZoneOfPatient } from './patient-time-zone';
import type { PatientEntity } from './patient.entity';
import { PatientByExternalIdentifierArguments } from './patient.input';
import { patientById, PATIENTS, patientsOfSite } from './patient.list';
import { patientByExternalIdentifier } from './patient.repository';
import { Patient, PatientConnection } from './patient.type';

export const patientQueries = queryResolver({
  patient: nodeQuery(Patient, patientById, 'Patient by id. Null when it is not found.'),
  patientByExternalIdentifier: {
    type: Patient,
    description:
      "Patient by external identifier, the customer's own identifier of the patient. Null when it is not found.",
    action: 'data:read',
    args: PatientByExternalIdentifierArguments,
    checksArguments: true,
    resolve: findByExternalIdentifier,
  },
  patients: listQuery(
    PatientConnection,
    PATIENTS,
    'Patients of the customer. For operators, patients of all customers.',
  ),
});

async function findByExternalIdentifier(
  ctx: RequestContext,
  args: PatientByExternalIdentifierArguments,
): Promise<PatientEntity | null> {
  const { externalIdentifier, customerId } = args;
  const isMissing = customerId == null && ctx.caller.scope.kind !== 'customer';
  refuseInvalid(args, isMissing ? [badInput(['customerId'], 'is required for operators')] : []);
  const owner = resolveCustomerId(ctx, customerId, ['customerId']);
  if (owner == null) return null;
  return ctx.loaders.load(patientByExternalIdentifier, externalIdentifier, { customerId: owner });
}

defineFields<PatientEntity>(Patient, {
  customer: link(Customer, customerById, 'customerId', 'Customer that owns the patient.'),
  archived: computed(
    Boolean,
    ['archivedAt'],
    ({ archivedAt }) => archivedAt !== null,
    'Whether the patient is archived: new associations and orders are refused, existing associations stay.',
  ),
  timeZone: computed(
    TimeZone,
    ['timeZoneOverride', 'address'],
    timeZoneOfPatient,
    'Time zone of the patient: `timeZoneOverride` if it is set, else the zone of the ZIP code, which counts in the United States and its territories. Null when neither gives one.',
    { nullable: true },
  ),
  phoneNumberE164: phoneNumberE164('patient'),
  site: optionalLink(Site, siteById, 'siteId', 'Site that cares for the patient. Null when none is recorded.'),
});

defineFields<SiteEntity>(Site, {
  patients: list(PatientConnection, patientsOfSite, 'Patients that the site cares for. Empty for an Impilo warehouse.'),
});
