import type { Session } from '../../platform/db/session';
import { rowsByIds } from '../../platform/list/list';
import type { ItemEntity } from './item.entity';
import { ITEMS } from './item.list';

export function findItems(session: Session, ids: readonly string[]): Promise<ItemEntity[]> {
  return rowsByIds(session, ITEMS, ids);
}
