import { Args, Ctx, Field, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from '../../platform/operation/request-context';
import { cursorInEvent } from '../../platform/event/stream-cursor';
import { subscribeToReadings, type StreamedReading } from './reading-stream';
import { ReadingRecordedArguments } from './reading.input';
import { Reading } from './reading.type';

@ObjectType({ description: 'A reading that was recorded, with its place in the stream.', simpleResolvers: true })
export class ReadingRecorded {
  @Field(() => Reading, { description: 'The reading.' })
  reading: Reading;

  @Field(() => String, { description: 'Hand it to `readingRecorded(after:)` to go on from here.' })
  cursor: string;
}

@Resolver()
export class ReadingSubscription {
  @Subscription(() => ReadingRecorded, {
    description:
      'Streams readings as they are recorded. Nothing is lost: keep the cursor of the last one and hand it to `after` when you connect again.',
    subscribe: ({ context, args }) => subscribeToReadings(context as RequestContext, args as ReadingRecordedArguments),
  })
  readingRecorded(
    @Root() { reading, eventId, told }: StreamedReading,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingRecordedArguments) _request: ReadingRecordedArguments,
  ): ReadingRecorded {
    return { reading: reading as unknown as Reading, cursor: cursorInEvent(ctx, eventId, told) };
  }
}
