import { ID } from 'type-graphql';
import { expectedVersionField } from '../../platform/graphql/expected-version.input';
import { inputType, optional, required } from '../../platform/graphql/types';
import { MAX_CHOICES } from '../../platform/operation/list-bounds';
import { ReadingKind } from '../kind/reading-kind';

const TEXTS = {
  model: optional(String, 'Model name of the manufacturer, at most 200 characters.'),
  sku: optional(
    String,
    'Stock keeping unit (SKU): the number to order the item by, at most 64 characters. Unique in the catalog.',
  ),
  manufacturer: optional(String, 'Name of the manufacturer, at most 200 characters.'),
};

export const CreateItemInput = inputType('CreateItemInput', 'A new item of the catalog.', {
  name: required(String, 'Name to show to people, 1 to 200 characters.'),
  ...TEXTS,
  readingKinds: required(
    [ReadingKind],
    `Kinds of readings that devices of the item send, at most ${MAX_CHOICES}. Empty for devices that send none. Duplicates are ignored.`,
    { limit: 'values of another list' },
  ),
});
export type CreateItemInput = InstanceType<typeof CreateItemInput>;

export const UpdateItemInput = inputType(
  'UpdateItemInput',
  'New values of an item. Omitted fields stay unchanged; null clears a field.',
  {
    itemId: required(ID, 'Item, by global id or `databaseId`.'),
    expectedVersion: expectedVersionField('item'),
    name: optional(String, 'Name to show to people, 1 to 200 characters. Cannot be cleared.'),
    ...TEXTS,
    readingKinds: optional(
      [ReadingKind],
      `Kinds of readings that devices of the item send, at most ${MAX_CHOICES}. They replace the current ones. A kind of which a device of the item has sent a reading cannot be removed. Cannot be cleared.`,
      { limit: 'values of another list' },
    ),
  },
);
export type UpdateItemInput = InstanceType<typeof UpdateItemInput>;
