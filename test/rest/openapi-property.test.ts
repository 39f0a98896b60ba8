import { ROUTES } from '../../src/features';
import type { RestRoute } from '../../src/platform/rest/route';
import { TestApp } from '../support/test-app';
import { GeneratedCalls } from './openapi-property.harness';

/** The same requests in each run. */
const SEED = 20_261_130;
const RUNS = 12;
const SEQUENCES = 20;

let app: TestApp;
let calls: GeneratedCalls;
beforeAll(async () => {
  app = await TestApp.start();
  calls = await GeneratedCalls.of(app);
});
afterAll(async () => {
  calls.close();
  await app.stop();
});

const OPERATIONS = ROUTES.map(({ operationId }) => operationId);

it('each route is an operation of the document', () => {
  expect(calls.operations.map(({ operationId }) => operationId).sort()).toEqual([...OPERATIONS].sort());
});

describe.each(OPERATIONS)('%s', (operationId) => {
  it('responds to requests that the document allows as it says, and accepts some', async () => {
    const statuses = await calls.checkValid(operationId, { seed: SEED, numRuns: RUNS });
    const hasSucceeded = [...statuses.keys()].some((status) => status < 300);
    expect(hasSucceeded || (await calls.firstAccepted(calls.operation(operationId), { seed: SEED }))).toBeTruthy();
  });

  it('refuses requests that the document does not allow, and says what is at fault', async () => {
    const statuses = await calls.checkMutated(operationId, { seed: SEED, numRuns: RUNS });
    expect([...statuses.keys()].filter((status) => status >= 400)).not.toEqual([]);
  });
});

it('requests in turn, each about what the others created, never fail', async () => {
  expect(await calls.checkSequences({ seed: SEED, numRuns: SEQUENCES })).toBeGreaterThan(SEQUENCES);
});

const isCreation = ({ method, path }: RestRoute) => method === 'POST' && hasRoute('GET', `${path}/{id}`);
const hasRoute = (method: string, path: string) => ROUTES.some((one) => one.method === method && one.path === path);

for (const { operationId } of ROUTES.filter(isCreation))
  it(`what ${operationId} creates is found by its Location, in its list, and as it was changed last`, async () => {
    const operation = calls.operation(operationId);
    // An earlier test may have recorded the same reading, which is then returned with 200.
    const created = (await calls.firstAccepted(operation, { seed: SEED, caller: 'northside', status: 201 }))!;
    const id = String((created.body as { id: number | string }).id);
    expect(created.headers.get('location')).toBe(`/api/v3${operation.path}/${id}`);
    const [one, all] = [calls.find('GET', `${operation.path}/{id}`)!, calls.find('GET', operation.path)];
    expect((await calls.read(one, { path: { id } })).status).toBe(200);
    if (all) expect(await calls.idsOf(all)).toContain(id);
    for (const change of ['PUT', 'PATCH'].flatMap((method) => calls.find(method, one.path) ?? [])) {
      const changed = await calls.firstAccepted(change, { seed: SEED, caller: 'northside', path: { id } });
      expect(changed?.body).toMatchObject((await calls.read(one, { path: { id } })).body as object);
    }
  });
