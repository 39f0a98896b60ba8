import { Field, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.type';
import { DatabaseId, Node } from '../../platform/graphql/node.type';
import type { ItemEntity } from './item.entity';
import { ReadingKind } from '../kind/reading-kind';

@ObjectType({
  implements: Node,
  description: 'A kind of device, e.g. a model of blood-pressure cuff: a device is one serialised unit of an item.',
  simpleResolvers: true,
})
export class Item extends Node implements Pick<ItemEntity, 'name' | 'model' | 'sku' | 'manufacturer' | 'readingKinds'> {
  @DatabaseId() databaseId: string;

  @Field(() => String, { description: 'What people call it.' })
  name: string;

  @Field(() => String, { nullable: true, description: "The manufacturer's model name; null when it is not recorded." })
  model: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Stock-keeping unit: the number under which it is ordered; null when it has none.',
  })
  sku: string | null;

  @Field(() => String, { nullable: true, description: 'Who makes it; null when it is not recorded.' })
  manufacturer: string | null;

  @Field(() => [ReadingKind], { description: 'Which kinds of readings its devices send.' })
  readingKinds: ReadingKind[];
}

export const ItemConnection = connectionType(Item, 'Item', 'items');
