import { defineLoader, inOrderOf } from '../../platform/list/loader';
import type { SiteEntity } from './site.entity';
import { findSites } from './site.repository';

export const siteById = defineLoader<string, SiteEntity | null>('site_by_id', String, async (ctx, ids) =>
  inOrderOf(ids, await findSites(ctx.session, ids), (site) => site.id),
);
