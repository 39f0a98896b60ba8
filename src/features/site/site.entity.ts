import { Column, Entity, ForeignKey } from 'typeorm';
import { ChangingRow } from '../../platform/db/customer-row.entity';
import { Table } from '../../platform/db/table';
import type { AddressValue } from '../../platform/graphql/address.type';

@Entity('site')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'site_customer_id_fkey' })
export class SiteEntity extends ChangingRow {
  /** `IMPILO_CUSTOMER_ID` for a warehouse. */
  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'boolean', default: true })
  active: boolean;

  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber: string | null;

  @Column({ type: 'jsonb', nullable: true })
  address: AddressValue | null;
}

export const siteTable = new Table(SiteEntity);
