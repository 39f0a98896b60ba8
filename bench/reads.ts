import 'reflect-metadata';
import autocannon from 'autocannon';
import { median, onTestBed } from './test-bed';

/**
 * Requests per second of two reads, compared with a bare node:http server that returns the JSON of one statement: `npm run bench`.
 *
 * Both servers use the same PostgreSQL. They are loaded in turns, so that slow moments of the machine affect both. The ratio is
 * the result; absolute numbers depend on the machine.
 */
const ROUNDS = 3;
const SECONDS = 4;
const CONNECTIONS = 32;

interface Case {
  name: string;
  barePath: string;
  query: string;
}

const CASES: Case[] = [
  {
    name: 'one device by id',
    barePath: '/device',
    query: '{ device(id: 1) { databaseId currentStatus version updatedAt } }',
  },
  {
    name: '50 devices with site, patient and current association',
    barePath: '/devices',
    query: `{ devices(first: 50, filter: { associated: true }) { nodes { databaseId currentStatus
      site { databaseId name } patient { databaseId firstName lastName } currentAssociation { databaseId startedAt } } } }`,
  },
];

async function compare({ name, barePath, query }: Case, bareUrl: string, gatewayUrl: string): Promise<void> {
  const bare: autocannon.Options = { url: bareUrl + barePath };
  const gateway: autocannon.Options = {
    url: `${gatewayUrl}/graphql`,
    method: 'POST',
    headers: { authorization: 'Bearer demo-northside', 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  };
  await Promise.all([assertSucceeds(bare), assertSucceeds(gateway)]);
  const rates = { bare: [] as number[], gateway: [] as number[] };
  await load(bare, 1);
  await load(gateway, 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.bare.push(await load(bare, SECONDS));
    rates.gateway.push(await load(gateway, SECONDS));
  }
  const [bareRate, gatewayRate] = [median(rates.bare), median(rates.gateway)];
  console.log(
    `${name}: gateway ${gatewayRate.toFixed(0)}/s, bare ${bareRate.toFixed(0)}/s, ratio ${(gatewayRate / bareRate).toFixed(2)}`,
  );
}

async function assertSucceeds({ url, method, headers, body }: autocannon.Options): Promise<void> {
  const response = await fetch(url, { method, headers: headers as Record<string, string>, body: body as string });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`${url} returned ${response.status}: ${text.slice(0, 200)}`);
}

/** Requests per second with a 2xx response. */
async function load(options: autocannon.Options, seconds: number): Promise<number> {
  const result = await autocannon({ ...options, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} responses other than 2xx and ${result.errors} errors under load.`);
  return result['2xx'] / result.duration;
}

void onTestBed(async ({ start }) => {
  const bareUrl = await start('bare-server.js');
  const gatewayUrl = await start('gateway-server.js');
  for (const one of CASES) await compare(one, bareUrl, gatewayUrl);
});
