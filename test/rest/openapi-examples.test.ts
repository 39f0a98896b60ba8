import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { EXAMPLES_FILE, type RestExample } from '../../src/platform/http/rest/examples';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { TestApp } from '../support/test-app';

const examples = JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as RestExample[];

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

// Each finds what the ones before have left. `npm run rest-examples` writes the responses that it finds here.
test('each example returns its status and its response', async () => {
  const actual: RestExample[] = [];
  for (const example of examples) {
    const { status, body } = await run(example);
    actual.push({ ...example, status, response: stable(body) });
  }
  mkdirSync('artifacts', { recursive: true });
  writeFileSync('artifacts/rest-examples.json', `${JSON.stringify(actual, null, 2)}\n`);
  const expected = examples.map((example, index) => ({
    ...example,
    response: 'response' in example ? stable(example.response) : actual[index]!.response,
  }));
  expect(actual).toEqual(expected);
});

test('the document shows them', async () => {
  const { paths, components } = await rest.openApi();
  const shown = JSON.stringify([paths, components]);
  for (const { operationId, status, body, response } of examples) {
    const parts = [response, ...(status < 400 ? [body] : [])].filter((part) => part !== undefined);
    for (const part of parts)
      expect([operationId, status, shown.includes(`"example":${JSON.stringify(part)}`)]).toEqual([
        operationId,
        status,
        true,
      ]);
  }
});

async function run({
  operationId,
  params = {},
  query = {},
  headers = {},
  key,
  body,
}: RestExample): Promise<RestAnswer<unknown>> {
  const { paths } = await rest.openApi();
  const [[path, method]] = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.operationId === operationId)
      .map(([name]) => [template, name] as const),
  ) as [[string, string]];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(params[name]!));
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

/** Times of the run and secrets are those of the example. */
function stable(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/"whsec_[^"]+"/g, '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"')
    .replaceAll(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (given, time: string) =>
      Math.abs(Date.now() - Date.parse(time)) < 3_600_000 ? '"2026-03-02T15:04:05.678Z"' : given,
    );
  return JSON.parse(text) as unknown;
}
