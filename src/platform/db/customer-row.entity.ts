import { Column, PrimaryColumn, PrimaryGeneratedColumn } from './entity';

/** A row that belongs to a customer. */
export abstract class OwnedRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;
}

/** An owned row with an id: its key, and the target of foreign keys. */
export abstract class CustomerRow extends OwnedRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;
}

export abstract class CreatedRow extends CustomerRow {
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}

export abstract class ChangingRow extends CreatedRow {
  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  updatedAt: Date;
}

/** A row whose version increases by one with each change, for optimistic concurrency control. */
export abstract class VersionedRow extends ChangingRow {
  @Column({ type: 'integer', default: 1 })
  version: number;
}
