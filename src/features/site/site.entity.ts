import { Column, Entity, ForeignKey } from 'typeorm';
import { CustomerRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/base/address';

@Entity('site')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'site_customer_id_fkey' })
export class SiteEntity extends CustomerRow {
  /** `IMPILO_CUSTOMER_ID` for a warehouse. */
  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'boolean', default: true })
  active: boolean;

  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber: string | null;

  @Column({ type: 'jsonb', nullable: true })
  address: AddressValue | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  updatedAt: Date;
}

export const siteTable = new Table(SiteEntity);
