import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createSite } from './create-site';
import { deactivateSite } from './deactivate-site';
import { reactivateSite } from './reactivate-site';
import { CreateSiteInput, DeactivateSiteInput, ReactivateSiteInput, UpdateSiteInput } from './site.input';
import { Site } from './site.type';
import { updateSite } from './update-site';

const SITE = {
  site: [Site, 'The site as it is now, also after STALE_VERSION; null when the change was refused for anything else.'],
} as const;

export const SiteMutations = mutationResolver(
  mutation(createSite, {
    description: 'Adds a site. For ADMIN and operators.',
    input: [CreateSiteInput, 'The new site.'],
    payload: { site: [Site, 'The new site; null when it was refused.'] },
  }),
  mutation(updateSite, {
    description: 'Changes a site. For ADMIN and operators. Repeating it succeeds and changes nothing.',
    input: [UpdateSiteInput, 'Which site, and what to change.'],
    payload: SITE,
  }),
  mutation(deactivateSite, {
    description:
      'Deactivates a site: it keeps its devices and takes no more; new orders for it are refused. For ADMIN and operators. Repeating it succeeds and changes nothing.',
    input: [DeactivateSiteInput, 'Which site.'],
    payload: SITE,
  }),
  mutation(reactivateSite, {
    description:
      'Activates a site again. For ADMIN and operators. For a site that is active it succeeds and changes nothing.',
    input: [ReactivateSiteInput, 'Which site.'],
    payload: SITE,
  }),
);
