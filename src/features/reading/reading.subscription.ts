import { Args, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import type { RequestContext } from '../../platform/operation/request-context';
import { objectType, required } from '../../platform/graphql/types';
import { cursorInEvent } from '../../platform/event/stream-cursor';
import { subscribeToReadings, type StreamedReading } from './reading-stream';
import type { ReadingRow } from './reading.row';
import { ReadingRecordedArguments } from './reading.input';
import { Reading } from './reading.type';

interface RecordedReadingRow {
  reading: ReadingRow;
  cursor: string;
}

export const ReadingRecorded = objectType<RecordedReadingRow>(
  'ReadingRecorded',
  'A reading that was recorded, with its place in the stream.',
  {
    reading: required(Reading, 'The reading.'),
    cursor: required(String, 'Hand it to `readingRecorded(after:)` to go on from here.'),
  },
);

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
  ): RecordedReadingRow {
    return { reading, cursor: cursorInEvent(ctx, eventId, told) };
  }
}
