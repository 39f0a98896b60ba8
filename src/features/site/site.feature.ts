import type { Feature } from '../../platform/graphql/feature';
import { SiteMutations } from './site-mutations.resolver';
import { SiteEntity } from './site.entity';
import { siteById } from './site.loader';
import { SiteResolver } from './site.resolver';
import { SiteService } from './site.service';

export const siteFeature: Feature = {
  entities: [SiteEntity],
  nodes: { Site: siteById },
  resolvers: () => [new SiteResolver(new SiteService()), new SiteMutations()],
};
