import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseMetrics } from '../support/prometheus';
import { RawSocket, type SocketResult } from '../support/raw-socket';
import { KEYS, TestApp, type CallerName } from '../support/test-app';
import { inToolFolder, runTool } from '../support/tool';

const folder = mkdtempSync(join(tmpdir(), 'gateway-trusted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROLE = 'query Role {\n  viewer {\n    role\n  }\n}';
const DEVICES = 'query Devices($first: Int) {\n  devices(first: $first) {\n    nodes {\n      id\n    }\n  }\n}';
const OF_LAKEVIEW = 'query OfLakeview { viewer { role } }';
const CHANGE =
  'mutation Change { associateDevice(input: { deviceId: "999999", patientId: "999999" }) { userErrors { code } } }';
const OTHER = 'query Other { viewer { role } }';

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const manifestOf = (...texts: string[]) => JSON.stringify(Object.fromEntries(texts.map((text) => [sha1(text), text])));

/** Apps of single tests. */
const apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(env: Record<string, string>): Promise<TestApp> {
  const app = await TestApp.start({ env });
  apps.push(app);
  return app;
}

let written = 0;
/** A new folder with these files. */
async function write(files: Record<string, string>): Promise<string> {
  const path = join(folder, String((written += 1)));
  await mkdir(path);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

interface Viewer {
  viewer: { customer: { databaseId: string } };
}

interface Request extends Record<string, unknown> {
  query?: string;
}
type Sender = (app: TestApp, caller: CallerName, request: Request) => Promise<SocketResult>;

const headersOf = (caller: CallerName) => ({
  'impilo-api-key': KEYS[caller],
  'apollo-require-preflight': '1',
  'content-type': 'application/json',
});
const SENDERS: Record<string, Sender> = {
  POST: async (app, caller, request) => {
    const options = { method: 'POST', headers: headersOf(caller), body: JSON.stringify(request) };
    return (await (await fetch(`${app.urls.at(-1)}/graphql`, options)).json()) as SocketResult;
  },
  GET: async (app, caller, request) => {
    const search = new URLSearchParams(
      Object.entries(request).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
    const response = await fetch(`${app.urls.at(-1)}/graphql?${search.toString()}`, { headers: headersOf(caller) });
    return (await response.json()) as SocketResult;
  },
  WebSocket: async (app, caller, { query = '', ...request }) => {
    const socket = await RawSocket.connect(app.urls.at(-1)!, KEYS[caller]);
    try {
      return await socket.execute({ query, ...request });
    } finally {
      await socket.close();
    }
  },
};
const outcome = ({ data, errors }: SocketResult) => errors?.[0]?.extensions.code ?? data;

const files = {
  'persisted-documents.json': manifestOf(ROLE, CHANGE),
  'more.json': JSON.stringify({ 'sha256:named': DEVICES, again: ROLE }),
  'README.md': 'Not a manifest.',
  '..data': 'Of Kubernetes.',
  'customers/2.json': manifestOf(OF_LAKEVIEW),
};

describe('with TRUSTED_DOCUMENTS=only', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
    const { viewer } = await app.data<Viewer>('lakeview', '{ viewer { customer { databaseId } } }');
    const { 'customers/2.json': own, ...others } = files;
    const TRUSTED_DOCUMENTS_PATH = await write({ ...others, [`customers/${viewer.customer.databaseId}.json`]: own });
    await app.startInstance({ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_PATH });
  });
  afterAll(() => app.stop());

  describe.each(Object.entries(SENDERS))('%s', (transport, send) => {
    const role = { viewer: { role: 'ADMIN' } };
    it.each<[string, Request]>([
      ['its documentId', { documentId: sha1(ROLE) }],
      ['a key that is no hash', { documentId: 'again' }],
      ['the SHA-256 of its text', { documentId: `sha256:${sha256(ROLE)}` }],
      ['an empty query beside it', { query: '', documentId: sha1(ROLE) }],
      ['a persistedQuery', { extensions: { persistedQuery: { version: 1, sha256Hash: sha1(ROLE) } } }],
      ['the SHA-256 as persistedQuery', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(ROLE) } } }],
      ['its text', { query: ROLE }],
      ['its text and hash', { query: ROLE, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(ROLE) } } }],
    ])('a trusted document runs by %s', async (_what, request) => {
      expect(outcome(await send(app, 'northside', request))).toEqual(role);
      expect(outcome(await send(app, 'northside', { ...request, operationName: 'Role' }))).toEqual(role);
    });

    it('variables, the operation name and prefixes are as usual', async () => {
      const request = { documentId: 'named', operationName: 'Devices' };
      const result = await send(app, 'northside', { ...request, variables: { first: 1 } });
      expect(result.data).toMatchObject({ devices: { nodes: [{}] } });
      expect(outcome(await send(app, 'northside', { ...request, variables: { first: 1_000 } }))).toBe('BAD_USER_INPUT');
      expect(outcome(await send(app, 'northside', { ...request, operationName: 'Others' }))).toBe('BAD_USER_INPUT');
    });

    it.each<[string, Request]>([
      ['the text of another', { query: OTHER }],
      ['a text that is not GraphQL', { query: '{{{' }],
      ['introspection', { query: '{ __schema { queryType { name } } }' }],
      ['another spelling', { query: `${ROLE} ` }],
      ['an unknown documentId', { documentId: sha1(OTHER) }],
      ['a name that every object has', { documentId: 'constructor' }],
      ['an unknown persistedQuery', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(OTHER) } } }],
      [
        'the registration of another',
        { query: OTHER, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(OTHER) } } },
      ],
      ['another text beside the hash of a trusted one', { query: OTHER, documentId: sha1(ROLE) }],
      [
        'another text beside the persistedQuery of a trusted one',
        { query: OTHER, extensions: { persistedQuery: { version: 1, sha256Hash: sha1(ROLE) } } },
      ],
      ['the document of another customer', { documentId: sha1(OF_LAKEVIEW) }],
      ['the text of the document of another customer', { query: OF_LAKEVIEW }],
    ])('%s is refused', async (what, request) => {
      const { data, errors } = await send(app, 'northside', request);
      // Apollo Server compares a text with its hash first.
      const isOfApollo = transport !== 'WebSocket' && what.startsWith('another text beside the persistedQuery');
      expect([data ?? null, errors?.map(({ extensions }) => extensions.code)]).toEqual([
        null,
        [isOfApollo ? 'BAD_USER_INPUT' : 'DOCUMENT_NOT_TRUSTED'],
      ]);
    });

    it('a customer has its own documents beside those of all', async () => {
      for (const text of [OF_LAKEVIEW, ROLE])
        expect(outcome(await send(app, 'lakeview', { documentId: sha1(text) }))).toEqual(role);
      expect(outcome(await send(app, 'operator', { documentId: sha1(ROLE) }))).toEqual({
        viewer: { role: 'OPERATOR' },
      });
      expect(outcome(await send(app, 'operator', { documentId: sha1(OF_LAKEVIEW) }))).toBe('DOCUMENT_NOT_TRUSTED');
    });

    it('a document may do what the caller may do, and no more', async () => {
      const result = await send(app, 'northside', { documentId: sha1(CHANGE) });
      if (transport === 'GET') expect(outcome(result)).toBe('BAD_USER_INPUT');
      else expect(result.data).toMatchObject({ associateDevice: { userErrors: [{ code: 'DEVICE_NOT_FOUND' }] } });
    });
  });

  it('a refusal has the status of a refused document, and is logged with the hash', async () => {
    const { status } = await app.query('northside', OTHER, {}, 1);
    expect(status).toBe(400);
    const line = app.log
      .split('\n')
      .find((text) => text.includes('document is not trusted') && text.includes(sha256(OTHER)));
    expect(JSON.parse(line!)).toMatchObject({ level: 'warn', code: 'DOCUMENT_NOT_TRUSTED', role: 'ADMIN' });
  });

  it('REST is not concerned', async () => {
    const response = await fetch(`${app.urls.at(-1)}/api/v3/item`, { headers: headersOf('northside') });
    expect(response.status).toBe(200);
  });
});

