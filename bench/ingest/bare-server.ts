import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { HandWrittenInsert } from './insert';
import type { SentReading } from './reading';

/**
 * The minimal HTTP ingest that `recordReadings` is compared with: takes the gateway's JSON body, runs one INSERT, returns a count.
 *
 * It omits authentication, GraphQL, all checks of values and references, the lock against concurrent changes of the device,
 * attribution (patients are known), time zones (one offset for all), the time of the last reading of devices and patients, the
 * event for subscribers, and the result for each reading.
 */
const insert = new HandWrittenInsert(process.env.BENCH_DATABASE_URL!, 10);

const server = createServer((request, response) => {
  record(request).then(
    (recorded) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ recorded })),
    () => response.writeHead(500).end(),
  );
});

async function record(request: IncomingMessage): Promise<number> {
  const { variables } = (await json(request)) as { variables: { input: { readings: SentReading[] } } };
  return insert.many(variables.input.readings);
}

server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once('SIGTERM', () => process.exit(0));
