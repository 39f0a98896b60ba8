import { badInput } from '../../platform/base/errors';
import { computed, defineFields, link, list, optionalLink } from '../../platform/graphql/fields';
import { listQuery, nodeQuery, queryResolver } from '../../platform/graphql/queries';
import { TimeZone } from '../../platform/graphql/scalars.type';
import type { RequestContext } from '../../platform/operation/request-context';
import { customerById } from '../customer/customer.list';
import { Customer } from '../customer/customer.type';
import { namedCustomer } from '../customer/target-customer';
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
  patient: nodeQuery(Patient, patientById, 'One patient by its id; null when there is none.'),
  patientByExternalIdentifier: {
    type: Patient,
    description: "One patient by the customer's own name for it; null when there is none.",
    action: 'data:read',
    args: PatientByExternalIdentifierArguments,
    resolve: findByExternalIdentifier,
  },
  patients: listQuery(PatientConnection, PATIENTS, "The customer's patients; those of all customers for operators."),
});

async function findByExternalIdentifier(
  ctx: RequestContext,
  { externalIdentifier, customerId }: PatientByExternalIdentifierArguments,
): Promise<PatientEntity | null> {
  const owner = namedCustomer(ctx, customerId, ['customerId']);
  if (owner === undefined) throw badInput(['customerId'], 'must be given by an operator');
  if (owner === null) return null;
  return ctx.loaders.load(patientByExternalIdentifier, externalIdentifier, { customerId: owner });
}

defineFields<PatientEntity>(Patient, {
  customer: link(Customer, customerById, 'customerId', 'Whose patient it is.'),
  archived: computed(
    Boolean,
    ['archivedAt'],
    ({ archivedAt }) => archivedAt !== null,
    'Whether the patient is no longer monitored: new associations and orders are refused, what is there stays.',
  ),
  timeZone: computed(
    TimeZone,
    ['timeZoneOverride', 'address'],
    timeZoneOfPatient,
    "The patient's time zone: `timeZoneOverride` if it is set, else the zone of a US ZIP code, else null.",
    { nullable: true },
  ),
  site: optionalLink(Site, siteById, 'siteId', 'The site that looks after the patient; null when none does.'),
});

defineFields<SiteEntity>(Site, {
  patients: list(
    PatientConnection,
    patientsOfSite,
    'The patients that the site looks after. None for a site that Impilo runs.',
  ),
});