describe('with TRUSTED_DOCUMENTS=log', () => {
  let app: TestApp;
  beforeAll(async () => {
    const TRUSTED_DOCUMENTS_PATH = join(await write({ 'a.json': manifestOf(ROLE) }), 'a.json');
    app = await TestApp.start({ env: { TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_PATH, METRICS_PORT: '0' } });
  });
  afterAll(() => app.stop());

  const lines = () => app.log.split('\n').filter((line) => line.includes('document is not trusted'));
  const counted = async () => {
    const families = parseMetrics(await (await fetch(app.metricsUrls[0]!)).text());
    return families.get('gateway_untrusted_documents_total')!.samples.get('gateway_untrusted_documents_total');
  };

  it.each(Object.entries(SENDERS))(
    '%s: all documents run, and others are logged and counted',
    async (transport, send) => {
      const text = `query ${'Other'.repeat(20)} { viewer { role } } # ${transport}`;
      const before = [lines().length, (await counted())!] as const;
      for (const request of [{ documentId: sha1(ROLE) }, { query: ROLE }, { query: text }, { query: text }])
        expect(outcome(await send(app, 'northside', request))).toEqual({ viewer: { role: 'ADMIN' } });
      const [line, ...others] = lines().slice(before[0]);
      expect(others).toEqual([]);
      expect(JSON.parse(line!)).toMatchObject({
        operation: { type: 'query', name: 'Other'.repeat(20).slice(0, 64), hash: sha256(text) },
      });
      expect(await counted()).toBe(before[1] + 2);
    },
  );

  it('many documents that are not trusted do not fill the log', async () => {
    const before = lines().length;
    for (let nth = 0; nth < 70; nth += 1) await app.data('northside', `{ viewer { role } } # ${nth}`);
    expect(lines().length - before).toBeLessThanOrEqual(60);
  });

  it.each(Object.entries(SENDERS))('%s: the text of an unknown document is requested', async (_transport, send) => {
    expect(outcome(await send(app, 'northside', { documentId: sha1(OTHER) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

test('without TRUSTED_DOCUMENTS, the files are not read and an id is unknown', async () => {
  const app = await start({ TRUSTED_DOCUMENTS_PATH: join(folder, 'missing') });
  for (const send of Object.values(SENDERS))
    expect(outcome(await send(app, 'northside', { documentId: sha1(ROLE) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
});

test('a trusted document takes no place in the cache of documents', async () => {
  const TRUSTED_DOCUMENTS_PATH = await write({ 'a.json': manifestOf(ROLE) });
  const app = await start({ TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_PATH, METRICS_PORT: '0' });
  for (const send of Object.values(SENDERS)) await send(app, 'northside', { documentId: sha1(ROLE) });
  const metrics = await (await fetch(app.metricsUrls[0]!)).text();
  expect(/^gateway_document_cache_bytes (\d+)$/m.exec(metrics)?.[1]).toBe('0');
});

test('the manifest of the client preset of graphql-codegen is read as it is', async () => {
  await inToolFolder({ 'schema.graphql': 'schema.graphql' }, async (tools) => {
    await writeFile(join(tools, 'devices.graphql'), `${DEVICES}\n${ROLE}`);
    const config = {
      schema: './schema.graphql',
      generates: {
        './generated/': {
          preset: 'client',
          documents: './devices.graphql',
          presetConfig: { persistedDocuments: true },
        },
      },
    };
    await writeFile(join(tools, 'codegen.json'), JSON.stringify(config));
    const run = await runTool('@graphql-codegen/cli/cjs/bin.js', ['--config', 'codegen.json'], tools);
    expect([run.exitCode, run.stderr]).toEqual([0, expect.any(String)]);
    const TRUSTED_DOCUMENTS_PATH = join(tools, 'generated/persisted-documents.json');
    const app = await start({ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_PATH });
    const ids = Object.keys(JSON.parse(await readFile(TRUSTED_DOCUMENTS_PATH, 'utf8')) as object);
    expect(ids).toHaveLength(2);
    for (const documentId of ids)
      expect((await SENDERS.POST!(app, 'northside', { documentId })).data).not.toBeUndefined();
  });
});

describe('the gateway does not start', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ template: 'empty' });
  });
  afterAll(() => app.stop());

  const deep = `{ devices { nodes ${'{ site { devices { nodes '.repeat(5)} { id } ${'} } }'.repeat(5)} } }`;
  it.each<[string, Record<string, string>, RegExp]>([
    ['with text that is not JSON', { 'a.json': '{' }, /a\.json: is not valid JSON$/],
    ['with a list', { 'a.json': '[]' }, /a\.json: must be an object with the text of each document by its hash$/],
    ['with null', { 'a.json': 'null' }, /a\.json: must be an object/],
    ['with a document that is no text', { 'a.json': '{ "abc": 1 }' }, /a\.json: "abc" must be the text of a document$/],
    [
      'with an empty hash',
      { 'a.json': '{ "": "{ version }" }' },
      /a\.json: must not have a document with an empty hash$/,
    ],
    ['with a syntax error', { 'a.json': '{ "abc": "{" }' }, /a\.json: document "abc": Syntax Error: Expected Name/],
    [
      'with a document that does not match the schema',
      { 'customers/7.json': '{ "abc": "{ nothing }" }' },
      /customers\/7\.json: document "abc": Cannot query field "nothing" on type "Query"\.$/,
    ],
    [
      'with a document beyond the limits',
      { 'a.json': JSON.stringify({ abc: deep }) },
      /a\.json: document "abc": Operation exceeds the limit of depth: \d+ found, at most 12 allowed\.$/,
    ],
    [
      'with two documents of one hash',
      { 'a.json': JSON.stringify({ abc: ROLE }), 'b.json': JSON.stringify({ abc: OTHER }) },
      /b\.json: document "abc": another file has another document with this hash$/,
    ],
    [
      'with the documents of no customer',
      { 'customers/x.json': '{}' },
      /customers\/x\.json: the name must be the id of a/,
    ],
    ['with an empty folder', {}, /: the folder has no \.json file$/],
  ])('%s', async (_what, manifests, message) => {
    const path = await write(manifests);
    const starting = app.startInstance({ TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_PATH: path });
    await expect(starting).rejects.toThrow(/^The configuration is invalid:\n {2}TRUSTED_DOCUMENTS_PATH: /);
    await expect(starting).rejects.toThrow(message);
  });

  it('without the file', async () => {
    const starting = app.startInstance({
      TRUSTED_DOCUMENTS: 'log',
      TRUSTED_DOCUMENTS_PATH: join(folder, 'missing.json'),
    });
    await expect(starting).rejects.toThrow(/missing\.json: does not exist$/);
  });
});
