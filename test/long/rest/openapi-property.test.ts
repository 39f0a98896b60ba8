import { ROUTES } from '../../../src/features';
import { GeneratedCalls } from '../../rest/openapi-property.harness';
import { TestApp } from '../../support/test-app';

const SEEDS = [1, 2];
const RUNS = 30;

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

describe.each(SEEDS)('with the seed %d', (seed) => {
  it.each(ROUTES.map(({ operationId }) => operationId))('%s responds as the document says', async (operationId) => {
    const valid = await calls.checkValid(operationId, { seed, numRuns: RUNS });
    const mutated = await calls.checkMutated(operationId, { seed, numRuns: RUNS });
    expect(valid.size).toBeGreaterThan(0);
    expect(mutated.size).toBeGreaterThan(1);
  });

  it('requests in turn, each about what the others created, never fail', async () => {
    expect(await calls.checkSequences({ seed, numRuns: RUNS })).toBeGreaterThan(RUNS);
  });
});
