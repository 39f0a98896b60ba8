import { Column, Entity, ForeignKey } from '../../platform/db/entity';
import { VersionedRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/graphql/address.type';

/** A site. The customer_id of a warehouse is `IMPILO_CUSTOMER_ID`. */
@Entity('site')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'site_customer_id_fkey' })
export class SiteEntity extends VersionedRow {
  @Column({ type: 'text' })
  name: string;

  /** Null while the site is active. */
  @Column({ name: 'deactivated_at', type: 'timestamptz', precision: 3, nullable: true })
  deactivatedAt: Date | null;

  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber: string | null;

  @Column({ type: 'jsonb', nullable: true })
  address: AddressValue | null;
}

export const siteTable = new Table(SiteEntity);
