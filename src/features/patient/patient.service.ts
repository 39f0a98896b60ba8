import type { Connection } from '../../platform/list/connection';
import { byId, bySortValue, childConnection, rootConnection, type SortSpec } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { badInput } from '../../platform/base/errors';
import { parseId, parseIds } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import { SortDirection } from '../../platform/list/sort';
import type { SiteEntity } from '../site/site.entity';
import type { PatientEntity } from './patient.entity';
import { patientByExternalIdentifier, patientById, patientsOfSite } from './patient.loader';
import { PATIENTS, PatientSortField, type PatientQuery } from './patient.repository';

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
