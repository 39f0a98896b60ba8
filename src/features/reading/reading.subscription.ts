import { Args, Ctx, Resolver, Root, Subscription } from 'type-graphql';
import { ChecksArguments } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import { streamEventType } from '../../platform/graphql/stream-event.type';
import { required } from '../../platform/graphql/types';
import type { ReadingRow } from './reading.row';
import { ReadingRecordedArguments, type ReadingRecordedFilter } from './reading.input';
import { Reading } from './reading.type';
import { readable } from '../../platform/event/event-catalog';
import type { StreamEvent } from '../../platform/event/outbox';
import { checkStreamArguments, cursorInEvent, resolveCursor } from '../../platform/event/stream-cursor';
import { toMatcher, type MatchRules } from '../../platform/event/stream-filter';
import { READINGS_RECORDED, readingsIn, type EventReading } from './reading.events';

const RULES: MatchRules<ReadingRecordedFilter, EventReading> = {
  deviceIds: { idsOf: 'Device', isAmong: ({ deviceId }, devices) => devices.has(deviceId) },
  patientIds: { idsOf: 'Patient', isAmong: ({ patientId }, patients) => patients.has(patientId) },
  siteIds: { idsOf: 'Site', isAmong: ({ siteIds }, sites) => siteIds.some((site) => sites.has(site)) },
  kinds: { isAmong: ({ kind }, kinds) => kinds.has(kind) },
  customerIds: { idsOf: 'Customer', isAmong: ({ customerId }, customers) => customers.has(customerId) },
};

/** A reading with its position in the event stream. */
interface StreamedReading {
  reading: ReadingRow;
  eventId: string;
  /** Index of the next reading in the event. */
  nextIndex: number;
}

/** Events per statement while catching up. Each holds up to 100 readings. */
const PAGE_SIZE = 50;

/**
 * Streams the readings that match, in the order in which they were recorded. Readings of one call stay together.
 *
 * @throws RequestError FORBIDDEN, BAD_USER_INPUT, CURSOR_INVALID; CURSOR_EXPIRED, also from the iterator
 */
async function subscribeToReadings(
  ctx: RequestContext,
  request: ReadingRecordedArguments,
): Promise<AsyncIterableIterator<StreamedReading>> {
  ctx.authorize('data:read');
  checkStreamArguments(ctx, request);
  const isMatch = toMatcher(RULES, request.filter);
  const matches = (reading: EventReading) => readable(() => isMatch(reading)) ?? false;
  const { position, inside } = await resolveCursor(ctx, request.after);
  const events = ctx.subscribe({
    types: [READINGS_RECORDED],
    after: position,
    pageSize: PAGE_SIZE,
    matches: (event) => readingsIn(event.payload).some(matches),
  });
  return flatten(events, (event) => {
    const skipped = event.id === inside?.eventId ? inside.index : 0;
    return readingsIn(event.payload).flatMap((reading, index): StreamedReading[] => {
      if (index < skipped || !matches(reading)) return [];
      const row = readable(() => reading.decode());
      return row ? [{ reading: row, eventId: event.id, nextIndex: index + 1 }] : [];
    });
  });
}

/** Yields the items of each event. `return` ends the subscription at once, even while it waits for an event. */
function flatten<Item>(
  events: AsyncIterableIterator<StreamEvent, undefined>,
  itemsOf: (event: StreamEvent) => Item[],
): AsyncIterableIterator<Item> {
  async function* items(): AsyncGenerator<Item, undefined> {
    for await (const event of events) yield* itemsOf(event);
    return undefined;
  }
  const generator = items();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => generator.next(),
    // generator.return alone would take effect only when the next event arrives.
    return: async () => {
      await events.return?.();
      return generator.return(undefined);
    },
  };
}

interface RecordedReadingRow {
  reading: ReadingRow;
}

export const ReadingRecordedEvent = streamEventType<RecordedReadingRow>(
  'ReadingRecordedEvent',
  'A recorded reading with its position in the event stream.',
  { reading: required(Reading, 'Reading as it was recorded.') },
);

@Resolver()
export class ReadingSubscription {
  @ChecksArguments()
  @Subscription(() => ReadingRecordedEvent, {
    description:
      'Streams readings as they are recorded. To lose none, keep the cursor of the last event and pass it as `after` when you reconnect.',
    subscribe: ({ context, args }) => subscribeToReadings(context as RequestContext, args as ReadingRecordedArguments),
  })
  readingRecorded(
    @Root() { reading, eventId, nextIndex }: StreamedReading,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingRecordedArguments) _request: ReadingRecordedArguments,
  ): InstanceType<typeof ReadingRecordedEvent> {
    return { reading, cursor: cursorInEvent(ctx, eventId, nextIndex) };
  }
}
