import { PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A row that belongs to a customer: its key, which the keys of other rows refer to. */
export abstract class CustomerRow {
  @PrimaryColumn({ name: 'customer_id', type: 'bigint' })
  customerId: string;

  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;
}
