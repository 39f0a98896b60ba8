import { Column, Entity, ForeignKey, PrimaryColumn } from '../db/entity';
import { OwnedRow } from '../db/customer-row.entity';

/** A call with an `idempotencyKey`. The customer_id of an operator's call is `IMPILO_CUSTOMER_ID`. */
@Entity('idempotency_key')
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'idempotency_key_customer_id_fkey' })
export class IdempotencyKeyEntity extends OwnedRow {
  /** Of the caller and the key, which may be a name or an email address. Keyed, see `IdempotencyKeys`. */
  @PrimaryColumn({ name: 'key_hash', type: 'bytea' })
  keyHash: Buffer;

  /** Name of the use case. */
  @Column({ type: 'text' })
  operation: string;

  @Column({ name: 'input_hash', type: 'bytea' })
  inputHash: Buffer;

  /** JSON of ids, codes and numbers. Null only within the transaction that carries out the call. */
  @Column({ type: 'text', nullable: true })
  result: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}
