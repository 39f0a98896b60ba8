import { Agent, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import type { IngestDevices } from './devices';
import { HandWrittenInsert } from './insert';
import type { SentReading } from './reading';

/** A way to store readings. */
export interface Contestant {
  name: string;
  /**
   * Sends readings and waits for the response.
   *
   * @returns number of stored readings according to the response
   * @throws Error when not all readings were stored
   */
  send: (readings: readonly SentReading[]) => Promise<number>;
  /** Closes idle connections, which the server could otherwise close just as the next call is sent. */
  rest?: () => void;
}

interface Result {
  recorded: number;
  duplicates: number;
  conflicts: number;
  refused: number;
  results?: { outcome: string }[];
}

const COUNTS = 'recorded duplicates conflicts refused';

/** @param selection of the payload */
export function recordReadings(name: string, url: string, selection = ''): Contestant {
  const query = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { ${COUNTS} ${selection} } }`;
  const { post, rest } = client(`${url}/graphql`, { authorization: 'Bearer demo-ingest' });
  return {
    name,
    rest,
    async send(readings) {
      const body = await post({ query, variables: { input: { readings } } });
      const { recorded, duplicates, conflicts, refused, results } = (body as { data: { recordReadings: Result } }).data
        .recordReadings;
      if (duplicates + conflicts + refused > 0 || results?.some(({ outcome }) => outcome !== 'RECORDED'))
        throw new Error(`${name}: recorded ${recorded} of ${readings.length} readings.`);
      return recorded;
    },
  };
}

/** Takes the same body as `recordReadings`. */
export function handWrittenOverHttp(name: string, url: string): Contestant {
  const query = `mutation ($input: RecordReadingsInput!) { recordReadings(input: $input) { ${COUNTS} } }`;
  const { post, rest } = client(url);
  return {
    name,
    rest,
    async send(readings) {
      const body = await post({ query, variables: { input: { readings } } });
      return (body as { recorded: number }).recorded;
    },
  };
}

export function handWritten(
  name: string,
  databaseUrl: string,
  connections: number,
): Contestant & { close(): Promise<void> } {
  const insert = new HandWrittenInsert(databaseUrl, connections);
  return { name, send: (readings) => insert.many(readings), close: () => insert.close() };
}

/** Sends one request per reading. */
export function stockMutation(name: string, url: string): Contestant {
  const query = 'mutation ($input: ReadingInput!) { createReading(input: $input) { id } }';
  const { post, rest } = client(url);
  return {
    name,
    rest,
    async send([input]) {
      const body = await post({ query, variables: { input } });
      return (body as { data: { createReading: { id: string } } }).data.createReading.id ? 1 : 0;
    },
  };
}

/**
 * Uses one connection per concurrent call. Not autocannon, which aborts the last calls when its time is over: their readings
 * would be stored but not counted.
 */
export function client(url: string, headers: Record<string, string> = {}) {
  const agent = new Agent({ keepAlive: true });
  return {
    post: (body: unknown) =>
      new Promise<unknown>((resolve, reject) => {
        const text = JSON.stringify(body);
        const sent = request(
          url,
          {
            agent,
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
          },
          (response) => {
            readText(response).then((body) => {
              if (response.statusCode === 200 && !body.includes('"errors"')) resolve(JSON.parse(body));
              else reject(new Error(`${url} returned ${response.statusCode}: ${body.slice(0, 300)}`));
            }, reject);
          },
        );
        sent.on('error', reject);
        sent.end(text);
      }),
    rest: () => agent.destroy(),
  };
}

/** Readings stored per second, counted from the responses. Waits for all calls that were started. */
export async function load(
  { send, rest }: Contestant,
  devices: IngestDevices,
  { batch, connections, seconds }: { batch: number; connections: number; seconds: number },
): Promise<{ stored: number; perSecond: number }> {
  const began = performance.now();
  const untilMs = began + seconds * 1_000;
  let stored = 0;
  const connection = async () => {
    while (performance.now() < untilMs) {
      const recorded = await send(devices.readings(batch));
      stored += recorded;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const tookMs = performance.now() - began;
  rest?.();
  return { stored, perSecond: (stored * 1_000) / tookMs };
}
