import { ROUTES } from '../../src/features';
import { namesOf } from '../support/statement-names';
import { TestApp } from '../support/test-app';
import type { Operation } from './generated-requests.harness';
import { GeneratedCalls } from './openapi-property.harness';

const SEED = 20_261_130;
/** Statements of the largest object: the row itself, and one for each kind of row that is embedded in it. */
const MAX_STATEMENTS = 10;

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

const reads = ROUTES.filter(({ method }) => method === 'GET');
const takesPages = ({ parameters = [] }: Operation) => parameters.some(({ name }) => name === 'size');

/** Values for the path's parameters of an existing object, which is created if there is none yet. */
async function pathOf(operation: Operation): Promise<Record<string, string>> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const known = () => names.map((name) => [name, calls.knownFor(operation, name)[0]] as const);
  const creation = calls.find('POST', operation.path.replace(/\/\{id\}$/, ''));
  if (creation && known().some(([, value]) => value === undefined))
    await calls.firstAccepted(creation, { seed: SEED, caller: 'northside' });
  return Object.fromEntries(known().map(([name, value]) => [name, String(value)]));
}

describe.each(reads.map(({ operationId }) => operationId))('%s', (operationId) => {
  it('takes few statements, and as many for a long page as for a short one', async () => {
    const operation = calls.operation(operationId);
    const path = await pathOf(operation);
    const statementsOf = async (query: [string, string][]) => {
      const sent = await app.statementsOf(async () => {
        expect((await calls.read(operation, { path, query })).status).toBe(200);
      });
      return namesOf(sent);
    };
    const [some, many] = takesPages(operation)
      ? [await statementsOf([['size', '60']]), await statementsOf([['size', '250']])]
      : [await statementsOf([]), await statementsOf([])];
    expect(many).toEqual(some);
    expect(new Set(many).size).toBe(many.length);
    expect(many.length).toBeGreaterThan(0);
    expect(many.length).toBeLessThanOrEqual(MAX_STATEMENTS);
  });
});
