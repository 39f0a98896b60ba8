import { Column, Entity, PrimaryColumn } from '../db/entity';

/** What an owner has spent, on all instances, see `RateLimits`. The table is unlogged: it is empty after a crash. */
@Entity('rate_limit')
export class RateLimitEntity {
  /** Hash of a customer, a credential or an address. */
  @PrimaryColumn({ type: 'text' })
  key: string;

  /** The time at which all that was spent is forgotten. */
  @Column({ type: 'timestamptz' })
  tat: Date;
}
