import type { Feature } from '../../platform/graphql/feature';
import { SiteMutations } from './site-mutations.resolver';
import { SiteEntity } from './site.entity';
import { siteById } from './site.list';
import { siteQueries } from './site.resolver';
import { siteRoutes } from './site.rest';

export const siteFeature: Feature = {
  entities: [SiteEntity],
  nodes: { Site: siteById },
  routes: siteRoutes,
  resolvers: () => [siteQueries, new SiteMutations()],
};
