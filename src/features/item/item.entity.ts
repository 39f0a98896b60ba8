import { Column, Entity, PrimaryGeneratedColumn, Unique } from '../../platform/db/entity';
import { Table } from '../../platform/db/table';
import type { ReadingKind } from '../kind/reading-kind';

@Entity('item')
@Unique('item_sku_key', ['sku'])
export class ItemEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', nullable: true })
  model: string | null;

  @Column({ type: 'text', nullable: true })
  sku: string | null;

  @Column({ type: 'text', nullable: true })
  manufacturer: string | null;

  @Column({ name: 'reading_kinds', type: 'text', array: true })
  readingKinds: ReadingKind[];

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  updatedAt: Date;

  @Column({ type: 'integer', default: 1 })
  version: number;
}

export const itemTable = new Table(ItemEntity);
