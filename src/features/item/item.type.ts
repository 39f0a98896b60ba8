import { nodeType, optional, required } from '../../platform/graphql/types';
import { connectionType } from '../../platform/graphql/connection.type';
import type { ItemEntity } from './item.entity';
import { ReadingKind } from '../kind/reading-kind';

export const Item = nodeType<ItemEntity>(
  'Item',
  'A kind of device, e.g. a model of blood-pressure cuff: a device is one serialised unit of an item.',
  {
    name: required(String, 'What people call it.'),
    model: optional(String, "The manufacturer's model name; null when it is not recorded."),
    sku: optional(String, 'Stock-keeping unit: the number under which it is ordered; null when it has none.'),
    manufacturer: optional(String, 'Who makes it; null when it is not recorded.'),
    readingKinds: required([ReadingKind], 'Which kinds of readings its devices send.'),
  },
);

export const ItemConnection = connectionType(Item, 'Item', 'items');
