import { ROUTES } from '../../src/features';
import { TestApp } from '../support/test-app';
import { GeneratedCalls } from './openapi-property.harness';

/** The same requests in each run. */
const SEED = 20_261_130;
const RUNS = 60;

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
    expect(hasSucceeded || (await calls.acceptsSome(operationId, SEED))).toBe(true);
  });

  it('refuses requests that the document does not allow, and says what is at fault', async () => {
    const statuses = await calls.checkMutated(operationId, { seed: SEED, numRuns: RUNS });
    expect([...statuses.keys()].filter((status) => status >= 400)).not.toEqual([]);
  });
});
