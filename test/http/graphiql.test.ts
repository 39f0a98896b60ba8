import { Kind, type OperationDefinitionNode, parse, validate } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import type { GraphiqlTab } from '../../src/platform/http/explorer/graphiql';
import { readTour } from '../../src/platform/http/explorer/graphiql.tour';
import { type GraphqlError, KEYS, TestApp } from '../support/test-app';

const operationsOf = (query: string) =>
  parse(query).definitions.filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);

const tabs = readTour();

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

describe('the examples', () => {
  const schema = buildGatewaySchema();
  const operations = tabs.flatMap((tab) =>
    operationsOf(tab.query).map(({ operation: type, name }) => ({ type, operationName: name!.value, tab })),
  );

  test.each(tabs)('fit the schema', ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  // One after the other: each of the mutations goes on where the one before has left device 1.
  test.each(operations.filter(({ type }) => type.toString() !== 'subscription'))(
    '$operationName is answered on the demo data',
    async ({ operationName, tab }) => {
      const { data, errors } = await runExample(tab, operationName);
      expect(errors).toBeUndefined();
      for (const value of Object.values(data)) {
        expect(value).not.toBeNull();
        expect((value as { userErrors?: unknown[] }).userErrors ?? []).toEqual([]);
      }
    },
  );
});

describe('the examples of readings', () => {
  const run = async <Data>(title: string): Promise<Data> => {
    const tab = tabs.find(({ query }) => query.includes(` ${title} {`))!;
    return (await runExample(tab, title)).data as Data;
  };
  interface Listed {
    nodes: { kind: string; measurements: object[]; device: object | null }[];
  }

  test('have something to show', async () => {
    const { patientByExternalIdentifier: patient } = await run<{
      patientByExternalIdentifier: { timeZone: string; latestReadings: { kind: string }[]; readings: Listed };
    }>('Readings');
    const kinds = patient.latestReadings.map(({ kind }) => kind);
    expect(kinds).toContain('WEIGHT');
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.length).toBeGreaterThan(1);
    expect(patient.readings.nodes).toHaveLength(10);
    expect(patient.timeZone).toBe('America/Indiana/Indianapolis');

    const { patientByExternalIdentifier: chart } = await run<{
      patientByExternalIdentifier: { readingTrend: { count: number }[] };
    }>('WeightChart');
    // 90 days touch 13 or 14 weeks, and the example of a reading by hand is of another one.
    expect(chart.readingTrend.length).toBeGreaterThan(10);
  });

  test('record two readings, once', async () => {
    interface Recorded {
      recordReadings: { recorded: number; duplicates: number; results: { reading: { attribution: string } }[] };
    }
    await app.admin.query(`delete from reading where taken_at < '2025-02-01'`);
    const { recordReadings } = await run<Recorded>('Record');
    expect(recordReadings).toMatchObject({ recorded: 2, duplicates: 0, conflicts: 0, refused: 0 });
    expect(recordReadings.results.map(({ reading }) => reading.attribution)).toEqual(['UNATTRIBUTED', 'NAMED']);
    expect((await run<Recorded>('Record')).recordReadings).toMatchObject({ recorded: 0, duplicates: 2 });
  });
});

describe('where it is off', () => {
  const asBrowser = { accept: 'text/html,*/*;q=0.8' };

  test.each([
    ['GRAPHIQL=off', { GRAPHIQL: 'off' }, 200],
    ['in production', { NODE_ENV: 'production' }, 400],
    ['INTROSPECTION=off', { INTROSPECTION: 'off', GRAPHIQL: 'off' }, 400],
  ])('%s: no page, and introspection as it should be', async (_name, env, introspection) => {
    const { url, stop } = await app.startInstance(env);
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
    expect((await fetch(`${url}/graphiql/boot.js`)).status).toBe(404);

    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
      body: '{ "query": "{ __schema { queryType { name } } }" }',
    });
    const { data, errors } = (await answer.json()) as { data?: unknown; errors?: GraphqlError[] };
    expect(answer.status).toBe(introspection);
    if (introspection === 200) expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    else
      expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    await stop();
  });

  test('in production it can be asked for, and shows no key without demo data', async () => {
    const { url, stop } = await app.startInstance({ NODE_ENV: 'production', GRAPHIQL: 'on', DEMO: 'off' });
    const page = await fetch(`${url}/graphql`, { headers: asBrowser });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await (await fetch(`${url}/graphiql/config.js`)).text()).not.toContain('demo-');
    await stop();
  });
});

async function runExample({ query, variables, headers }: GraphiqlTab, operationName: string) {
  const defaults = JSON.stringify({ authorization: `Bearer ${KEYS.northside}` });
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { ...(JSON.parse(headers ?? defaults) as object), 'content-type': 'application/json' },
    body: JSON.stringify({ query, operationName, variables: JSON.parse(variables ?? '{}') as object }),
  });
  return (await response.json()) as { data: Record<string, unknown>; errors?: GraphqlError[] };
}
