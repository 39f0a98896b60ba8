import type { DeviceFixture } from './device-fixture';
import { recordReadings, type ReadingInput, type Result, type SendOptions } from './record-readings';
import { Subscriber } from './subscriber';
import type { CallerName, TestApp } from './test-app';

export type { ReadingInput, SendOptions as CallOptions } from './record-readings';

type Caller = CallerName | { key: string };

/** Noon of a day in a month that has a partition. */
const NOON = Date.parse('2025-03-05T12:00:00.000Z');

/** Time of a reading, in seconds after NOON. */
export const at = (second: number): string => new Date(NOON + second * 1000).toISOString();

/** Weights of a device, one per second. */
export function weights(deviceId: string, count: number, from = 0): ReadingInput[] {
  return Array.from({ length: count }, (_, index) => ({
    deviceId,
    takenAt: at(from + index),
    weight: { value: 100 + ((from + index) % 400), unit: 'POUND' },
  }));
}

export interface EventReading extends Record<string, unknown> {
  databaseId: string;
  takenAt: string;
}

/** Records readings. @returns results in the order of the input */
export async function record(
  app: TestApp,
  readings: readonly ReadingInput[],
  options: SendOptions = {},
): Promise<Result[]> {
  const { results } = await recordReadings(app, readings, { fields: 'databaseId takenAt', ...options });
  return results;
}

/** Records new readings. @returns ids in the order of the input */
export async function recordNew(...args: Parameters<typeof record>): Promise<string[]> {
  const results = await record(...args);
  const others = results.filter(({ outcome }) => outcome !== 'RECORDED');
  if (others.length > 0) throw new Error(`Not recorded: ${JSON.stringify(others.slice(0, 3))}`);
  return results.map(({ reading }) => reading!.databaseId);
}

/** A device that the patient has held since long before these tests. Its site is the clinic. */
export async function heldDevice(fixture: DeviceFixture, holderId: string): Promise<string> {
  const { id } = await fixture.device({ status: 'WITH_PATIENT', holderId, siteId: fixture.sites.clinic });
  await fixture.sql(`update device_association set started_at = '2020-01-01' where device_id = $1`, [id]);
  return id;
}

export type ReadingSubscriber = Subscriber<{ readingRecorded: { cursor: string; reading: EventReading } }>;

export function recordedDocument(fields = 'databaseId takenAt'): string {
  return `subscription ($filter: ReadingRecordedFilter, $after: String) {
    readingRecorded(filter: $filter, after: $after) { cursor reading { ${fields} } } }`;
}

export function follow(
  app: TestApp,
  variables: { filter?: Record<string, unknown> | null; after?: string } = {},
  { caller = 'northside', instance = 0, fields }: SendOptions = {},
): ReadingSubscriber {
  return new Subscriber(app.urls[instance]!, caller, recordedDocument(fields), variables);
}

/** Received events. Throws if there is an error among them. */
export function receivedEvents({ received }: ReadingSubscriber): { cursor: string; reading: EventReading }[] {
  return received.map(({ data, errors }) => {
    if (errors || !data) throw new Error(`The subscription failed: ${JSON.stringify(errors)}`);
    return data.readingRecorded;
  });
}

export const receivedIds = (subscriber: ReadingSubscriber): string[] =>
  receivedEvents(subscriber).map(({ reading }) => reading.databaseId);

/** Current position in the event stream. */
export async function cursorNow(app: TestApp, caller: Caller = 'northside', instance = 0): Promise<string> {
  const { streamCursor } = await app.data<{ streamCursor: string }>(caller, '{ streamCursor }', {}, instance);
  return streamCursor;
}

/** Ids of stored readings in the order of insertion, by the sequence number in the id. */
export async function storedIds(app: TestApp, condition = 'true'): Promise<string[]> {
  const { rows } = await app.admin.query<{ id: string }>(
    `select id from reading where ${condition} order by id & 1073741823`,
  );
  return rows.map(({ id }) => id);
}

/** Ids of readings in events, in the order of the event stream. */
export async function streamedIds(app: TestApp): Promise<string[]> {
  const { rows } = await app.admin.query<{ ids: string }>(
    `select payload ->> 'id' as ids from event where type = 'reading.recorded' order by position`,
  );
  return rows.flatMap(({ ids }) => ids.split(','));
}

/** Error code of a refused subscription, which has one result without data. */
export async function refusalOf(subscriber: Subscriber<unknown>): Promise<string> {
  await subscriber.until(({ completed }) => completed);
  await subscriber.stop();
  const codes = subscriber.received.flatMap(({ data, errors }) =>
    data == null ? (errors ?? []).map(({ extensions }) => extensions?.code) : ['data'],
  );
  return codes.join();
}
