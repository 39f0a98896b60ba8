import { z } from 'zod';
import type { Tx } from '../../platform/db/session';
import type { Connection } from '../../platform/list/connection';
import { byId, bySortValue, childConnection, rootConnection, type SortSpec } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { targetCustomer } from '../customer/target-customer';
import type { AddressValue } from '../../platform/base/address';
import { badInput, DomainError } from '../../platform/base/errors';
import { parseId, parseIds } from '../../platform/base/global-id';
import {
  addressRule,
  changesOf,
  checkInput,
  emailRule,
  line,
  optionalLine,
  phoneNumberRule,
} from '../../platform/operation/input-rules';
import type { PageArguments } from '../../platform/list/page';
import { SortDirection } from '../../platform/list/sort';
import { UserErrorCode } from '../../platform/base/user-error-code';
import { assertOperatedByCustomer, getSiteForCustomer } from '../site/site.service';
import type { SiteEntity } from '../site/site.entity';
import { lockPatient, type PatientReference } from './patient-reference';
import type { PatientEntity } from './patient.entity';
import type { Sex } from './sex';
import { patientByExternalIdentifier, patientById, patientsOfSite } from './patient.loader';
import { changePatient, insertPatient, PATIENTS, PatientSortField, type PatientQuery } from './patient.repository';

export interface PatientListRequest extends PageArguments {
  filter?: {
    siteId?: string[] | null;
    externalIdentifier?: string[] | null;
    name?: string | null;
    email?: string | null;
    zipCode?: string | null;
    archived?: boolean | null;
    enrolled?: boolean | null;
    lastReadingBefore?: Date | null;
    customerId?: string[] | null;
  } | null;
  sort?: PatientQuery['sort'] | null;
}

interface PatientInput {
  externalIdentifier?: string | null;
  dateOfBirth?: string | null;
  sex?: Sex | null;
  email?: string | null;
  phoneNumber?: string | null;
  address?: AddressValue | null;
  timeZone?: string | null;
  siteId?: string | null;
}

export interface CreatePatient extends PatientInput {
  customerId?: string | null;
  firstName: string;
  lastName: string;
}

export interface UpdatePatient extends PatientInput, PatientReference {
  firstName?: string | null;
  lastName?: string | null;
  archived?: boolean | null;
  enrolled?: boolean | null;
}

const RULES = z.object({
  externalIdentifier: optionalLine(200),
  firstName: line(100),
  lastName: line(100),
  email: emailRule,
  phoneNumber: phoneNumberRule,
  address: addressRule,
});

/** People who are monitored. */
export class PatientService {
  async find(ctx: RequestContext, id: string): Promise<PatientEntity | null> {
    ctx.authorize('programme:read');
    const patientId = parseId('Patient', id, 'id');
    return patientId === null ? null : ctx.loaders.load(patientById, patientId);
  }

  /** @param customerId for operators, who must say whose patient it is; others may leave it out */
  async findByExternalIdentifier(
    ctx: RequestContext,
    externalIdentifier: string,
    customerId: string | null | undefined,
  ): Promise<PatientEntity | null> {
    ctx.authorize('programme:read');
    const { scope } = ctx.caller;
    const given = customerId == null ? undefined : parseId('Customer', customerId, 'customerId');
    const owner = scope.kind === 'customer' ? scope.customerId : given;
    if (owner === undefined) throw badInput('customerId', 'must be given by an operator');
    if (owner === null || (given !== undefined && given !== owner)) return null;
    return ctx.loaders.load(patientByExternalIdentifier, externalIdentifier, { customerId: owner });
  }

  list(ctx: RequestContext, { filter, sort, ...page }: PatientListRequest): Connection<PatientEntity> {
    ctx.authorize('programme:read');
    const query = toQuery(filter, sort);
    return rootConnection(ctx, PATIENTS, query, page, sortOf(query));
  }

