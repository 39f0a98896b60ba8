import { Column, Entity, ForeignKey, PrimaryColumn } from '../db/entity';
import { OwnedRow } from '../db/customer-row.entity';

/** A text that its customer's clients send by its hash. The customer_id of an operator's text is `IMPILO_CUSTOMER_ID`. */
@Entity('persisted_query')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'persisted_query_customer_id_fkey' })
export class PersistedQueryEntity extends OwnedRow {
  /** SHA-256 of the text. */
  @PrimaryColumn({ type: 'bytea' })
  hash: Buffer;

  @Column({ type: 'text' })
  text: string;

  /** Of the text, and of its row. */
  @Column({ type: 'integer' })
  bytes: number;

  @Column({ name: 'registered_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  registeredAt: Date;
}
