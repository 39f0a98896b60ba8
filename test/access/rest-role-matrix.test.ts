import { ROUTES } from '../../src/features';
import { RootFields } from '../../src/platform/operation/root-fields';
import type { Role } from '../../src/platform/access/policy';
import type { RestRoute } from '../../src/platform/rest/route';
import { rowsFor, validValues } from '../isolation/rest-probe.harness';
import { createOwnRows, NORTHSIDE_ID, startTwoCustomers, type OwnRows } from '../isolation/two-customers.harness';
import { RestClient } from '../support/rest-client';
import { requestOf, type RestSample } from '../support/rest-walk';
import type { TestApp } from '../support/test-app';
import { ALLOWED, keysOfRoles, ROLES } from './role-matrix.harness';

let app: TestApp;
let rest: RestClient;
let keys: Record<Role, { key: string }>;
let held: OwnRows;
let sets = 0;

beforeAll(async () => {
  app = await startTwoCustomers();
  rest = new RestClient(app);
  keys = await keysOfRoles(app);
  held = await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950');
});
afterAll(() => app.stop());

const sampleOf = (route: RestRoute, rows: OwnRows): RestSample =>
  requestOf(route, validValues({ foreign: rows, own: rowsFor(route, rows) }, route));

/** A request that the domain's rules allow: a write has rows of its own. */
async function allowedSample(route: RestRoute): Promise<RestSample> {
  if (route.method === 'GET') return sampleOf(route, held);
  sets += 1;
  return sampleOf(route, await createOwnRows(app, 'northside', NORTHSIDE_ID, '99950', `${route.operationId}${sets}`));
}

/** The root fields that a request calls, as in role-matrix.harness.ts: `Query.device`. */
async function rootFieldsOf(work: () => Promise<unknown>): Promise<string[]> {
  const queries = jest.spyOn(RootFields.prototype, 'query');
  const mutations = jest.spyOn(RootFields.prototype, 'mutation');
  await work();
  const called = [
    ...queries.mock.calls.map(([, name]) => `Query.${name}`),
    ...mutations.mock.calls.map(([, { name }]) => `Mutation.${name}`),
  ];
  queries.mockRestore();
  mutations.mockRestore();
  return called;
}

/** Texts of rows. A caller with the role INGEST sees none of them. */
const textsOf = ({ texts }: OwnRows): string[] => Object.values(texts);

describe.each(ROUTES)('$method $path', (route) => {
  let called: readonly string[];

  /** Which roles may call a route follows from the root fields that it calls, and from who may call those. */
  beforeAll(async () => {
    const sample = await allowedSample(route);
    called = await rootFieldsOf(async () => {
      const { status } = await rest.send(sample.method, sample.path, { caller: keys.OPERATOR, body: sample.body });
      expect(status).toBe(route.response.status);
    });
  });

  it('calls root fields of the schema, of the kind of its method', () => {
    expect(called).not.toEqual([]);
    expect(called.filter((name) => !(name in ALLOWED))).toEqual([]);
    expect(called.some((name) => name.startsWith('Mutation.'))).toBe(route.method !== 'GET');
  });

  it.each(ROLES)('as %s: as those root fields', async (role) => {
    const allowed = called.every((name) => ALLOWED[name]!.includes(role));
    const { method, path, body } = allowed ? await allowedSample(route) : sampleOf(route, held);
    const sent = app.statements.length;
    const answer = await rest.send<object>(method, path, { caller: keys[role], body });
    if (allowed) {
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: route.response.status,
        body: expect.anything() as unknown,
      });
      if (role === 'INGEST') for (const text of textsOf(held)) expect(JSON.stringify(answer.body)).not.toContain(text);
    } else {
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN', status: 403, field: null } });
      expect((answer.body as { errors: unknown[] }).errors).toHaveLength(1);
      // Nothing was read or written, because no statement was sent in the caller's scope.
      expect(app.statements.slice(sent).filter(({ scope }) => scope.kind !== 'system')).toEqual([]);
    }
  });

  it('a role that may not call it is FORBIDDEN even for rows that do not exist', async () => {
    const role = ROLES.find((one) => called.some((name) => !ALLOWED[name]!.includes(one)))!;
    const other = { ...held, ids: { ...held.ids }, texts: { ...held.texts } };
    for (const type of Object.keys(other.ids) as (keyof OwnRows['ids'])[]) other.ids[type] = '9000000000000001';
    const { method, path, body } = sampleOf(route, { ...other, freeDeviceId: '9000000000000001' });
    expect(await rest.send(method, path, { caller: keys[role], body })).toMatchObject({ status: 403 });
  });
});
