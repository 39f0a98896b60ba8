import type { Feature } from '../../platform/graphql/feature';
import { ReadingTrendResolver } from './reading-links.resolver';
import { ReadingEntity } from './reading.entity';
import { readingById } from './reading.repository';
import { READING_EVENTS } from './reading.events';
import { ReadingPartitions } from './reading-partitions';
import { ReadingRetention } from './reading-retention';
import { ReadingMutations, ReadingQueries } from './reading.resolver';
import { recordingParts } from './record-readings';
import { readingRoutes } from './reading.rest';
import { ReadingSubscription } from './reading.subscription';
import { READING_TYPES } from './reading.type';
import { ZoneOffsets } from './zone-offsets';

export const readingFeature: Feature = {
  entities: [ReadingEntity],
  nodes: { Reading: readingById },
  events: Object.values(READING_EVENTS),
  types: READING_TYPES,
  routes: readingRoutes,
  resolvers: ({ clock, slowGroupMs }) => {
    const offsets = new ZoneOffsets();
    return [
      ReadingQueries,
      new ReadingMutations(recordingParts({ clock, offsets }, slowGroupMs)),
      new ReadingTrendResolver(offsets),
      new ReadingSubscription(),
    ];
  },
  background: ({ database, log }) => [new ReadingPartitions(database, log), new ReadingRetention(database, log)],
};
