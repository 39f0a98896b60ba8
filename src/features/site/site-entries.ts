import { parseId } from '../../platform/base/global-id';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Session, Tx } from '../../platform/db/session';
import { notFound } from '../../platform/list/named-row';
import type { Entries, Entry } from '../../platform/operation/entries';
import type { SiteEntity } from './site.entity';
import { findSitesForCustomers, lockSitesForShare } from './site.repository';

interface PlacedInput {
  siteId?: string | null;
}

type WithSite<From> = From & { readonly site: SiteEntity | undefined };

/**
 * `getSiteForCustomer` for the entries of a bulk call. The site of an entry without `siteId` is undefined.
 *
 * @param customerOf the customer whose site, or the warehouse, an entry may name
 */
export async function findSitesOf<Input extends PlacedInput, From extends Entry<Input>>(
  session: Session,
  entries: Entries<Input, object>,
  located: readonly From[],
  customerOf: (entry: From) => string,
): Promise<WithSite<From>[]> {
  const named = entries.each(located, (entry) => ({ entry, siteId: siteIdOf(entry.input) }));
  const keys = named.flatMap(({ entry, siteId: id }) => (id == null ? [] : [{ customerId: customerOf(entry), id }]));
  const found = new Map(
    (await findSitesForCustomers(session, keys)).map((site) => [keyOf(site.customerId, site.id), site]),
  );
  return entries
    .each(named, ({ entry, siteId }) => {
      if (siteId === undefined) return { site: undefined };
      const site = found.get(keyOf(customerOf(entry), siteId)) ?? found.get(keyOf(IMPILO_CUSTOMER_ID, siteId));
      if (!site) throw notFound('site');
      return { site };
    })
    .map(({ entry, site }) => ({ ...entry, site }));
}

/** `lockSiteForDevice` for the entries of a bulk call, in id order. */
export async function lockSitesOf<Input extends PlacedInput, From extends Entry<Input>>(
  tx: Tx,
  entries: Entries<Input, object>,
  located: readonly From[],
  customerOf: (entry: From) => string,
): Promise<WithSite<From>[]> {
  const placed = await findSitesOf(tx, entries, located, customerOf);
  const sites = new Map(placed.flatMap(({ site }) => (site ? [[keyOf(site.customerId, site.id), site] as const] : [])));
  for (const site of await lockSitesForShare(tx, [...sites.values()])) sites.set(keyOf(site.customerId, site.id), site);
  return placed.map((entry) => ({
    ...entry,
    site: entry.site && sites.get(keyOf(entry.site.customerId, entry.site.id)),
  }));
}

/** @throws DomainError SITE_NOT_FOUND for a global id of another type; InvalidValueError */
function siteIdOf({ siteId }: PlacedInput): string | undefined {
  if (siteId == null) return undefined;
  const id = parseId('Site', siteId, ['input', 'siteId']);
  if (id === null) throw notFound('site');
  return id;
}

function keyOf(customerId: string, id: string): string {
  return `${customerId} ${id}`;
}
