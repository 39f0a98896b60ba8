import { ArgsType, Field, InputType } from 'type-graphql';
import { ConnectionArguments } from '../../platform/graphql/connection.type';
import { ReadingKind } from '../kind/reading-kind';

@InputType({ description: 'Which items to answer; conditions are combined with "and".' })
export class ItemFilter {
  @Field(() => String, { nullable: true, description: 'Items whose name starts with this, whatever the case.' })
  name?: string | null;

  @Field(() => [ReadingKind], {
    nullable: true,
    description: 'Items that send any of these kinds of readings. An empty list matches nothing.',
  })
  readingKind?: ReadingKind[] | null;
}

@ArgsType()
export class ItemsArguments extends ConnectionArguments {
  @Field(() => ItemFilter, { nullable: true, description: 'Which items to answer; all of them when absent.' })
  filter?: ItemFilter | null;
}
