import type { Connection } from '../../platform/list/connection';
import { byId, rootConnection } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { parseId, parseIds } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import type { SiteEntity } from './site.entity';
import { siteById } from './site.loader';
import { SITES, type SiteOperator } from './site.repository';

export interface SiteFilterRequest {
  name?: string | null;
  active?: boolean | null;
  operatedBy?: SiteOperator | null;
  customerId?: string[] | null;
}

/** Places where devices are kept. */
export class SiteService {
  async find(ctx: RequestContext, id: string): Promise<SiteEntity | null> {
    ctx.authorize('programme:read');
    const siteId = parseId('Site', id, 'id');
    return siteId === null ? null : ctx.loaders.load(siteById, siteId);
  }

  list(ctx: RequestContext, filter: SiteFilterRequest | null | undefined, page: PageArguments): Connection<SiteEntity> {
    ctx.authorize('programme:read');
    const { customerId, ...conditions } = filter ?? {};
    const customerIds = customerId && parseIds('Customer', customerId, 'filter.customerId');
    return rootConnection(ctx, SITES, { ...conditions, customerIds }, page, byId());
  }
}
