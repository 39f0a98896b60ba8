import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { Table } from '../../platform/db/table';

@Entity('customer')
export class CustomerEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}

export const customerTable = new Table(CustomerEntity);
