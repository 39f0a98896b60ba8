import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { rowsByIds, type ListDefinition } from '../../platform/list/list';
import { prefixCondition } from '../../platform/list/prefix';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Session, Tx } from '../../platform/db/session';
import { all, bigint, boolean, oneOf, raw, scoped, sql } from '../../platform/db/sql';
import { siteTable, type SiteEntity } from './site.entity';

export const SiteOperator = defineEnum('SiteOperator', 'Who runs a site.', {
  CUSTOMER: 'A customer: a clinic, an office, a store room of its own.',
  IMPILO: 'Impilo: a warehouse, seen by every customer as the place where a device is.',
});
export type SiteOperator = EnumOf<typeof SiteOperator>;

const IMPILO = raw(IMPILO_CUSTOMER_ID);

export interface SiteQuery {
  name?: string | null;
  active?: boolean | null;
  operatedBy?: SiteOperator | null;
  customerIds?: string[] | null;
}

/** Sites of the scope, and Impilo's warehouses, which every customer sees as the place where a device is. */
export const SITES: ListDefinition<SiteEntity, SiteQuery> = {
  name: 'sites',
  table: siteTable,
  alias: 's',
  owned: scoped((scope) =>
    scope.kind === 'customer' ? sql`s.customer_id in (${bigint(scope.customerId)}, ${IMPILO})` : all(),
  ),
  conditions: (query) => [
    ...(query.name != null ? [prefixCondition(['s.name_key'], query.name)] : []),
    ...(query.active != null ? [sql`s.active = ${boolean(query.active)}`] : []),
    ...(query.operatedBy != null
      ? [query.operatedBy === SiteOperator.IMPILO ? sql`s.customer_id = ${IMPILO}` : sql`s.customer_id <> ${IMPILO}`]
      : []),
    ...(query.customerIds != null ? [oneOf('s.customer_id', query.customerIds, 'bigint')] : []),
  ],
  order: () => ({ descending: false }),
};

export function findSites(session: Session, ids: readonly string[]): Promise<SiteEntity[]> {
  return rowsByIds(session, SITES, ids);
}

/**
 * Finds a site for a device or a patient of a customer: one of that customer's, or a warehouse.
 *
 * Not locked: a warehouse is a row that customers may only read, and PostgreSQL answers no row when such a one is locked.
 */
export async function findSiteForCustomer(
  session: Session,
  customerId: string,
  siteId: string,
): Promise<SiteEntity | null> {
  const [site] = await session.sql<SiteEntity>`/* site_for_customer */ select ${siteTable.select('s')} from site s
    where s.customer_id in (${bigint(customerId)}, ${IMPILO}) and s.id = ${bigint(siteId)}`;
  return site ?? null;
}

/** Locks a customer's site against deactivation until the transaction ends. */
export async function lockSiteForShare(
  tx: Tx,
  site: Pick<SiteEntity, 'customerId' | 'id'>,
): Promise<SiteEntity | null> {
  const [locked] = await tx.sql<SiteEntity>`/* lock_site_for_share */ select ${siteTable.select('s')} from site s
    where s.customer_id = ${bigint(site.customerId)} and s.id = ${bigint(site.id)} for share`;
  return locked ?? null;
}

export type SiteChange = Partial<Pick<SiteEntity, 'name' | 'phoneNumber' | 'address' | 'active'>>;

export async function insertSite(tx: Tx, site: { customerId: string; name: string } & SiteChange): Promise<SiteEntity> {
  const [inserted] = await siteTable.insert(tx, [site]);
  return inserted!;
}

export async function changeSite(tx: Tx, { customerId, id }: SiteEntity, change: SiteChange): Promise<SiteEntity> {
  const computed = { updatedAt: sql`clock_timestamp()` };
  const [changed] = await siteTable.update(tx, [{ customerId, id, ...change }], { computed });
  return changed!;
}
