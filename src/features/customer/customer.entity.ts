import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Table } from '../../platform/db/table';

@Entity('customer')
export class CustomerEntity {
  @PrimaryColumn({ type: 'bigint' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;
}

export const customerTable = new Table(CustomerEntity);
