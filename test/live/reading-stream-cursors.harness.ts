import type { DeviceFixture } from '../support/device-fixture';
import {
  at,
  cursorNow,
  follow,
  recordedDocument,
  recordNew,
  receivedEvents,
  weights,
  type ReadingInput,
  type EventReading,
} from '../support/live-readings';
import { RawSocket } from '../support/raw-socket';
import { KEYS } from '../support/test-app';

export const BATCH = 250;

export interface Delivered {
  id: string;
  cursor: string;
  kind: string;
}

/** Records and receives the readings of one call, which make three events, and one reading of a later call. */
export async function deliverBatch({ app }: DeviceFixture, deviceId: string): Promise<Delivered[]> {
  const subscriber = follow(app, { after: await cursorNow(app) }, { fields: 'databaseId takenAt kind' });
  await recordNew(app, alternating(deviceId, BATCH));
  await recordNew(app, weights(deviceId, 1, BATCH));
  await subscriber.count(BATCH + 1);
  const delivered = receivedEvents(subscriber).map(({ cursor, reading: { databaseId, kind } }) => ({
    id: databaseId,
    cursor,
    kind: kind as string,
  }));
  await subscriber.stop();
  return delivered;
}

/** Alternating weights and heart rates, one each second. */
function alternating(deviceId: string, count: number): ReadingInput[] {
  return Array.from({ length: count }, (_, index) => ({
    deviceId,
    takenAt: at(index),
    ...(index % 2 === 0 ? { weight: { value: 180, unit: 'POUND' } } : { heartRate: { value: 60 } }),
  }));
}

/** Id of the first reading after each cursor. */
export async function firstAfterEach(url: string, delivered: readonly Delivered[]): Promise<string[]> {
  const socket = await RawSocket.connect(url, KEYS.northside);
  const next: string[] = [];
  for (const { cursor } of delivered) {
    const id = socket.subscribe({ query: recordedDocument(), variables: { after: cursor } });
    const { payload } = await socket.message((message) => message.id === id);
    socket.send({ id, type: 'complete' });
    next.push(
      (payload as { data: { readingRecorded: { reading: EventReading } } }).data.readingRecorded.reading.databaseId,
    );
    socket.messages.length = 0;
  }
  await socket.close();
  return next;
}
