import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createSite } from './create-site';
import { CreateSiteInput, UpdateSiteInput } from './site.input';
import { Site } from './site.type';
import { updateSite } from './update-site';

export const SiteMutations = mutationResolver(
  mutation(createSite, {
    description: 'Adds a site. For admins.',
    input: [CreateSiteInput, 'The new site.'],
    payload: { site: [Site, 'The new site; null when it was refused.'] },
  }),
  mutation(updateSite, {
    description: 'Changes a site. For admins. A site that is made inactive keeps its devices and takes no more.',
    input: [UpdateSiteInput, 'Which site, and what to change.'],
    payload: { site: [Site, 'The site as it is now; null when the change was refused.'] },
  }),
);