  listOfSite(
    ctx: RequestContext,
    site: SiteEntity,
    { filter, sort, ...page }: PatientListRequest,
  ): Connection<PatientEntity> {
    const query = toQuery(filter, sort);
    return childConnection(ctx, patientsOfSite, site, query, page, sortOf(query));
  }

  /** @throws DomainError INVALID_INPUT, REFERENCE_MISSING, CUSTOMER_NOT_FOUND, SITE_NOT_FOUND, SITE_OPERATED_BY_IMPILO, DUPLICATE_EXTERNAL_IDENTIFIER */
  async create(ctx: RequestContext, request: CreatePatient): Promise<PatientEntity> {
    ctx.authorize('patient:write');
    const { customerId, timeZone, siteId, ...values } = checkInput(RULES, request);
    return ctx.transact(async (tx) => {
      const owner = await targetCustomer(ctx, tx, customerId);
      const site = await siteOfPatient(tx, owner, siteId);
      return insertPatient(tx, { ...values, customerId: owner, timeZoneOverride: timeZone, siteId: site });
    });
  }

  /**
   * Changes what is given. Archiving ends nothing: devices and associations stay, new ones are refused.
   *
   * @throws DomainError INVALID_INPUT, REFERENCE_MISSING, PATIENT_NOT_FOUND, REFERENCE_MISMATCH, SITE_NOT_FOUND,
   *   SITE_OPERATED_BY_IMPILO, DUPLICATE_EXTERNAL_IDENTIFIER
   */
  async update(ctx: RequestContext, request: UpdatePatient): Promise<PatientEntity> {
    ctx.authorize('patient:write');
    const { patientId, patientExternalIdentifier, ...given } = request;
    const change = checkInput(RULES.partial(), changesOf(given, ['firstName', 'lastName', 'archived', 'enrolled']));
    const { scope } = ctx.caller;
    return ctx.transact(async (tx) => {
      const owner = scope.kind === 'customer' ? scope.customerId : null;
      const patient = await lockPatient(tx, owner, { patientId, patientExternalIdentifier }, 'update');
      const { timeZone, siteId, ...values } = change;
      return changePatient(tx, patient, {
        ...values,
        timeZoneOverride: timeZone,
        siteId: await siteOfPatient(tx, patient.customerId, siteId),
      });
    });
  }
}

/**
 * Asserts that a patient may be given a device.
 *
 * @throws DomainError PATIENT_ARCHIVED
 */
export function assertNotArchived(patient: PatientEntity, reference: PatientReference): void {
  if (!patient.archived) return;
  throw new DomainError(
    UserErrorCode.PATIENT_ARCHIVED,
    'The patient is archived: restore the patient first, or choose another one.',
    ['input', reference.patientId == null ? 'patientExternalIdentifier' : 'patientId'],
  );
}

async function siteOfPatient(
  tx: Tx,
  customerId: string,
  siteId: string | null | undefined,
): Promise<string | null | undefined> {
  if (siteId == null) return siteId;
  const site = await getSiteForCustomer(tx, customerId, siteId);
  assertOperatedByCustomer(site);
  return site.id;
}

function toQuery(filter: PatientListRequest['filter'], sort: PatientListRequest['sort']): PatientQuery {
  const { siteId, customerId, ...conditions } = filter ?? {};
  return {
    ...conditions,
    siteIds: siteId && parseIds('Site', siteId, 'filter.siteId'),
    customerIds: customerId && parseIds('Customer', customerId, 'filter.customerId'),
    sort: sort ?? { field: PatientSortField.ID, direction: SortDirection.ASC },
  };
}

function sortOf({ sort }: PatientQuery): SortSpec<PatientEntity> {
  const key = `${sort.field} ${sort.direction}`;
  if (sort.field === PatientSortField.LAST_READING_AT) return bySortValue(key);
  return { key, positionOf: byId<PatientEntity>().positionOf };
}
