import { Column, Entity, ForeignKey, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/base/address';

@Entity('site')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'site_customer_id_fkey' })
export class SiteEntity {
  /** `IMPILO_CUSTOMER_ID` for a warehouse. */
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

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
