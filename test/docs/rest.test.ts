import { markdown } from '../support/markdown';
import { RestClient } from '../support/rest-client';
import { curlRequest } from '../support/shell-words';
import { TestApp } from '../support/test-app';

const page = markdown('docs/rest.md');

let app: TestApp;
let rest: RestClient;
beforeAll(async () => {
  app = await TestApp.start();
  rest = new RestClient(app);
});
afterAll(() => app.stop());

test('a refusal has the shape that the page shows', async () => {
  const { status, body } = await rest.patch('/device/associate-patient', { deviceId: 2, patientId: 1 });
  const shown = JSON.parse(page.section('## Errors').fenced('json')) as { status: number };
  expect([status, body]).toEqual([shown.status, shown]);
});

test('the request for a list returns the devices that it asks for', async () => {
  const { url } = curlRequest(page.section('## Lists').fenced('sh'));
  const { body } = await rest.get<{ content: { currentStatus: string; site: { id: number } }[]; size: number }>(
    url.replace('https://example.com/api/v3', ''),
  );
  expect(body.size).toBe(50);
  expect(new Set(body.content.map(({ currentStatus }) => currentStatus))).toEqual(new Set(['availableAtSite', 'lost']));
  expect(new Set(body.content.map(({ site }) => site.id))).toEqual(new Set([3]));
});
