import { alreadyHas } from '../../platform/base/already-has';
import { DomainError } from '../../platform/base/errors';
import type { Tx } from '../../platform/db/session';
import { changeVersioned } from '../../platform/db/table';
import { lockNamed } from '../../platform/list/named-row';
import { assertVersion } from '../../platform/operation/expected-version';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import type { ReadingKind } from '../kind/reading-kind';
import { ITEM_VALUES, withUniqueSku } from './item-rules';
import type { UpdateItemInput } from './item.input';
import { itemTable, type ItemEntity } from './item.entity';
import { ITEMS } from './item.list';
import { findSentKinds } from './item.repository';

const RULES = {
  ...ITEM_VALUES,
  name: nonNull(ITEM_VALUES.name),
  readingKinds: nonNull(ITEM_VALUES.readingKinds),
};

/**
 * Changes the given members of an item.
 *
 * A repeated call succeeds and changes nothing.
 */
export const updateItem = useCase(
  {
    name: 'updateItem',
    action: 'item:write',
    codes: ['ITEM_NOT_FOUND', 'STALE_VERSION', 'READING_KIND_IN_USE', 'SKU_TAKEN'],
    input: RULES,
  },
  async (_ctx, tx, { itemId, expectedVersion, ...values }: Checked<UpdateItemInput, typeof RULES>) => {
    const item = await lockNamed(tx, ITEMS, 'item', itemId);
    const change = { ...values, readingKinds: changedKinds(item, values.readingKinds) };
    if (alreadyHas(item, change)) return { item };
    assertVersion(item, expectedVersion, 'item');
    if (change.readingKinds) await assertRemovable(tx, item, change.readingKinds);
    return { item: await withUniqueSku(changeVersioned(tx, itemTable, { id: item.id, ...change })) };
  },
);

/** The order of the kinds has no meaning. */
function changedKinds(item: ItemEntity, kinds: ReadingKind[] | undefined): ReadingKind[] | undefined {
  const isSame = kinds?.length === item.readingKinds.length && kinds.every((kind) => item.readingKinds.includes(kind));
  return isSame ? undefined : kinds;
}

/** @throws DomainError READING_KIND_IN_USE */
async function assertRemovable(tx: Tx, item: ItemEntity, remaining: readonly ReadingKind[]): Promise<void> {
  const removed = item.readingKinds.filter((kind) => !remaining.includes(kind));
  if (removed.length === 0) return;
  const sent = await findSentKinds(tx, item.id);
  const used = removed.filter((kind) => sent.includes(kind));
  if (used.length === 0) return;
  const message = `Devices of the item have sent readings of these kinds: ${used.join(', ')}. Keep these kinds in readingKinds.`;
  throw new DomainError('READING_KIND_IN_USE', message, ['input', 'readingKinds']);
}
