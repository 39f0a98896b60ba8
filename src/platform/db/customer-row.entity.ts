import { Column, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A row that belongs to a customer. */
export abstract class OwnedRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;
}

/** One with an id: its key, which the keys of other rows refer to. */
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

/** One that says how often it was changed, for callers who change only what they have seen. */
export abstract class VersionedRow extends ChangingRow {
  @Column({ type: 'integer', default: 1 })
  version: number;
}
