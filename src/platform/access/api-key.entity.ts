import { Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { Table } from '../db/table';
import type { Role } from './policy';

@Entity('api_key')
@Unique('api_key_secret_hash_key', ['secretHash'])
@ForeignKey('CustomerEntity', ['customerId'], ['id'], { name: 'api_key_customer_id_fkey' })
export class ApiKeyEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  /** Null for an operator's key. */
  @Column({ name: 'customer_id', type: 'bigint', nullable: true })
  customerId: string | null;

  /** Holder of the key; also the actor's label in its changes. */
  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  role: Role;

  /** SHA-256 of the key. The key has 256 random bits, so a slow hash would add no protection. */
  @Column({ name: 'secret_hash', type: 'bytea' })
  secretHash: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', precision: 3, nullable: true })
  revokedAt: Date | null;
}

export const apiKeyTable = new Table(ApiKeyEntity);
