import { Column, Entity, PrimaryGeneratedColumn } from '../../platform/db/entity';
import { Table } from '../../platform/db/table';

/** A customer. Its name is unique, ignoring case and surrounding spaces. */
@Entity('customer')
export class CustomerEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  /** Null while the customer is active. */
  @Column({ name: 'deactivated_at', type: 'timestamptz', precision: 3, nullable: true })
  deactivatedAt: Date | null;

  /** Null while readings are kept for good. */
  @Column({ name: 'reading_retention_months', type: 'integer', nullable: true })
  readingRetentionMonths: number | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  updatedAt: Date;

  @Column({ type: 'integer', default: 1 })
  version: number;
}

export const customerTable = new Table(CustomerEntity);
