import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { EXAMPLES_FILE, type RestExample } from '../../src/platform/http/rest/examples';
import { RestClient, type OpenApiDocument, type OpenApiOperation, type RestAnswer } from '../support/rest-client';
import { TestApp } from '../support/test-app';
import { readingExamples } from './reading-examples.harness';
import { StableResponses } from './stable-responses.harness';

const examples = JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as RestExample[];

let app: TestApp;
let rest: RestClient;
let document: OpenApiDocument;
let operations: Map<string, OpenApiOperation & { method: string; path: string }>;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
  document = await rest.openApi();
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [one.operationId, { ...one, method, path }] as const),
    ),
  );
});
afterAll(() => app.stop());

test('each operation has an example that succeeds, and its body is shown', () => {
  const succeeding = examples.filter(isSuccess);
  expect(succeeding.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining([...operations.keys()]));
  for (const { operationId, parameters = [], requestBody } of operations.values()) {
    const { params = {}, query = {}, body } = succeeding.find((one) => one.operationId === operationId)!;
    const shown = (requestBody?.content['application/json'] as { example?: unknown } | undefined)?.example;
    expect([operationId, shown]).toEqual([operationId, body]);
    const given = parameters.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example]]));
    expect([operationId, Object.fromEntries(given)]).toEqual([operationId, { ...params, ...query }]);
  }
});

// Each finds what the ones before have left. `npm run rest-examples` writes the responses that it finds here.
test('each example returns its status and its response', async () => {
  const known = new Set(examples.filter(isSuccess).map(({ operationId }) => operationId));
  const generated = readingExamples().filter(({ operationId }) => !known.has(operationId));
  const responses = await StableResponses.of(rest);
  const shown = new Set<string>();
  const actual: RestExample[] = [];
  for (const { response: expected, ...example } of [...generated, ...examples]) {
    const { status, body } = await run(example, responses);
    expect([example, status, body]).toEqual([example, example.status, expect.anything()]);
    const name = shapeOf(example.operationId, status);
    const isShown = status >= 400 || (!name.endsWith('Page') && !shown.has(name));
    shown.add(name);
    const found = isShown && {
      response: { ...responses.toStable(body, example.body, name), ...pick(expected, example.varying) },
    };
    actual.push({ ...example, ...found });
  }
  mkdirSync('artifacts', { recursive: true });
  writeFileSync('artifacts/rest-examples.json', `${JSON.stringify(actual, null, 2)}\n`);
  expect(actual).toEqual(examples);
});

test('the document shows each response, and each shape of a response other than a page has an example', () => {
  const { paths, components } = document;
  const shown = JSON.stringify([paths, components]);
  for (const { operationId, status, response } of examples) {
    if (response === undefined) continue;
    const isShown = shown.includes(`"example":${JSON.stringify(response)}`);
    expect([operationId, status, isShown]).toEqual([operationId, status, true]);
  }
  for (const { operationId, responses } of operations.values())
    for (const status of Object.keys(responses).filter((one) => one < '400')) {
      const name = shapeOf(operationId, Number(status));
      expect([name, 'example' in components.schemas[name]!]).toEqual([name, !name.endsWith('Page')]);
    }
});

function isSuccess({ status }: RestExample): boolean {
  return status < 400;
}

/** Name of the shape that an operation returns. */
function shapeOf(operationId: string, status: number): string {
  const response = operations.get(operationId)!.responses[status] ?? {};
  return /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(response))?.[1] ?? '';
}

function pick(of: unknown, names: readonly string[] = []): object {
  return Object.fromEntries(
    names.flatMap((name) => (of === undefined ? [] : [[name, (of as Record<string, unknown>)[name]]])),
  );
}

async function run(
  { operationId, params = {}, query = {}, headers = {}, key, body }: RestExample,
  responses: StableResponses,
): Promise<RestAnswer<unknown>> {
  const { method, path } = operations.get(operationId)!;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(responses.actualId(params[name]!)),
  );
  const search = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)] as [string, string]),
  );
  const address = search.length === 0 ? filled : `${filled}?${new URLSearchParams(search).toString()}`;
  return rest.send<unknown>(method.toUpperCase(), address, {
    headers,
    body,
    ...(key !== undefined && { caller: { key } }),
  });
}
