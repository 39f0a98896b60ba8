import { Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from '../db/entity';
import { Table } from '../db/table';
import type { ActorKind } from './actor';
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

  /**
   * SHA-256 of the key. The key has 256 random bits, so a slow hash would add no protection. No statement reads it, and only the
   * workers' role has the right to.
   */
  @Column({ name: 'secret_hash', type: 'bytea', select: false })
  secretHash?: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', precision: 3, nullable: true })
  revokedAt: Date | null;

  /** Start of the latest hour in which the key was used. Null for a key that was not used since this is recorded. */
  @Column({ name: 'last_used_at', type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt: Date | null;

  /** Null for a key that was created on the command line, or before actors of keys were recorded. */
  @Column({ name: 'created_by_kind', type: 'text', nullable: true })
  createdByKind: ActorKind | null;

  @Column({ name: 'created_by_label', type: 'text', nullable: true })
  createdByLabel: string | null;

  @Column({ name: 'created_by_api_key_id', type: 'bigint', nullable: true })
  createdByApiKeyId: string | null;

  /** Null as for `createdByKind`, and for a key that is not revoked. */
  @Column({ name: 'revoked_by_kind', type: 'text', nullable: true })
  revokedByKind: ActorKind | null;

  @Column({ name: 'revoked_by_label', type: 'text', nullable: true })
  revokedByLabel: string | null;

  @Column({ name: 'revoked_by_api_key_id', type: 'bigint', nullable: true })
  revokedByApiKeyId: string | null;
}

export const apiKeyTable = new Table(ApiKeyEntity);
