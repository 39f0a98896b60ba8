import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DocumentNode, Kind, parse } from 'graphql';
import { TestApp } from '../support/test-app';
import { inToolFolder, runTool } from '../support/tool';

interface Compiled {
  output: string;
  artifacts: string[];
  /** Text of each compiled operation, by name. */
  operations: Map<string, string>;
}

/** Runs relay-compiler on the documents of `test/tools/relay`. */
async function compile(): Promise<Compiled> {
  const copies = {
    src: 'test/tools/relay',
    'relay.config.json': 'test/tools/relay/relay.config.json',
    'schema.graphql': 'schema.graphql',
  };
  return inToolFolder(copies, async (folder) => {
    // The compiler does not create these folders.
    await mkdir(join(folder, 'generated'));
    await writeFile(join(folder, 'operations.json'), '{}');
    const { exitCode, stdout, stderr } = await runTool('relay-compiler/cli.js', ['relay.config.json'], folder);
    const output = stdout + stderr;
    if (exitCode !== 0) throw new Error(output);
    const texts = Object.values(
      JSON.parse(await readFile(join(folder, 'operations.json'), 'utf8')) as Record<string, string>,
    );
    return {
      output,
      artifacts: await readdir(join(folder, 'generated')),
      operations: new Map(texts.map((text) => [nameOf(parse(text)), text])),
    };
  });
}

function nameOf({ definitions }: DocumentNode): string {
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operation!.name!.value;
}

let compiled: Compiled;
let app: TestApp;
beforeAll(async () => {
  [compiled, app] = await Promise.all([compile(), TestApp.start()]);
});
afterAll(() => app.stop());

it('connections and refetchable fragments on Query, nodes and their connections compile', () => {
  expect(compiled.output).not.toMatch(/WARN|ERROR/);
  expect([...compiled.operations.keys()].sort()).toEqual([
    'deviceCardAssociateMutation',
    'deviceCardRefetchQuery',
    'deviceHistoryPaginationQuery',
    'patientDevicesPaginationQuery',
    'patientReadingsPaginationQuery',
    'readingChartQuery',
    'readingChartRecordMutation',
    'readingChartSubscription',
    'readingRowRefetchQuery',
    'siteDevicesPaginationQuery',
    'sitePageQuery',
    'sitePatientsPaginationQuery',
    'statusBoardPaginationQuery',
    'statusBoardQuery',
    'statusBoardSubscription',
  ]);
  expect(compiled.artifacts).toHaveLength(23);
});

interface Page<Node> {
  edges: { cursor: string; node: Node & { id: string; __typename: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Sends a compiled operation like Relay's network layer. */
async function send<Data>(operation: string, variables: Record<string, unknown>): Promise<Data> {
  const text = compiled.operations.get(operation);
  if (text === undefined) throw new Error(`The operation ${operation} does not exist.`);
  return app.data<Data>('northside', text, variables);
}

it('a connection is paged by the generated operations', async () => {
  interface Board {
    devices: Page<{ currentStatus: string }>;
  }
  const filter = { statuses: ['WITH_PATIENT'] };
  const first = await send<Board>('statusBoardQuery', { first: 2, filter });
  expect(first).toMatchObject({ viewer: { role: 'ADMIN', customer: { name: 'Northside Health' } } });
  expect(first.devices.pageInfo).toEqual({ hasNextPage: true, endCursor: first.devices.edges[1]!.cursor });

  const sort = { field: 'UPDATED_AT', direction: 'DESC' };
  const after = first.devices.pageInfo.endCursor;
  const next = await send<Board>('statusBoardPaginationQuery', { first: 2, after, filter, sort });
  const nodes = [first, next].flatMap(({ devices }) => devices.edges.map(({ node }) => node));
  expect(nodes.map(({ currentStatus }) => currentStatus)).toEqual(Array(4).fill('WITH_PATIENT'));
  expect(new Set(nodes.map(({ id }) => id)).size).toBe(4);
});

it('a node and its connection are refetched by the global id', async () => {
  interface Refetched {
    node: { statusHistory: Page<{ reason: string }> };
  }
  const { device } = await app.data<{ device: { id: string; version: number } }>(
    'northside',
    '{ device(id: 1) { id version } }',
  );
  const expected = { __typename: 'Device', id: device.id };
  expect(await send('deviceCardRefetchQuery', { id: device.id })).toMatchObject({
    node: { ...expected, databaseId: '1', version: device.version },
  });

  const { node } = await send<Refetched>('deviceHistoryPaginationQuery', { id: device.id, first: 1 });
  expect(node).toMatchObject(expected);
  expect(node.statusHistory.edges.map((edge) => edge.node.__typename)).toEqual(['DeviceStatusChange']);
});

it('a node is read with two connections', async () => {
  interface SitePage {
    node: { devices: Page<object>; patients: Page<object> };
  }
  const { sites } = await app.data<{ sites: { nodes: [{ id: string; name: string }] } }>(
    'northside',
    '{ sites(first: 1, filter: { operatedBy: CUSTOMER }) { nodes { id name } } }',
  );
  const [{ id, name }] = sites.nodes;
  const { node } = await send<SitePage>('sitePageQuery', { id });
  expect(node).toMatchObject({ __typename: 'Site', id, name, operatedBy: 'CUSTOMER' });
  expect(node.devices.edges.length).toBeGreaterThan(0);
  expect(node.patients.edges.length).toBeGreaterThan(0);
});

describe('readings (nodes of an interface)', () => {
  type Reading = { __typename: string; id: string; kind: string; takenAt: string };
  const filter = { kinds: ['BLOOD_PRESSURE', 'WEIGHT'] };
  let patientId: string;
  let first: { latestReadings: Reading[]; readings: Page<Reading> };

  beforeAll(async () => {
    const { rows } = await app.admin.query<{ id: string }>(
      `select patient_id as id from reading where customer_id = 1 and kind in (1, 4) group by 1 having count(distinct kind) = 2
       order by count(*) desc, 1 limit 1`,
    );
    const { patient } = await app.data<{ patient: { id: string } }>(
      'northside',
      'query ($id: ID!) { patient(id: $id) { id } }',
      { id: rows[0]!.id },
    );
    patientId = patient.id;
    const period = { from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z', bucket: 'MONTH' };
    first = (await send<{ patient: typeof first }>('readingChartQuery', { id: patientId, ...period })).patient;
  });

  it('are paged in a connection of a node', async () => {
    interface Paged {
      node: { readings: Page<Reading> };
    }
    const page = async (after: string | null) =>
      (await send<Paged>('patientReadingsPaginationQuery', { id: patientId, first: 3, after, filter })).node.readings;
    const one = await page(null);
    const two = await page(one.pageInfo.endCursor);
    const nodes = [...one.edges, ...two.edges].map(({ node }) => node);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(6);
    expect(nodes.map(({ takenAt }) => takenAt)).toEqual(
      nodes
        .map(({ takenAt }) => takenAt)
        .sort()
        .reverse(),
    );
    const types = { BLOOD_PRESSURE: 'BloodPressureReading', WEIGHT: 'WeightReading' };
    for (const { kind, __typename } of nodes) expect(types[kind as keyof typeof types]).toBe(__typename);
  });

  it('are refetched by their global id', async () => {
    expect(first.latestReadings.length).toBeGreaterThan(1);
    for (const reading of first.latestReadings)
      expect((await send<{ node: Reading }>('readingRowRefetchQuery', { id: reading.id })).node).toEqual(reading);
  });
});
