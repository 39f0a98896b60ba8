import { defineEnum, type EnumOf } from '../../platform/base/enum';
import { rowsByIds, type ListDefinition } from '../../platform/list/list';
import { prefixCondition } from '../../platform/list/prefix';
import { IMPILO_CUSTOMER_ID } from '../../platform/db/scope';
import type { Session, Tx } from '../../platform/db/session';
import { selectList, StatementBuilder } from '../../platform/db/statement';
import { SiteEntity } from './site.entity';

export const SiteOperator = defineEnum('SiteOperator', 'Who runs a site.', {
  CUSTOMER: 'A customer: a clinic, an office, a store room of its own.',
  IMPILO: 'Impilo: a warehouse, seen by every customer as the place where a device is.',
});
export type SiteOperator = EnumOf<typeof SiteOperator>;

export interface SiteQuery {
  name?: string | null;
  active?: boolean | null;
  operatedBy?: SiteOperator | null;
  customerIds?: string[] | null;
}

/** Sites of the scope, and Impilo's warehouses, which every customer sees as the place where a device is. */
export const SITES: ListDefinition<SiteEntity, SiteQuery> = {
  name: 'sites',
  entity: SiteEntity,
  table: 'site',
  alias: 's',
  owned: (sql, alias) =>
    sql.scope.kind === 'customer'
      ? `${alias}.customer_id in (${sql.value(sql.scope.customerId, 'bigint')}, ${IMPILO_CUSTOMER_ID})`
      : 'true',
  conditions: (sql, query) => [
    ...(query.name != null ? [prefixCondition(sql, ['s.name_key'], query.name)] : []),
    ...(query.active != null ? [`s.active = ${sql.value(query.active, 'boolean')}`] : []),
    ...(query.operatedBy != null
      ? [`s.customer_id ${query.operatedBy === SiteOperator.IMPILO ? '=' : '<>'} ${IMPILO_CUSTOMER_ID}`]
      : []),
    ...(query.customerIds != null ? [sql.oneOf('s.customer_id', query.customerIds, 'bigint')] : []),
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
  const sql = new StatementBuilder(session.scope);
  const [site] = await session.query<SiteEntity>(
    sql.build(
      'site_for_customer',
      `select ${selectList(SiteEntity, 's')} from site s
       where s.customer_id in (${sql.value(customerId, 'bigint')}, ${IMPILO_CUSTOMER_ID}) and s.id = ${sql.value(siteId, 'bigint')}`,
    ),
  );
  return site ?? null;
}

/** Locks a customer's site against deactivation until the transaction ends. */
export async function lockSiteForShare(
  tx: Tx,
  site: Pick<SiteEntity, 'customerId' | 'id'>,
): Promise<SiteEntity | null> {
  const sql = new StatementBuilder(tx.scope);
  const [locked] = await tx.query<SiteEntity>(
    sql.build(
      'lock_site_for_share',
      `select ${selectList(SiteEntity, 's')} from site s
       where s.customer_id = ${sql.value(site.customerId, 'bigint')} and s.id = ${sql.value(site.id, 'bigint')} for share`,
    ),
  );
  return locked ?? null;
}

export type SiteChange = Partial<Pick<SiteEntity, 'name' | 'phoneNumber' | 'address' | 'active'>>;

/** @returns the id of the new site */
export async function insertSite(tx: Tx, site: { customerId: string; name: string } & SiteChange): Promise<string> {
  const result = await tx.manager.insert(SiteEntity, site);
  return (result.identifiers[0] as Pick<SiteEntity, 'id'>).id;
}

export async function changeSite(tx: Tx, { customerId, id }: SiteEntity, change: SiteChange): Promise<void> {
  await tx.manager.update(SiteEntity, { customerId, id }, { ...change, updatedAt: () => 'clock_timestamp()' });
}
