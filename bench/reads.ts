import 'reflect-metadata';
import autocannon from 'autocannon';
import { median, onTestBed } from './test-bed';

/**
 * Requests per second of reads: `npm run bench`. GraphQL is compared with a bare node:http server that returns the JSON of one
 * statement, and REST with GraphQL.
 *
 * All use the same PostgreSQL. They are loaded in turns, so that slow moments of the machine affect both sides. The ratio is the
 * result; absolute numbers depend on the machine.
 */
const ROUNDS = 3;
const SECONDS = 4;
const CONNECTIONS = 32;

interface Contestant {
  name: string;
  request: autocannon.Options;
}

interface Urls {
  bare: string;
  gateway: string;
}

interface Comparison {
  name: string;
  contestants: (urls: Urls) => readonly [contestant: Contestant, other: Contestant];
}

const KEY = { authorization: 'Bearer demo-northside' };

const graphql = ({ gateway }: Urls, query: string): autocannon.Options => ({
  url: `${gateway}/graphql`,
  method: 'POST',
  headers: { ...KEY, 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});

function gatewayToBare(name: string, barePath: string, query: string): Comparison {
  return {
    name,
    contestants: (urls) => [
      { name: 'gateway', request: graphql(urls, query) },
      { name: 'bare', request: { url: urls.bare + barePath } },
    ],
  };
}

function restToGraphql(name: string, path: string, query: string): Comparison {
  return {
    name,
    contestants: (urls) => [
      { name: 'REST', request: { url: `${urls.gateway}/api/v3${path}`, headers: KEY } },
      { name: 'GraphQL', request: graphql(urls, query) },
    ],
  };
}

/** The rows that REST returns with a device, with about the same members. */
const DEVICE = `databaseId currentStatus readingsDisabled version statusChangedAt createdAt updatedAt
  identifiers { type value }
  item { databaseId name manufacturer model sku }
  site { databaseId name deactivatedAt phoneNumber address { lineOne city state zipCode } version createdAt updatedAt }
  patient { databaseId externalIdentifier firstName lastName dateOfBirth sex email phoneNumber archived enrolled timeZone
    address { lineOne city state zipCode } version createdAt updatedAt }`;
const pageOf = (size: number) =>
  `{ devices(first: ${size}) { totalCount pageInfo { hasNextPage } nodes { ${DEVICE} } } }`;

const COMPARISONS: readonly Comparison[] = [
  gatewayToBare('one device by id', '/device', '{ device(id: 1) { databaseId currentStatus version updatedAt } }'),
  gatewayToBare(
    '50 devices with site, patient and current association',
    '/devices',
    `{ devices(first: 50, filter: { associated: true }) { nodes { databaseId currentStatus
      site { databaseId name } patient { databaseId firstName lastName } currentAssociation { databaseId startedAt } } } }`,
  ),
  restToGraphql('one device by id, REST against GraphQL', '/device/1', `{ device(id: 1) { ${DEVICE} } }`),
  restToGraphql('a page of 15 devices, REST against GraphQL', '/device', pageOf(15)),
  restToGraphql('a page of 100 devices, REST against GraphQL', '/device?size=100', pageOf(100)),
];

async function compare({ name, contestants }: Comparison, urls: Urls): Promise<void> {
  const [one, other] = contestants(urls);
  await Promise.all([assertSucceeds(one.request), assertSucceeds(other.request)]);
  const rates = [[], []] as [number[], number[]];
  await load(other.request, 1);
  await load(one.request, 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates[1].push(await load(other.request, SECONDS));
    rates[0].push(await load(one.request, SECONDS));
  }
  const [rate, otherRate] = [median(rates[0]), median(rates[1])];
  console.log(
    `${name}: ${one.name} ${rate.toFixed(0)}/s, ${other.name} ${otherRate.toFixed(0)}/s, ratio ${(rate / otherRate).toFixed(2)}`,
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
  const urls = { bare: (await start('bare-server.js')).url, gateway: (await start('gateway-server.js')).url };
  for (const one of COMPARISONS) await compare(one, urls);
});
