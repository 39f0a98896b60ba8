import type { z } from 'zod';
import { flag, id, shape, text } from '../../platform/rest/shapes';
import type { SiteEntity } from './site.entity';

export const Site = shape('Site', 'A place where devices are kept.', {
  id: id('Id of the site.'),
  name: text('Name.'),
  active: flag('Whether the site accepts devices and orders.'),
});

export function toSite({ id: siteId, name, deactivatedAt }: SiteEntity): z.infer<typeof Site> {
  return { id: Number(siteId), name, active: deactivatedAt === null };
}
