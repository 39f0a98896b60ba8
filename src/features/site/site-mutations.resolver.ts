import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { createSite } from './create-site';
import { createWarehouse } from './create-warehouse';
import { deactivateSite } from './deactivate-site';
import { reactivateSite } from './reactivate-site';
import { CreateSiteInput, DeactivateSiteInput, ReactivateSiteInput, UpdateSiteInput } from './site.input';
import { Site } from './site.type';
import { updateSite } from './update-site';
import { updateWarehouse } from './update-warehouse';
import { CreateWarehouseInput, UpdateWarehouseInput } from './warehouse.input';

const SITE = {
  site: [
    Site,
    'The site in its current state. Also returned with `STALE_VERSION`. Null when the change was refused for any other reason.',
  ],
} as const;

export const SiteMutations = mutationResolver(
  mutation(createSite, {
    description: 'Creates a site. For `ADMIN` and operators. Not safe to repeat: a repeated call creates another site.',
    input: [CreateSiteInput, 'Site to create.'],
    payload: { site: [Site, 'The new site. Null when it was refused.'] },
  }),
  mutation(updateSite, {
    description: 'Updates a site. For `ADMIN` and operators. Safe to repeat.',
    input: [UpdateSiteInput, 'Site to update, and its new values.'],
    payload: SITE,
  }),
  mutation(deactivateSite, {
    description:
      'Deactivates a site. Its devices stay, but new devices and new orders for the site are refused. Operators can also deactivate a warehouse that has no stock. For `ADMIN` and operators. Safe to repeat.',
    input: [DeactivateSiteInput, 'Site to deactivate.'],
    payload: SITE,
  }),
  mutation(reactivateSite, {
    description:
      'Reactivates a site, so that it accepts devices and orders again. For `ADMIN` and operators. Safe to repeat.',
    input: [ReactivateSiteInput, 'Site to reactivate.'],
    payload: SITE,
  }),
  mutation(createWarehouse, {
    description:
      'Creates an Impilo warehouse, which all customers see. For operators. Not safe to repeat: a repeated call creates another warehouse.',
    input: [CreateWarehouseInput, 'Warehouse to create.'],
    payload: { site: [Site, 'The new warehouse. Null when it was refused.'] },
  }),
  mutation(updateWarehouse, {
    description:
      'Updates an Impilo warehouse. To close or reopen it, use `deactivateSite` and `reactivateSite`. For operators. Safe to repeat.',
    input: [UpdateWarehouseInput, 'Warehouse to update, and its new values.'],
    payload: SITE,
  }),
);
