import { Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { nodeType, optional, required } from '../../platform/graphql/types';
import { connectionType } from '../../platform/graphql/connection.type';
import type { ItemEntity } from './item.entity';
import { ReadingKind } from '../kind/reading-kind';

export const Item = nodeType<ItemEntity>(
  'Item',
  'A type of device in the catalog, e.g. a model of blood-pressure cuff. A device is one serialized unit of an item.',
  {
    name: required(String, 'Name to show to people.'),
    model: optional(String, 'Model name of the manufacturer. Null when not recorded.'),
    sku: optional(String, 'Stock keeping unit (SKU): the number to order the item by. Null when it has none.'),
    manufacturer: optional(String, 'Name of the manufacturer. Null when not recorded.'),
    readingKinds: required(
      [ReadingKind],
      'Kinds of readings that devices of this item send. Empty for devices that send none.',
    ),
    version: required(
      Int,
      'Version of the item. It starts at 1 and each change increments it by one. Pass it as `expectedVersion` to change the item only if it is still in the state that you read.',
    ),
    updatedAt: required(
      DateTime,
      'Time of the latest change of the item. For items that were not changed since this field exists, the time of the upgrade.',
    ),
  },
);

export const ItemConnection = connectionType(Item, 'Item', 'items');
