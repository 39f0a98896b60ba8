import 'reflect-metadata';
import autocannon from 'autocannon';
import { median } from '../report';
import { onTestBed } from '../test-bed';

/**
 * Requests per second of REST compared with GraphQL operations that read the same rows: `npm run bench:rest`. Both are loaded in turns.
 */
const ROUNDS = 3;
const SECONDS = 4;
const CONNECTIONS = 32;

interface Contestant {
  name: string;
  request: autocannon.Options;
}

interface Comparison {
  name: string;
  contestants: (gateway: string) => readonly [contestant: Contestant, other: Contestant];
}

const KEY = { authorization: 'Bearer demo-northside' };

const graphql = (gateway: string, query: string): autocannon.Options => ({
  url: `${gateway}/graphql`,
  method: 'POST',
  headers: { ...KEY, 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});

function restToGraphql(name: string, path: string, query: string): Comparison {
  return {
    name,
    contestants: (gateway) => [
      { name: 'REST', request: { url: `${gateway}/api/v3${path}`, headers: KEY } },
      { name: 'GraphQL', request: graphql(gateway, query) },
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
  restToGraphql('one device by id', '/device/1', `{ device(id: 1) { ${DEVICE} } }`),
  restToGraphql('a page of 15 devices', '/device', pageOf(15)),
  restToGraphql('a page of 100 devices', '/device?size=100', pageOf(100)),
];

async function compare({ name, contestants }: Comparison, gateway: string): Promise<void> {
  const [one, other] = contestants(gateway);
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
  const { url } = await start('gateway-server.js');
  for (const one of COMPARISONS) await compare(one, url);
});
